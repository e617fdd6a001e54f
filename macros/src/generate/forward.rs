//! The forward pass in training, stage by stage, and the running statistics.

use proc_macro2::TokenStream;
use quote::quote;

use super::{by_stage, parameters_of, value};
use crate::names::batch_fields;
use crate::plan::{ForwardStep, Plan};

/// The body of `forward_stage`.
pub fn body(plan: &Plan) -> TokenStream {
    let stage = |steps: &Vec<ForwardStep>| steps.iter().map(|step| call(plan, step)).collect();
    by_stage(plan.forward.stages.iter().map(stage).collect())
}

fn call(plan: &Plan, step: &ForwardStep) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    let buffer = |index: usize| &plan.forward.buffers[index].name;
    match *step {
        ForwardStep::Move { layer, input, output } => {
            let layer = &plan.layers[layer];
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let (input, output) = (buffer(input), buffer(output));
            quote! {
                #root::layers::Layer::forward::<#simd, #lanes>(
                    #value, simd, pass, #parameters, trace.#input.as_slice(), trace.#output.as_mut_slice(),
                );
            }
        }
        ForwardStep::InPlace { layer, buffer: place } => {
            let (value, place) = (value(plan, &plan.layers[layer]), buffer(place));
            quote! {
                #root::layers::InPlace::forward::<#simd, #lanes>(#value, simd, pass, trace.#place.as_mut_slice());
            }
        }
        ForwardStep::Copy { from, to } => {
            let (from, to) = (buffer(from), buffer(to));
            quote!(trace.#to.as_mut_slice().copy_from_slice(trace.#from.as_slice());)
        }
        ForwardStep::Collect { layer, input } => {
            let layer = &plan.layers[layer];
            let (value, input, [statistics, _]) = (value(plan, layer), buffer(input), batch_fields(&layer.name));
            quote! {
                #root::layers::BatchLayer::collect::<#simd, #lanes>(
                    #value, simd, pass, trace.#input.as_slice(), trace.#statistics.as_mut_slice(),
                );
            }
        }
        ForwardStep::Batch { layer, input, output } => {
            let layer = &plan.layers[layer];
            let (value, parameters, [statistics, _]) =
                (value(plan, layer), parameters_of(plan, layer), batch_fields(&layer.name));
            let (input, output) = (buffer(input), buffer(output));
            quote! {
                #root::layers::BatchLayer::forward::<#simd, #lanes>(
                    #value, simd, pass, #parameters, trace.#statistics.as_slice(),
                    trace.#input.as_slice(), trace.#output.as_mut_slice(),
                );
            }
        }
    }
}

/// The body of `update_running_statistics`.
pub fn update(plan: &Plan) -> TokenStream {
    let root = &plan.root;
    let layers = plan.batch_layers().map(|layer| {
        let (value, name, [statistics, _]) = (value(plan, layer), &layer.name, batch_fields(&layer.name));
        quote! {
            #root::layers::BatchLayer::update_running(
                #value, #root::__private::flat_mut(&mut self.#name), trace.#statistics.as_slice(), samples,
            );
        }
    });
    layers.collect()
}
