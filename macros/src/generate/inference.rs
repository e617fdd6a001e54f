//! Inference: the layers without what only training needs.

use proc_macro2::TokenStream;
use quote::quote;

use super::{parameters_of, times_lanes, value};
use crate::plan::{InferenceStep, Place, Plan};
use crate::size::Size;

/// The body of `infer`.
pub fn body(plan: &Plan) -> TokenStream {
    let (root, lanes) = (&plan.root, &plan.names.lanes);
    let calls = plan.inference.steps.iter().map(|step| call(plan, step));
    quote! {
        let pass = &#root::Pass::inference(#lanes);
        #(#calls)*
    }
}

fn call(plan: &Plan, step: &InferenceStep) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    match *step {
        InferenceStep::Move { layer, from, to } => {
            let layer = &plan.layers[layer];
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let (from, to) = (read(plan, from, &layer.inputs()), written(plan, to, &layer.outputs()));
            quote!(#root::layers::Layer::forward::<#simd, #lanes>(#value, simd, pass, #parameters, #from, #to);)
        }
        InferenceStep::InPlace { layer, place } => {
            let layer = &plan.layers[layer];
            let (value, values) = (value(plan, layer), written(plan, place, &layer.outputs()));
            quote!(#root::layers::InPlace::forward::<#simd, #lanes>(#value, simd, pass, #values);)
        }
        InferenceStep::Batch { layer, place } => {
            let layer = &plan.layers[layer];
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let values = written(plan, place, &layer.outputs());
            quote!(#root::layers::BatchLayer::infer::<#simd, #lanes>(#value, simd, #parameters, #values);)
        }
        InferenceStep::Copy { layer, to } => {
            let values = times_lanes(plan, &plan.layers[layer].inputs());
            let to = match to {
                Place::Input | Place::Output => quote!(output),
                Place::First => quote!(workspace.a.as_mut_slice()[..#values]),
                Place::Second => quote!(workspace.b.as_mut_slice()[..#values]),
            };
            quote!(#to.copy_from_slice(input);)
        }
        InferenceStep::Pass => quote!(output.copy_from_slice(input);),
    }
}

fn read(plan: &Plan, place: Place, values: &Size) -> TokenStream {
    let values = times_lanes(plan, values);
    match place {
        Place::Input => quote!(input),
        Place::Output => quote!(output),
        Place::First => quote!(&workspace.a.as_slice()[..#values]),
        Place::Second => quote!(&workspace.b.as_slice()[..#values]),
    }
}

fn written(plan: &Plan, place: Place, values: &Size) -> TokenStream {
    let values = times_lanes(plan, values);
    match place {
        // The plan never writes to the input.
        Place::Input | Place::Output => quote!(output),
        Place::First => quote!(&mut workspace.a.as_mut_slice()[..#values]),
        Place::Second => quote!(&mut workspace.b.as_mut_slice()[..#values]),
    }
}
