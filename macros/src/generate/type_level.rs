//! Sizes as types of typenum.
//!
//! A constant becomes its type bit by bit. Of a const parameter, stable Rust knows a type only for the numbers that
//! typenum lists: such a network has its sizes as types where its parameters have one.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::expressions::{arguments, generics};
use crate::layers::Parameter;
use crate::plan::Plan;
use crate::size::Size;

/// `impl Sizes`
pub fn implementation(plan: &Plan) -> TokenStream {
    let (root, name, generics, arguments) = (&plan.root, &plan.names.network, generics(plan), arguments(plan));
    let [input, output] = [&plan.input, &plan.output].map(|shape| size(plan, &Size::product(shape)));
    let (count, bounds) = (ParameterCount::new(plan).kind, bounds(plan));
    quote! {
        #[automatically_derived]
        #[allow(deprecated, non_upper_case_globals, clippy::all, clippy::pedantic)]
        impl #generics #root::Sizes for #name #arguments #bounds {
            type InputLen = #input;
            type OutputLen = #output;
            type ParameterCount = #count;
        }
    }
}

/// The typenum type of a size.
fn size(plan: &Plan, size: &Size) -> TokenStream {
    let root = &plan.root;
    match size {
        Size::Number(number) => binary(plan, *number),
        parameter if parameter.is_parameter() => {
            quote!(<#root::__private::Number<{ #parameter }> as #root::__private::KnownToTypenum>::Type)
        }
        _ => quote!(#root::__type_level!(#size)),
    }
}

/// `__binary!(1 0)` of 2: as nested types it would be too deep for some parsers.
fn binary(plan: &Plan, number: u64) -> TokenStream {
    let root = &plan.root;
    let places = (0..u64::BITS - number.leading_zeros()).rev();
    let digits = places.map(|place| Literal::u64_unsuffixed(number >> place & 1));
    quote!(#root::__binary!(#(#digits)*))
}

/// `where` of `impl Sizes`; nothing without const parameters.
fn bounds(plan: &Plan) -> TokenStream {
    if plan.parameters.is_empty() {
        return TokenStream::new();
    }
    let (root, parameters) = (&plan.root, &plan.parameters);
    let known = parameters.iter();
    let known =
        known.map(|parameter| quote!(#root::__private::Number<{ #parameter }>: #root::__private::KnownToTypenum));
    let bounds = known.chain(ParameterCount::new(plan).bounds);
    quote!(where #(#bounds,)*)
}

/// The type of the number of parameters, and what must hold for it to exist.
struct ParameterCount {
    kind: TokenStream,
    bounds: Vec<TokenStream>,
}

impl ParameterCount {
    fn new(plan: &Plan) -> Self {
        let fields = plan.layers.iter().flat_map(|layer| &layer.fields);
        let parameters: Vec<&Parameter> = fields.map(|field| &field.parameter).collect();
        let total = Size::sum(&parameters.iter().map(|parameter| parameter.len()).collect::<Vec<_>>());
        if plan.parameters.is_empty() {
            return Self { kind: size(plan, &total), bounds: Vec::new() };
        }
        Self::by_steps(plan, &parameters)
    }

    /// One shape of matrices after another. A constant in a bound is a whole argument, or the compiler would not see its
    /// value.
    fn by_steps(plan: &Plan, parameters: &[&Parameter]) -> Self {
        let root = &plan.root;
        let literal: u64 = parameters.iter().filter_map(|parameter| parameter.len().number()).sum();
        let start = binary(plan, literal);
        let (mut products, mut bounds) = (TokenStream::new(), Vec::new());
        for ([rows, columns], times) in shapes(parameters) {
            let [rows, columns, times] = [operand(plan, rows), operand(plan, columns), binary(plan, times)];
            let before = quote!(#root::__plus_products!(#start; #products));
            bounds.push(quote!(#before: #root::__private::PlusProduct<#rows, #columns, #times>));
            products.extend(quote!((#rows, #columns, #times)));
        }
        Self { kind: quote!(#root::__plus_products!(#start; #products)), bounds }
    }
}

/// Rows and columns of what is not counted by the macro, and how many there are of each.
fn shapes<'a>(parameters: &[&'a Parameter]) -> Vec<([&'a Size; 2], u64)> {
    let mut shapes: Vec<([&Size; 2], u64)> = Vec::new();
    for Parameter { rows, columns, .. } in parameters.iter().filter(|parameter| parameter.len().number().is_none()) {
        let shape = [rows, columns.as_ref().unwrap_or(&Size::ONE)];
        let is_same = |other: &[&Size; 2]| shape.iter().zip(other).all(|(own, other)| own.equals(other) == Some(true));
        match shapes.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, times)) => *times += 1,
            None => shapes.push((shape, 1)),
        }
    }
    shapes
}

fn operand(plan: &Plan, size: &Size) -> TokenStream {
    let root = &plan.root;
    match size {
        Size::Number(number) => binary(plan, *number),
        Size::Expression(_) => {
            let size = size.as_argument();
            quote!(#root::__private::Number<#size>)
        }
    }
}
