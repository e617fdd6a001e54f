//! `impl Network`

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{arguments, generics};
use super::{constants, type_level};
use crate::plan::Plan;

/// What the functions of `impl Network` do.
pub struct Bodies {
    pub initialize: TokenStream,
    pub forward: TokenStream,
    pub backward: TokenStream,
    pub infer: TokenStream,
    /// If it is not the provided one.
    pub infer_samples: Option<TokenStream>,
    pub update: TokenStream,
}

pub fn implementation(plan: &Plan, bodies: &Bodies) -> TokenStream {
    let (root, scalar, name, lanes) = (&plan.root, &plan.scalar, &plan.names.network, &plan.names.lanes);
    let (generics, arguments, bounds) = (generics(plan), arguments(plan), type_level::bounds(plan));
    let (simd, random) = (&plan.names.simd, &plan.names.random);
    let constants = constants::constants(plan);
    let Bodies { initialize, forward, backward, infer, infer_samples, update } = bodies;
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
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_variables, non_upper_case_globals, clippy::all, clippy::pedantic)]
        impl #generics #root::Network for #name #arguments #bounds {
            #constants

            fn initialize<#random: #root::__private::Rng + ?::core::marker::Sized>(&mut self, __rng: &mut #random) {
                #initialize
            }

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

            fn update_running_statistics<const #lanes: ::core::primitive::usize>(&mut self, __trace: &mut Self::Trace<{ #lanes }>, __samples: ::core::primitive::usize) {
                #update
            }
        }
    }
}
