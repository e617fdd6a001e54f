//! `impl Parameters`, `impl Infer`, `impl Network`

use proc_macro2::TokenStream;
use quote::quote;

use super::constants;
use super::expressions::{arguments, generics};
use crate::plan::Plan;

/// What the functions of these traits do.
pub struct Bodies {
    pub initialize: TokenStream,
    pub forward: TokenStream,
    pub backward: TokenStream,
    pub infer: TokenStream,
    /// If it is not the provided one.
    pub infer_samples: Option<TokenStream>,
    pub update: TokenStream,
}

pub fn implementations(plan: &Plan, bodies: &Bodies) -> [TokenStream; 3] {
    [parameters(plan, bodies), inference(plan, bodies), training(plan, bodies)]
}

/// One of the traits that a network has, with these items.
pub fn implementation(plan: &Plan, of: TokenStream, items: TokenStream) -> TokenStream {
    let (root, name) = (&plan.root, &plan.names.network);
    let (generics, arguments) = (generics(plan), arguments(plan));
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_variables, non_upper_case_globals, clippy::all, clippy::pedantic)]
        impl #generics #root::#of for #name #arguments {
            #items
        }
    }
}

fn parameters(plan: &Plan, Bodies { initialize, .. }: &Bodies) -> TokenStream {
    let (root, random, constants) = (&plan.root, &plan.names.random, constants::of_parameters(plan));
    let items = quote! {
        #constants

        fn initialize<#random: #root::__private::Rng + ?::core::marker::Sized>(&mut self, __rng: &mut #random) {
            #initialize
        }
    };
    implementation(plan, quote!(Parameters), items)
}

fn inference(plan: &Plan, Bodies { infer, infer_samples, .. }: &Bodies) -> TokenStream {
    let (root, scalar, lanes, simd) = (&plan.root, &plan.scalar, &plan.names.lanes, &plan.names.simd);
    let constants = constants::of_inference(plan);
    let infer_samples = infer_samples.as_ref().map(|body| {
        quote! {
            #[inline]
            fn infer_samples<#simd: #root::__private::Simd, const #lanes: ::core::primitive::usize>(
                &self,
                __simd: #simd,
                __samples: &[#scalar],
                __lanes: &mut [#scalar],
                __output: &mut [#scalar],
                __workspace: &mut Self::Workspace<{ #lanes }>,
            ) {
                #body
            }
        }
    });
    let items = quote! {
        #constants

        #[inline]
        fn infer<#simd: #root::__private::Simd, const #lanes: ::core::primitive::usize>(
            &self,
            __simd: #simd,
            __input: &[#scalar],
            __output: &mut [#scalar],
            __workspace: &mut Self::Workspace<{ #lanes }>,
        ) {
            #infer
        }

        #infer_samples
    };
    implementation(plan, quote!(Infer), items)
}

fn training(plan: &Plan, Bodies { forward, backward, update, .. }: &Bodies) -> TokenStream {
    let (root, lanes, simd, constants) =
        (&plan.root, &plan.names.lanes, &plan.names.simd, constants::of_training(plan));
    let items = quote! {
        #constants

        #[inline]
        fn forward_stage<#simd: #root::__private::Simd, const #lanes: ::core::primitive::usize>(
            &self,
            __simd: #simd,
            __stage: ::core::primitive::usize,
            __pass: &#root::Pass,
            __trace: &mut Self::Trace<{ #lanes }>,
        ) {
            #forward
        }

        #[inline]
        fn backward_stage<#simd: #root::__private::Simd, const #lanes: ::core::primitive::usize>(
            &self,
            __simd: #simd,
            __stage: ::core::primitive::usize,
            __pass: &#root::Pass,
            __trace: &mut Self::Trace<{ #lanes }>,
            __gradient: &mut Self,
        ) {
            #backward
        }

        fn update_running_statistics<const #lanes: ::core::primitive::usize>(&mut self, __trace: &mut Self::Trace<{ #lanes }>, __samples: ::core::primitive::usize) {
            #update
        }
    };
    implementation(plan, quote!(Network), items)
}
