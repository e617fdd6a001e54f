//! Sizes as types of typenum.
//!
//! A constant becomes its type bit by bit. Of a const parameter, stable Rust knows a type only for the numbers that
//! typenum lists: such a network is a `Network` where its parameters have one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::layers::{ChangedBy, Parameter};
use crate::plan::Plan;
use crate::size::Size;

/// The typenum type of a size.
pub fn size(plan: &Plan, size: &Size) -> TokenStream {
    let root = &plan.root;
    match size {
        Size::Number(number) => binary(plan, *number),
        parameter if parameter.is_parameter() => {
            quote!(<#root::__private::Number<#parameter> as #root::__private::KnownToTypenum>::Type)
        }
        _ => quote!(#root::__type_level!(#size)),
    }
}

/// `UInt<UInt<UTerm, B1>, B0>` of 2.
fn binary(plan: &Plan, number: u64) -> TokenStream {
    let root = &plan.root;
    let digits = (0..u64::BITS - number.leading_zeros()).rev().map(|place| number >> place & 1);
    digits.fold(quote!(#root::typenum::UTerm), |number, digit| {
        let digit = format_ident!("B{}", digit);
        quote!(#root::typenum::UInt<#number, #root::typenum::#digit>)
    })
}

/// `where` of `impl Network`; nothing without const parameters.
pub fn bounds(plan: &Plan) -> TokenStream {
    if plan.parameters.is_empty() {
        return TokenStream::new();
    }
    let (root, parameters) = (&plan.root, &plan.parameters);
    let known = parameters.iter();
    let known = known.map(|parameter| quote!(#root::__private::Number<#parameter>: #root::__private::KnownToTypenum));
    let bounds = known.chain(ParameterCount::new(plan).bounds);
    quote!(where #(#bounds,)*)
}

/// The type of the number of parameters, and what must hold for it to exist.
pub struct ParameterCount {
    pub kind: TokenStream,
    bounds: Vec<TokenStream>,
}

impl ParameterCount {
    pub fn new(plan: &Plan) -> Self {
        let layers = plan.layers.iter().filter(|layer| !layer.frozen);
        let parameters = layers.flat_map(|layer| &layer.fields).map(|field| &field.parameter);
        let trained = parameters.filter(|parameter| parameter.changed_by == ChangedBy::Optimizer);
        let trained: Vec<&Parameter> = trained.collect();
        let total = Size::sum(&trained.iter().map(|parameter| parameter.len()).collect::<Vec<_>>());
        if plan.parameters.is_empty() {
            return Self { kind: size(plan, &total), bounds: Vec::new() };
        }
        Self::by_steps(plan, &trained)
    }

    /// Matrix by matrix. A constant in a bound is a whole argument, or the compiler would not see its value.
    fn by_steps(plan: &Plan, trained: &[&Parameter]) -> Self {
        let root = &plan.root;
        let literal: u64 = trained.iter().filter_map(|parameter| parameter.len().number()).sum();
        let mut count = Self { kind: binary(plan, literal), bounds: Vec::new() };
        for Parameter { rows, columns, .. } in trained.iter().filter(|parameter| parameter.len().number().is_none()) {
            let [rows, columns] = [rows, columns.as_ref().unwrap_or(&Size::ONE)].map(|size| operand(plan, size));
            let (total, step) = (&count.kind, quote!(#root::__private::PlusProduct<#rows, #columns>));
            count.bounds.push(quote!(#total: #step));
            count.kind = quote!(<#total as #step>::Output);
        }
        count
    }
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
