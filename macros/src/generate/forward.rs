//! The forward pass in training, stage by stage, and the running statistics.

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{by_stage, in_place, parameters_of, parameters_path, slice_mut, value, values, values_mut};
use crate::names::batch_fields;
use crate::plan::{ForwardStep, Plan};

/// The body of `forward_stage`.
pub fn body(plan: &Plan) -> TokenStream {
    let stage = |steps: &Vec<ForwardStep>| steps.iter().map(|step| call(plan, step)).collect();
    by_stage(plan.forward.stages.iter().map(stage).collect())
}

fn call(plan: &Plan, step: &ForwardStep) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    match *step {
        ForwardStep::Move { layer, input, output, activation: then } => {
            let (input, output) = (values(plan, input), values_mut(plan, output));
            move_values(plan, layer, &input, &output, then)
        }
        ForwardStep::InPlace { layer, buffer } => {
            let (value, values) = (in_place(plan, &plan.layers[layer]), values_mut(plan, buffer));
            quote!(#root::layers::InPlace::forward::<#simd, #lanes>(#value, simd, pass, #values);)
        }
        ForwardStep::Copy { from, to } => {
            let (from, to) = (values(plan, from), values_mut(plan, to));
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        ForwardStep::Add { from, to } => {
            let (from, to) = (values(plan, from), values_mut(plan, to));
            quote!(#root::layers::add(simd, #from, #to);)
        }
        ForwardStep::Insert { layer, branch, from, to } => {
            let layer = &plan.layers[layer];
            let (buffer, region) = plan.forward.place(to);
            let (name, offset) = (&buffer.name, region.offset.plus(&layer.offset(branch)));
            let to = slice_mut(plan, &quote!(trace.#name), &offset, &layer.branches[branch]);
            let from = values(plan, from);
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        ForwardStep::Collect { layer, input } => {
            let layer = &plan.layers[layer];
            let [statistics, _] = batch_fields(&layer.name);
            let (value, input) = (value(plan, layer), values(plan, input));
            quote! {
                #root::layers::BatchLayer::collect::<#simd, #lanes>(
                    #value, simd, pass, #input, trace.#statistics.as_mut_slice(),
                );
            }
        }
        ForwardStep::Batch { layer, input, output, activation: then } => {
            let layer = &plan.layers[layer];
            let [statistics, _] = batch_fields(&layer.name);
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let (input, output) = (values(plan, input), values_mut(plan, output));
            let then = activation_or_identity(plan, then);
            quote! {
                #root::layers::BatchLayer::forward::<#simd, _, #lanes>(
                    #value, simd, pass, #parameters, trace.#statistics.as_slice(), #input, #output, #then,
                );
            }
        }
    }
}

/// A layer from one place to another, and the activation that follows.
pub fn move_values(
    plan: &Plan,
    layer: usize,
    from: &TokenStream,
    to: &TokenStream,
    activation: Option<usize>,
) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    let layer = &plan.layers[layer];
    let (layer, parameters) = (value(plan, layer), parameters_of(plan, layer));
    match activation {
        None => quote!(#root::layers::Layer::forward::<#simd, #lanes>(#layer, simd, pass, #parameters, #from, #to);),
        Some(activation) => {
            let activation = value(plan, &plan.layers[activation]);
            quote! {
                #root::layers::Layer::forward_activated::<#simd, _, #lanes>(
                    #layer, simd, pass, #parameters, #from, #to, #activation,
                );
            }
        }
    }
}

/// The value of an activation, or of what stands for none.
pub fn activation_or_identity(plan: &Plan, activation: Option<usize>) -> TokenStream {
    let root = &plan.root;
    activation.map_or_else(|| quote!(#root::layers::Identity), |activation| value(plan, &plan.layers[activation]))
}

/// The body of `update_running_statistics`.
pub fn update(plan: &Plan) -> TokenStream {
    let root = &plan.root;
    let layers = plan.batch_layers().map(|layer| {
        let (value, path, [statistics, _]) = (value(plan, layer), parameters_path(layer), batch_fields(&layer.name));
        quote! {
            #root::layers::BatchLayer::update_running(
                #value, #root::__private::flat_mut(&mut self.#path), trace.#statistics.as_slice(), samples,
            );
        }
    });
    layers.collect()
}
