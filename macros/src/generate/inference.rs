//! Inference: the layers without what only training needs.

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{self, context, in_place, parameters_of, slice, slice_mut, two_parts, value};
use super::forward::move_values;
use crate::names;
use crate::plan::{InferenceStep, Place, Plan, Region};
use crate::size::Size;

/// The body of `infer`.
pub fn body(plan: &Plan) -> TokenStream {
    let (root, lanes) = (&plan.root, &plan.names.lanes);
    let calls = plan.inference.steps.iter().map(|step| call(plan, step));
    quote! {
        let __pass = &#root::Pass::inference(#lanes);
        #(#calls)*
    }
}

/// The body of `infer_samples` of a network whose first layer reads samples as they lie; of others it is provided.
pub fn body_of_samples(plan: &Plan) -> Option<TokenStream> {
    let [InferenceStep::Move { layer, to, activation, .. }, rest @ ..] = &plan.inference.steps[..] else { return None };
    let (at, layer) = (context(plan, *layer), plan.inference.reads_samples.then(|| &plan.layers[*layer])?);
    let (root, simd, lanes, scalar) = (&plan.root, &plan.names.simd, &plan.names.lanes, &plan.scalar);
    let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
    let (to, activation) = (written(plan, *to), activation_or_identity(plan, *activation));
    let calls = rest.iter().map(|step| call(plan, step));
    Some(quote! {
        let __pass = &#root::Pass::inference(#lanes);
        #value.forward_samples::<#scalar, #simd, _, { #lanes }>(
            #at, #parameters, __samples, __lanes, #to, #activation,
        );
        #(#calls)*
    })
}

fn call(plan: &Plan, step: &InferenceStep) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    let region = |storage: usize| plan.inference.region(storage);
    match *step {
        InferenceStep::Move { layer, from, to, activation } => {
            let then = activation.map(|_| {
                let activation = activation_or_identity(plan, activation);
                quote!(#root::layers::Then { activation: #activation, kept: &mut [] })
            });
            let saved = quote!(<#root::layers::SavedNumbers<'_, _> as ::core::default::Default>::default());
            between(plan, &region(from), &region(to), |from, to| move_values(plan, layer, from, to, &saved, then))
        }
        InferenceStep::InPlace { layer, at: place } => {
            let (at, value, values) = (context(plan, layer), in_place(plan, &plan.layers[layer]), written(plan, place));
            quote!(#root::layers::InPlace::forward::<#simd, { #lanes }>(#value, #at, #values, &mut []);)
        }
        InferenceStep::Replace { layer, at: place, activation } => {
            let (at, layer) = (context(plan, layer), &plan.layers[layer]);
            let (value, parameters) = (value(plan, layer), parameters_of(plan, layer));
            let (values, activation) = (written(plan, place), activation_or_identity(plan, activation));
            quote! {
                #root::layers::InferInPlace::infer::<#simd, _, { #lanes }>(#value, #at, #parameters, #values, #activation);
            }
        }
        InferenceStep::Copy { from, to } => copy(plan, &region(from), &region(to)),
        InferenceStep::Add { from, to } => {
            between(plan, &region(from), &region(to), |from, to| quote!(#root::layers::add(__simd, #from, #to);))
        }
        InferenceStep::Insert { layer, branch, from, to } => {
            let (layer, to) = (&plan.layers[layer], region(to));
            let offset = to.offset.plus(&layer.offset(branch));
            copy(plan, &region(from), &Region { offset, values: layer.branches[branch].clone(), ..to })
        }
        InferenceStep::Pass => quote!(<[_]>::copy_from_slice(__output, __input);),
    }
}

fn copy(plan: &Plan, from: &Region<Place>, to: &Region<Place>) -> TokenStream {
    between(plan, from, to, |from, to| quote!(<[_]>::copy_from_slice(#to, #from);))
}

/// A call that reads one place and writes another, in one buffer or not.
fn between(
    plan: &Plan,
    from: &Region<Place>,
    to: &Region<Place>,
    call: impl FnOnce(&TokenStream, &TokenStream) -> TokenStream,
) -> TokenStream {
    if let (Place::Buffer(number), true) = (from.within, from.within == to.within) {
        let field = names::buffer("", number);
        let parts = two_parts(plan, &quote!(__workspace.#field), from, to);
        let call = call(&quote!(__from), &quote!(__to));
        return quote!(#parts #call);
    }
    call(&read(plan, from), &part_mut(plan, to))
}

fn read(plan: &Plan, region: &Region<Place>) -> TokenStream {
    match region.within {
        Place::Input if region.is_all_of(&Size::product(&plan.input)) => quote!(__input),
        Place::Input => {
            let range = expressions::range(plan, &region.offset, &region.values);
            quote!(&__input[#range])
        }
        Place::Output if region.is_all_of(&Size::product(&plan.output)) => quote!(__output),
        Place::Output => {
            let range = expressions::range(plan, &region.offset, &region.values);
            quote!(&__output[#range])
        }
        Place::Buffer(number) => {
            let field = names::buffer("", number);
            slice(plan, &quote!(__workspace.#field), &region.offset, &region.values)
        }
    }
}

fn written(plan: &Plan, storage: usize) -> TokenStream {
    part_mut(plan, &plan.inference.region(storage))
}

fn part_mut(plan: &Plan, region: &Region<Place>) -> TokenStream {
    match region.within {
        Place::Output if region.is_all_of(&Size::product(&plan.output)) => quote!(__output),
        // The plan never writes to the input.
        Place::Input | Place::Output => {
            let range = expressions::range(plan, &region.offset, &region.values);
            quote!(&mut __output[#range])
        }
        Place::Buffer(number) => {
            let field = names::buffer("", number);
            slice_mut(plan, &quote!(__workspace.#field), &region.offset, &region.values)
        }
    }
}

/// The value of an activation, or of what stands for none.
fn activation_or_identity(plan: &Plan, activation: Option<usize>) -> TokenStream {
    let root = &plan.root;
    activation.map_or_else(|| quote!(#root::layers::Identity), |activation| value(plan, &plan.layers[activation]))
}
