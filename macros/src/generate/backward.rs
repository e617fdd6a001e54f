//! The backward pass, stage by stage.

use proc_macro2::TokenStream;
use quote::quote;

use super::expressions::{
    self, by_stage, context, gradient_of, in_place, kept, parameters_of, saved, slice_mut, two_parts, value, values,
};
use super::forward::batch_read;
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
            Some(step) if step.on_request => quote!(if __pass.input_gradient { #(#calls)* }),
            _ => quote!(#(#calls)*),
        }
    };
    runs.map(run).collect()
}

/// The part of a gradient buffer that holds the gradient of some values.
fn gradient(plan: &Plan, region: &Region<usize>) -> TokenStream {
    let field = names::buffer("gradient_", region.within);
    slice_mut(plan, &quote!(__trace.#field), &region.offset, &region.values)
}

/// A call that reads the gradient at one place and writes at another, in one buffer or not.
fn between(
    plan: &Plan,
    from: &Region<usize>,
    to: &Region<usize>,
    call: impl FnOnce(&TokenStream, &TokenStream) -> TokenStream,
) -> TokenStream {
    if from.within == to.within {
        let field = names::buffer("gradient_", from.within);
        let parts = two_parts(plan, &quote!(__trace.#field), from, to);
        let call = call(&quote!(__from), &quote!(__to));
        return quote!(#parts #call);
    }
    call(&gradient(plan, from), &gradient(plan, to))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The call of a layer from one place to another, and of the activation that made its input.
fn move_gradient(plan: &Plan, work: &BackwardWork, read: &TokenStream, written: &TokenStream) -> TokenStream {
    let BackwardWork::Move { layer, input, output, input_gradient, activation, .. } = work else {
        return TokenStream::new();
    };
    let (root, simd, lanes, scalar) = (&plan.root, &plan.names.simd, &plan.names.lanes, &plan.scalar);
    let (at, layer) = (context(plan, *layer), &plan.layers[*layer]);
    let (value, parameters, own) = (value(plan, layer), parameters_of(plan, layer), gradient_of(plan, layer));
    let saved = saved(plan, layer);
    let written = match input_gradient {
        InputGradient::Computed => quote!(::core::option::Option::Some(#written)),
        InputGradient::OnRequest => quote!(__pass.input_gradient.then_some(#written)),
    };
    let start = own.as_ref().map(|own| quote!(#root::layers::start_gradient::<#scalar, _>(#value, __pass, #own);));
    let (own, from) = (option(own), *input);
    let (input, output) = (values(plan, *input), values(plan, *output));
    let io = quote! {
        #root::layers::Backward {
            parameters: #parameters,
            read: #root::layers::Activations::of(#value, #input, #output),
            saved: #saved,
            output_gradient: #read,
            input_gradient: #written,
            gradient: #own,
        }
    };
    let Some(activation) = activation.map(|activation| &plan.layers[activation]) else {
        return quote!(#start #root::layers::Layer::backward::<#simd, { #lanes }>(#value, #at, #io););
    };
    let (kept, activation) = (kept(plan, activation, from), expressions::value(plan, activation));
    quote! {
        #start
        #root::layers::FusedBackward::backward_fused::<#simd, _, { #lanes }>(
            #value, #at, #io, #root::layers::Before { activation: #activation, kept: #kept },
        );
    }
}

fn call(plan: &Plan, work: &BackwardWork) -> TokenStream {
    let (root, simd, lanes) = (&plan.root, &plan.names.simd, &plan.names.lanes);
    match work {
        BackwardWork::Move { from, to, .. } => between(plan, from, to, |from, to| move_gradient(plan, work, from, to)),
        BackwardWork::InPlace { layer, output, at: region } => {
            let (at, layer) = (context(plan, *layer), &plan.layers[*layer]);
            let (value, kept, gradient) = (in_place(plan, layer), kept(plan, layer, *output), gradient(plan, region));
            quote!(#root::layers::InPlace::backward::<#simd, { #lanes }>(#value, #at, #kept, #gradient);)
        }
        BackwardWork::Collect { layer, input, at: region } => {
            let (at, layer) = (context(plan, *layer), &plan.layers[*layer]);
            let [_, sums] = batch_fields(&layer.name);
            let (value, read, own) = (value(plan, layer), batch_read(plan, layer, *input), gradient_of(plan, layer));
            let (gradient, own) = (gradient(plan, region), option(own));
            quote! {
                #root::layers::BatchLayer::backward_collect::<#simd, { #lanes }>(
                    #value, #at, #read, #gradient, #root::__private::values_mut(&mut __trace.#sums), #own,
                );
            }
        }
        BackwardWork::Batch { layer, input, at: region } => {
            let (at, layer) = (context(plan, *layer), &plan.layers[*layer]);
            let [_, sums] = batch_fields(&layer.name);
            let (value, read, gradient) = (value(plan, layer), batch_read(plan, layer, *input), gradient(plan, region));
            quote! {
                #root::layers::BatchLayer::backward::<#simd, { #lanes }>(
                    #value, #at, #read, #root::__private::values(&__trace.#sums), #gradient,
                );
            }
        }
        BackwardWork::Copy { from, to } => {
            between(plan, from, to, |from, to| quote!(<[_]>::copy_from_slice(#to, #from);))
        }
        BackwardWork::Clear { at } => {
            let (at, zero) = (gradient(plan, at), plan.zero());
            quote!(<[_]>::fill(#at, #zero);)
        }
        BackwardWork::Add { from, to } => {
            between(plan, from, to, |from, to| quote!(#root::layers::add(__simd, #from, #to);))
        }
    }
}
