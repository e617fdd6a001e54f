//! The forward pass in training, stage by stage, and the running statistics.

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{
    by_stage, context, in_place, kept_mut, parameters_of, parameters_path, saved, slice_mut, then, value, values,
    values_mut,
};
use crate::names::batch_fields;
use crate::plan::{ForwardStep, Plan, PlannedLayer};

/// The body of `forward_stage`.
pub fn body(plan: &Plan) -> TokenStream {
    let stage = |steps: &Vec<ForwardStep>| steps.iter().map(|step| call(plan, step)).collect();
    by_stage(plan.forward.stages.iter().map(stage).collect())
}

fn call(plan: &Plan, step: &ForwardStep) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    match *step {
        ForwardStep::Move { layer, input, output, activation } => {
            let (input, output) = (values(plan, input), values_mut(plan, output));
            let saved = saved(plan, &plan.layers[layer]);
            move_values(plan, layer, &input, &output, &saved, activation.map(|_| then(plan, activation)))
        }
        ForwardStep::InPlace { layer, buffer } => {
            let (at, planned, values) = (context(plan, layer), &plan.layers[layer], values_mut(plan, buffer));
            let (value, kept) = (in_place(plan, planned), kept_mut(plan, planned));
            quote!(#root::layers::InPlace::forward::<#simd, { #lanes }>(#value, #at, #values, #kept);)
        }
        ForwardStep::Copy { from, to } => {
            let (from, to) = (values(plan, from), values_mut(plan, to));
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        ForwardStep::Add { from, to } => {
            let (from, to) = (values(plan, from), values_mut(plan, to));
            quote!(#root::layers::add(__simd, #from, #to);)
        }
        ForwardStep::Insert { layer, branch, from, to } => {
            let layer = &plan.layers[layer];
            let (buffer, region) = plan.forward.place(to);
            let (name, offset) = (&buffer.name, region.offset.plus(&layer.offset(branch)));
            let to = slice_mut(plan, &quote!(__trace.#name), &offset, &layer.branches[branch]);
            let from = values(plan, from);
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        ForwardStep::Collect { layer, input } => {
            let (at, layer) = (context(plan, layer), &plan.layers[layer]);
            let [statistics, _] = batch_fields(&layer.name);
            let (value, input) = (value(plan, layer), values(plan, input));
            quote! {
                #root::layers::BatchLayer::collect::<#simd, { #lanes }>(
                    #value, #at, #input, #root::__private::values_mut(&mut __trace.#statistics),
                );
            }
        }
        ForwardStep::Batch { layer, input, output, activation } => {
            let (at, layer) = (context(plan, layer), &plan.layers[layer]);
            let (value, read) = (value(plan, layer), batch_read(plan, layer, input));
            let (output, then) = (values_mut(plan, output), then(plan, activation));
            quote!(#root::layers::BatchLayer::forward::<#simd, _, { #lanes }>(#value, #at, #read, #output, #then);)
        }
    }
}

/// What calls of a layer that needs the batch read.
pub fn batch_read(plan: &Plan, layer: &PlannedLayer, input: usize) -> TokenStream {
    let (root, [statistics, _]) = (&plan.root, batch_fields(&layer.name));
    let (parameters, input) = (parameters_of(plan, layer), values(plan, input));
    quote! {
        #root::layers::BatchRead { parameters: #parameters, statistics: #root::__private::values(&__trace.#statistics), input: #input }
    }
}

/// A layer from one place to another, and then the activation that follows.
pub fn move_values(
    plan: &Plan,
    layer: usize,
    from: &TokenStream,
    to: &TokenStream,
    saved: &TokenStream,
    then: Option<TokenStream>,
) -> TokenStream {
    let (root, simd, lanes, at) = (&plan.root, &plan.names.simd, &plan.names.lanes, context(plan, layer));
    let layer = &plan.layers[layer];
    let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
    let io = quote! {
        #root::layers::Forward { parameters: #parameters, input: #from, output: #to, saved: #saved }
    };
    match then {
        None => quote!(#root::layers::Layer::forward::<#simd, { #lanes }>(#value, #at, #io);),
        Some(then) => {
            quote!(#root::layers::FusedForward::forward_fused::<#simd, _, { #lanes }>(#value, #at, #io, #then);)
        }
    }
}

/// The body of `update_running_statistics`.
pub fn update(plan: &Plan) -> TokenStream {
    let root = &plan.root;
    let layers = plan.batch_layers().map(|layer| {
        let (value, path, [statistics, _]) = (value(plan, layer), parameters_path(layer), batch_fields(&layer.name));
        quote! {
            #root::layers::BatchLayer::update_running(
                #value, #root::__private::flat_mut(&mut self.#path), #root::__private::values(&__trace.#statistics), __samples,
            );
        }
    });
    layers.collect()
}
