//! The struct of activations, the buffers of inference, and how the trainer reaches them.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::docs;
use super::expressions::{lane_arguments, lane_generics, lane_group, range};
use crate::layers::Keeps;
use crate::names::{self, batch_fields};
use crate::plan::Plan;
use crate::size::Size;

/// The trace. Its alignment is that of the widest registers and of a cache line.
pub fn definition(plan: &Plan) -> [TokenStream; 2] {
    let (visibility, name, lanes) = (&plan.visibility, &plan.names.trace, &plan.names.lanes);
    let docs =
        docs::doc(&format!("The activations of `{lanes}` samples in a `{}` that is trained.", plan.names.network));
    let generics = lane_generics(plan);
    let buffers = plan.forward.buffers.iter().map(|buffer| {
        let docs = docs::doc(&format!("{}.", buffer.meaning));
        (quote!(#docs #visibility), buffer.name.clone(), lane_group(plan, &buffer.values))
    });
    let gradients = plan
        .backward
        .buffers
        .iter()
        .enumerate()
        .map(|(number, values)| (TokenStream::new(), names::buffer("gradient_", number), lane_group(plan, values)));
    let beside = beside(plan).into_iter().map(|(name, kind)| (TokenStream::new(), name, kind));
    let (mut fields, mut types) = (TokenStream::new(), Vec::new());
    for (before, name, kind) in buffers.chain(gradients).chain(beside) {
        fields.extend(quote!(#before #name: #kind,));
        types.push(kind);
    }
    let item = quote! {
        #docs
        #[repr(C, align(64))]
        #[derive(::core::clone::Clone)]
        #[allow(
            dead_code, missing_copy_implementations, missing_debug_implementations, non_upper_case_globals,
            clippy::all, clippy::pedantic,
        )]
        #visibility struct #name #generics { #fields }
    };
    [item, zeroable(plan, name, &types)]
}

/// That zero is a value of a struct for lane groups.
fn zeroable(plan: &Plan, name: &Ident, types: &[TokenStream]) -> TokenStream {
    let (root, lanes, parameters) = (&plan.root, &plan.names.lanes, &plan.parameters);
    quote!(#root::__zeroable! { #name [#lanes #(#parameters)*] { #(#types,)* } })
}

/// What layers have in the trace besides their outputs: what they keep for the backward pass; of one that needs the whole
/// batch statistics and sums, a column of each.
fn beside(plan: &Plan) -> Vec<(Ident, TokenStream)> {
    let (root, scalar) = (&plan.root, &plan.scalar);
    let mut fields = Vec::new();
    for layer in &plan.layers {
        let (part, [samples, group]) = (&layer.part, names::saved_fields(&layer.name));
        if let Some(channels) = &part.batch {
            let ([statistics, sums], channels) = (batch_fields(&layer.name), channels.as_argument());
            let matrix = quote!(#root::nalgebra::SMatrix<#scalar, #channels, 2>);
            fields.extend([statistics, sums].map(|field| (field, matrix.clone())));
        }
        if part.keeps == Keeps::Beside {
            let (kept, matrix) = (names::kept_field(&layer.name), lane_group(plan, &layer.outputs()));
            fields.push((kept, matrix));
        }
        if part.saved.per_sample.number() != Some(0) {
            let matrix = lane_group(plan, &part.saved.per_sample);
            fields.push((samples, matrix));
        }
        if part.saved.per_group.number() != Some(0) {
            let numbers = part.saved.per_group.as_argument();
            fields.push((group, quote!(#root::nalgebra::SVector<#scalar, #numbers>)));
        }
    }
    fields
}

/// The buffers of inference.
pub fn workspace(plan: &Plan) -> [TokenStream; 2] {
    let (visibility, name, generics) = (&plan.visibility, &plan.names.workspace, lane_generics(plan));
    let names = (0..plan.inference.buffers.len()).map(|number| names::buffer("", number));
    let types: Vec<TokenStream> = plan.inference.buffers.iter().map(|values| lane_group(plan, values)).collect();
    let item = quote! {
        #[doc(hidden)]
        #[repr(C, align(64))]
        #[allow(
            dead_code, missing_copy_implementations, missing_debug_implementations, non_upper_case_globals,
            clippy::all, clippy::pedantic,
        )]
        #visibility struct #name #generics { #(#names: #types,)* }
    };
    [item, zeroable(plan, name, &types)]
}

/// `impl Trace`
pub fn implementation(plan: &Plan) -> TokenStream {
    let (root, scalar, name, lanes) = (&plan.root, &plan.scalar, &plan.names.trace, &plan.names.lanes);
    let (generics, arguments) = (lane_generics(plan), lane_arguments(plan));
    let output = &plan.forward.output().name;
    let [output_gradient, input_gradient] = [&plan.backward.output_gradient, &plan.backward.input_gradient];
    let outputs = range(plan, &output_gradient.offset, &Size::product(&plan.output));
    let inputs = range(plan, &input_gradient.offset, &Size::product(&plan.input));
    let [output_gradient, input_gradient] =
        [output_gradient, input_gradient].map(|region| names::buffer("gradient_", region.within));
    let (statistics, sums) = (by_layer(plan, 0), by_layer(plan, 1));
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_variables, non_upper_case_globals, clippy::all, clippy::pedantic)]
        impl #generics #root::Trace for #name #arguments {
            type Scalar = #scalar;
            const LANES: ::core::primitive::usize = #lanes;

            #[inline]
            fn input_mut(&mut self) -> &mut [#scalar] { #root::__private::values_mut(&mut self.input) }
            #[inline]
            fn output(&self) -> &[#scalar] { #root::__private::values(&self.#output) }
            #[inline]
            fn output_and_gradient(&mut self) -> (&[#scalar], &mut [#scalar]) {
                (#root::__private::values(&self.#output), &mut #root::__private::values_mut(&mut self.#output_gradient)[#outputs])
            }
            #[inline]
            fn input_gradient_buffer(&self) -> &[#scalar] { &#root::__private::values(&self.#input_gradient)[#inputs] }
            #[inline]
            fn statistics(&mut self, __stage: ::core::primitive::usize) -> &mut [#scalar] { #statistics }
            #[inline]
            fn sums(&mut self, __stage: ::core::primitive::usize) -> &mut [#scalar] { #sums }
        }
    }
}

/// The statistics (0) or sums (1) of the layer that ends a stage.
fn by_layer(plan: &Plan, which: usize) -> TokenStream {
    let fields: Vec<_> = plan.batch_layers().map(|layer| batch_fields(&layer.name)[which].clone()).collect();
    if fields.is_empty() {
        return quote!(&mut []);
    }
    let (root, stages) = (&plan.root, (0..fields.len()).map(Literal::usize_unsuffixed));
    quote! {
        match __stage {
            #(#stages => #root::__private::values_mut(&mut self.#fields),)*
            _ => &mut [],
        }
    }
}
