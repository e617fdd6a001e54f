//! The backward pass, stage by stage.

use proc_macro2::TokenStream;
use quote::quote;

use super::{by_stage, gradient_of, parameters_of, slot_field, times_lanes, value};
use crate::names::batch_fields;
use crate::plan::{BackwardStep, InputGradient, Plan, Slot, first_trained};
use crate::size::Size;

/// The body of `backward_stage`.
pub fn body(plan: &Plan) -> TokenStream {
    by_stage(plan.backward.stages.iter().map(|steps| stage(plan, steps)).collect())
}

/// The calls of a stage; a run of those on request stands under one condition.
fn stage(plan: &Plan, steps: &[BackwardStep]) -> TokenStream {
    let first_trained = first_trained(&plan.layers);
    let runs = steps.chunk_by(|left, right| left.is_on_request(first_trained) == right.is_on_request(first_trained));
    let run = |steps: &[BackwardStep]| {
        let calls = steps.iter().map(|step| call(plan, step));
        match steps.first() {
            Some(step) if step.is_on_request(first_trained) => quote!(if pass.input_gradient { #(#calls)* }),
            _ => quote!(#(#calls)*),
        }
    };
    runs.map(run).collect()
}

/// The part of a gradient buffer that holds the gradient of some values.
fn gradient(plan: &Plan, slot: Slot, values: &Size) -> TokenStream {
    let (field, values) = (slot_field(slot), times_lanes(plan, values));
    quote!(&mut trace.#field.as_mut_slice()[..#values])
}

fn call(plan: &Plan, step: &BackwardStep) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    let buffer = |index: usize| &plan.forward.buffers[index].name;
    match *step {
        BackwardStep::Move { .. } => moved(plan, step),
        BackwardStep::InPlace { layer, output, slot, .. } => {
            let layer = &plan.layers[layer];
            let (value, output, gradient) =
                (value(plan, layer), buffer(output), gradient(plan, slot, &layer.outputs()));
            quote! {
                #root::layers::InPlace::backward::<#simd, #lanes>(
                    #value, simd, pass, trace.#output.as_slice(), #gradient,
                );
            }
        }
        BackwardStep::Collect { layer, input, slot, .. } => {
            let layer = &plan.layers[layer];
            let [statistics, sums] = batch_fields(&layer.name);
            let (value, parameters, own) = (value(plan, layer), parameters_of(plan, layer), gradient_of(plan, layer));
            let (input, gradient) = (buffer(input), gradient(plan, slot, &layer.outputs()));
            quote! {
                #root::layers::BatchLayer::backward_collect::<#simd, #lanes>(
                    #value, simd, pass, #parameters, trace.#statistics.as_slice(), trace.#input.as_slice(),
                    #gradient, trace.#sums.as_mut_slice(), #own,
                );
            }
        }
        BackwardStep::Batch { layer, input, slot, .. } => {
            let layer = &plan.layers[layer];
            let [statistics, sums] = batch_fields(&layer.name);
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let (input, gradient) = (buffer(input), gradient(plan, slot, &layer.inputs()));
            quote! {
                #root::layers::BatchLayer::backward::<#simd, #lanes>(
                    #value, simd, pass, #parameters, trace.#statistics.as_slice(), trace.#sums.as_slice(),
                    trace.#input.as_slice(), #gradient,
                );
            }
        }
    }
}

fn moved(plan: &Plan, step: &BackwardStep) -> TokenStream {
    let BackwardStep::Move { layer, input, output, from, to, input_gradient } = *step else {
        return TokenStream::new();
    };
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    let layer = &plan.layers[layer];
    let (input, output) = (&plan.forward.buffers[input].name, &plan.forward.buffers[output].name);
    let (value, parameters, own) = (value(plan, layer), parameters_of(plan, layer), gradient_of(plan, layer));
    let read = gradient(plan, from, &layer.outputs());
    let written = gradient(plan, to, &layer.inputs());
    let written = match input_gradient {
        InputGradient::Computed => quote!(::core::option::Option::Some(#written)),
        InputGradient::OnRequest => quote!(pass.input_gradient.then_some(#written)),
    };
    quote! {
        #root::layers::Layer::backward::<#simd, #lanes>(
            #value, simd, pass, #parameters,
            #root::layers::Activations { input: trace.#input.as_slice(), output: trace.#output.as_slice() },
            #read, #written, #own,
        );
    }
}
