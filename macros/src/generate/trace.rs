//! The struct of activations, the buffers of inference, and how the trainer reaches them.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::docs;
use super::expressions::{lane_arguments, lane_generics, lane_group, range, times_lanes};
use super::parameters::bytemuck;
use crate::layers::Keeps;
use crate::names::{self, batch_fields};
use crate::plan::Plan;
use crate::size::Size;

/// The trace. Its alignment is that of the widest registers and of a cache line.
pub fn definition(plan: &Plan) -> TokenStream {
    let (root, visibility, name, lanes) = (&plan.root, &plan.visibility, &plan.names.trace, &plan.names.lanes);
    let docs =
        docs::doc(&format!("The activations of `{lanes}` samples in a `{}` that is trained.", plan.names.network));
    let (alias, generics) = (bytemuck(plan), lane_generics(plan));
    let buffers = plan.forward.buffers.iter().map(|buffer| {
        let (name, matrix) = (&buffer.name, lane_group(plan, &buffer.values));
        let docs = docs::doc(&format!("{}.", buffer.meaning));
        quote!(#docs #visibility #name: #matrix,)
    });
    let gradients = plan.backward.buffers.iter().enumerate().map(|(number, values)| {
        let (name, matrix) = (names::buffer("gradient_", number), lane_group(plan, values));
        quote!(#name: #matrix,)
    });
    let beside = beside(plan);
    quote! {
        #docs
        #[repr(C, align(64))]
        #[derive(Clone, #root::bytemuck::Zeroable)]
        #alias
        #[allow(
            dead_code, missing_copy_implementations, missing_debug_implementations, non_upper_case_globals,
            clippy::all, clippy::pedantic,
        )]
        #visibility struct #name #generics {
            #(#buffers)*
            #(#gradients)*
            #beside
        }
    }
}

/// What layers have in the trace besides their outputs: what they keep for the backward pass; of one that needs the whole
/// batch statistics and sums, a column of each.
fn beside(plan: &Plan) -> TokenStream {
    let (root, scalar) = (&plan.root, &plan.scalar);
    let mut fields = TokenStream::new();
    for layer in &plan.layers {
        let (part, [samples, group]) = (&layer.part, names::saved_fields(&layer.name));
        if let Some(channels) = &part.batch {
            let ([statistics, sums], channels) = (batch_fields(&layer.name), channels.as_argument());
            let matrix = quote!(#root::nalgebra::SMatrix<#scalar, #channels, 2>);
            fields.extend(quote!(#statistics: #matrix, #sums: #matrix,));
        }
        if part.keeps == Keeps::Beside {
            let (kept, matrix) = (names::kept_field(&layer.name), lane_group(plan, &layer.outputs()));
            fields.extend(quote!(#kept: #matrix,));
        }
        if part.saved.per_sample.number() != Some(0) {
            let matrix = lane_group(plan, &part.saved.per_sample);
            fields.extend(quote!(#samples: #matrix,));
        }
        if part.saved.per_group.number() != Some(0) {
            let numbers = part.saved.per_group.as_argument();
            fields.extend(quote!(#group: #root::nalgebra::SVector<#scalar, #numbers>,));
        }
    }
    fields
}

/// The buffers of inference.
pub fn workspace(plan: &Plan) -> TokenStream {
    let (root, visibility, name) = (&plan.root, &plan.visibility, &plan.names.workspace);
    let (alias, generics) = (bytemuck(plan), lane_generics(plan));
    let buffers = plan.inference.buffers.iter().enumerate().map(|(number, values)| {
        let (name, matrix) = (names::buffer("", number), lane_group(plan, values));
        quote!(#name: #matrix,)
    });
    quote! {
        #[doc(hidden)]
        #[repr(C, align(64))]
        #[derive(#root::bytemuck::Zeroable)]
        #alias
        #[allow(
            dead_code, missing_copy_implementations, missing_debug_implementations, non_upper_case_globals,
            clippy::all, clippy::pedantic,
        )]
        #visibility struct #name #generics { #(#buffers)* }
    }
}

/// `impl Trace`
pub fn implementation(plan: &Plan) -> TokenStream {
    let (root, scalar, name, lanes) = (&plan.root, &plan.scalar, &plan.names.trace, &plan.names.lanes);
    let (generics, arguments) = (lane_generics(plan), lane_arguments(plan));
    let output = &plan.forward.output().name;
    let outputs = times_lanes(plan, &Size::product(&plan.output));
    let region = &plan.backward.input_gradient;
    let (input_gradient, inputs) =
        (names::buffer("gradient_", region.within), range(plan, &region.offset, &Size::product(&plan.input)));
    let (statistics, sums) = (by_layer(plan, 0), by_layer(plan, 1));
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, non_upper_case_globals, clippy::all, clippy::pedantic)]
        impl #generics #root::Trace for #name #arguments {
            type Scalar = #scalar;
            const LANES: usize = #lanes;

            #[inline]
            fn input_mut(&mut self) -> &mut [#scalar] { self.input.as_mut_slice() }
            #[inline]
            fn output(&self) -> &[#scalar] { self.#output.as_slice() }
            #[inline]
            fn output_and_gradient(&mut self) -> (&[#scalar], &mut [#scalar]) {
                (self.#output.as_slice(), &mut self.gradient_a.as_mut_slice()[..#outputs])
            }
            #[inline]
            fn input_gradient_buffer(&self) -> &[#scalar] { &self.#input_gradient.as_slice()[#inputs] }
            #[inline]
            fn statistics(&mut self, stage: usize) -> &mut [#scalar] { #statistics }
            #[inline]
            fn sums(&mut self, stage: usize) -> &mut [#scalar] { #sums }
        }
    }
}

/// The statistics (0) or sums (1) of the layer that ends a stage.
fn by_layer(plan: &Plan, which: usize) -> TokenStream {
    let fields: Vec<_> = plan.batch_layers().map(|layer| batch_fields(&layer.name)[which].clone()).collect();
    if fields.is_empty() {
        return quote!(&mut []);
    }
    let stages = (0..fields.len()).map(Literal::usize_unsuffixed);
    quote! {
        match stage {
            #(#stages => self.#fields.as_mut_slice(),)*
            _ => &mut [],
        }
    }
}
