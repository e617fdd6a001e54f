//! The backward pass, stage by stage.

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{
    self, bounded_range, by_stage, gradient_of, in_place, parameters_of, slice_mut, value, values,
};
use crate::names::{self, batch_fields};
use crate::plan::{BackwardStep, BackwardWork, InputGradient, Plan, Region};

/// The body of `backward_stage`.
pub fn body(plan: &Plan) -> TokenStream {
    by_stage(plan.backward.stages.iter().map(|steps| stage(plan, steps)).collect())
}

/// The calls of a stage; a run of those on request stands under one condition.
fn stage(plan: &Plan, steps: &[BackwardStep]) -> TokenStream {
    let runs = steps.chunk_by(|left, right| left.on_request == right.on_request);
    let run = |steps: &[BackwardStep]| {
        let calls = steps.iter().map(|step| call(plan, &step.work));
        match steps.first() {
            Some(step) if step.on_request => quote!(if pass.input_gradient { #(#calls)* }),
            _ => quote!(#(#calls)*),
        }
    };
    runs.map(run).collect()
}

/// The part of a gradient buffer that holds the gradient of some values.
fn gradient(plan: &Plan, region: &Region<usize>) -> TokenStream {
    let field = names::buffer("gradient_", region.within);
    slice_mut(plan, &quote!(trace.#field), &region.offset, &region.values)
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn call(plan: &Plan, work: &BackwardWork) -> TokenStream {
    let (root, simd, lanes, scalar) = (&plan.root, &plan.names.simd, &plan.names.lanes, &plan.scalar);
    match work {
        BackwardWork::Move { layer, input, output, from, to, input_gradient, activation: before } => {
            let layer = &plan.layers[*layer];
            let (value, parameters, own) = (value(plan, layer), parameters_of(plan, layer), gradient_of(plan, layer));
            let (input, output) = (values(plan, *input), values(plan, *output));
            let (read, written) = (gradient(plan, from), gradient(plan, to));
            let written = match input_gradient {
                InputGradient::Computed => quote!(::core::option::Option::Some(#written)),
                InputGradient::OnRequest => quote!(pass.input_gradient.then_some(#written)),
            };
            let start =
                own.as_ref().map(|own| quote!(#root::layers::start_gradient::<#scalar, _>(#value, pass, #own);));
            let own = option(own);
            let (method, before) = match before {
                None => (quote!(backward::<#simd, #lanes>), None),
                Some(before) => {
                    let before = expressions::value(plan, &plan.layers[*before]);
                    (quote!(backward_activated::<#simd, _, #lanes>), Some(quote!(#before,)))
                }
            };
            quote! {
                #start
                #root::layers::Layer::#method(
                    #value, simd, pass, #parameters,
                    #root::layers::Activations { input: #input, output: #output },
                    #read, #written, #own, #before
                );
            }
        }
        BackwardWork::InPlace { layer, output, at } => {
            let (value, output, at) = (in_place(plan, &plan.layers[*layer]), values(plan, *output), gradient(plan, at));
            quote!(#root::layers::InPlace::backward::<#simd, #lanes>(#value, simd, pass, #output, #at);)
        }
        BackwardWork::Collect { layer, input, at } => {
            let layer = &plan.layers[*layer];
            let [statistics, sums] = batch_fields(&layer.name);
            let (value, parameters, own) = (value(plan, layer), parameters_of(plan, layer), gradient_of(plan, layer));
            let (input, at) = (values(plan, *input), gradient(plan, at));
            let own = option(own);
            quote! {
                #root::layers::BatchLayer::backward_collect::<#simd, #lanes>(
                    #value, simd, pass, #parameters, trace.#statistics.as_slice(), #input,
                    #at, trace.#sums.as_mut_slice(), #own,
                );
            }
        }
        BackwardWork::Batch { layer, input, at } => {
            let layer = &plan.layers[*layer];
            let [statistics, sums] = batch_fields(&layer.name);
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let (input, at) = (values(plan, *input), gradient(plan, at));
            quote! {
                #root::layers::BatchLayer::backward::<#simd, #lanes>(
                    #value, simd, pass, #parameters, trace.#statistics.as_slice(), trace.#sums.as_slice(),
                    #input, #at,
                );
            }
        }
        BackwardWork::Copy { from, to } => {
            let (from, to) = (gradient(plan, from), gradient(plan, to));
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        // One buffer cannot be borrowed twice.
        BackwardWork::Add { from, to } if from.within == to.within => {
            let field = names::buffer("gradient_", from.within);
            let [from, to] = [from, to].map(|region| bounded_range(plan, &region.offset, &region.values));
            quote!(#root::layers::add_within(simd, trace.#field.as_mut_slice(), #from, #to);)
        }
        BackwardWork::Add { from, to } => {
            let (from, to) = (gradient(plan, from), gradient(plan, to));
            quote!(#root::layers::add(simd, #from, #to);)
        }
    }
}
