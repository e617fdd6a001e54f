//! `impl Network`

use proc_macro2::TokenStream;
use quote::quote;

use super::{Bodies, constants};
use crate::plan::Plan;

pub fn implementation(plan: &Plan, bodies: &Bodies) -> TokenStream {
    let (root, scalar, name, lanes) = (&plan.root, &plan.scalar, &plan.names.network, &plan.names.lanes);
    let (trace, workspace) = (&plan.names.trace, &plan.names.workspace);
    let (simd, random) = (&plan.names.simd, &plan.names.random);
    let constants = constants::constants(plan);
    let Bodies { initialize, forward, backward, infer, update } = bodies;
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, clippy::all)]
        impl #root::Network for #name {
            #constants

            fn initialize<#random: #root::__private::Rng + ?::core::marker::Sized>(&mut self, rng: &mut #random) {
                #initialize
            }

            #[inline]
            fn forward_stage<#simd: #root::__private::Simd, const #lanes: usize>(
                &self,
                simd: #simd,
                stage: usize,
                pass: &#root::Pass,
                trace: &mut #trace<#lanes>,
            ) {
                #forward
            }

            #[inline]
            fn backward_stage<#simd: #root::__private::Simd, const #lanes: usize>(
                &self,
                simd: #simd,
                stage: usize,
                pass: &#root::Pass,
                trace: &mut #trace<#lanes>,
                gradient: &mut Self,
            ) {
                #backward
            }

            #[inline]
            fn infer<#simd: #root::__private::Simd, const #lanes: usize>(
                &self,
                simd: #simd,
                input: &[#scalar],
                output: &mut [#scalar],
                workspace: &mut #workspace<#lanes>,
            ) {
                #infer
            }

            fn update_running_statistics<const #lanes: usize>(&mut self, trace: &mut #trace<#lanes>, samples: usize) {
                #update
            }
        }
    }
}
