//! Inference: the layers without what only training needs.

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{self, context, in_place, parameters_of, slice, slice_mut, value};
use super::forward::move_values;
use crate::names;
use crate::plan::{InferenceStep, Place, Plan};
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
    match *step {
        InferenceStep::Move { layer, from, to, activation } => {
            let root = &plan.root;
            let then = activation.map(|_| {
                let activation = activation_or_identity(plan, activation);
                quote!(#root::layers::Then { activation: #activation, kept: &mut [] })
            });
            let saved = quote!(<#root::layers::SavedNumbers<'_, _> as ::core::default::Default>::default());
            move_values(plan, layer, &read(plan, from), &written(plan, to), &saved, then)
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
        InferenceStep::Copy { from, to } => {
            let (from, to) = (read(plan, from), written(plan, to));
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        InferenceStep::Add { from, to } => {
            let (from, to) = (read(plan, from), written(plan, to));
            quote!(#root::layers::add(__simd, #from, #to);)
        }
        InferenceStep::Insert { layer, branch, from, to } => {
            let layer = &plan.layers[layer];
            let region = plan.inference.region(to);
            let offset = region.offset.plus(&layer.offset(branch));
            let to = part_mut(plan, region.within, &offset, &layer.branches[branch]);
            let from = read(plan, from);
            quote!(<[_]>::copy_from_slice(#to, #from);)
        }
        InferenceStep::Pass => quote!(<[_]>::copy_from_slice(__output, __input);),
    }
}

fn read(plan: &Plan, storage: usize) -> TokenStream {
    let region = plan.inference.region(storage);
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
    let region = plan.inference.region(storage);
    match region.within {
        Place::Output if region.is_all_of(&Size::product(&plan.output)) => quote!(__output),
        place => part_mut(plan, place, &region.offset, &region.values),
    }
}

fn part_mut(plan: &Plan, place: Place, offset: &Size, values: &Size) -> TokenStream {
    match place {
        // The plan never writes to the input.
        Place::Input | Place::Output => {
            let range = expressions::range(plan, offset, values);
            quote!(&mut __output[#range])
        }
        Place::Buffer(number) => {
            let field = names::buffer("", number);
            slice_mut(plan, &quote!(__workspace.#field), offset, values)
        }
    }
}

/// The value of an activation, or of what stands for none.
fn activation_or_identity(plan: &Plan, activation: Option<usize>) -> TokenStream {
    let root = &plan.root;
    activation.map_or_else(|| quote!(#root::layers::Identity), |activation| value(plan, &plan.layers[activation]))
}
