//! Samples and outputs with their parts by name.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use super::docs;
use super::expressions::{arguments, generics};
use crate::plan::{Plan, PlannedPart};
use crate::shape::list;
use crate::size::Size;

/// The type of a sample: a struct of several inputs, or the numbers of one.
pub fn input_type(plan: &Plan) -> TokenStream {
    let name = &plan.names.input;
    if plan.inputs.is_empty() { numbers(plan, &plan.input) } else { quote!(#name) }
}

/// The type of what a sample becomes: a struct of several heads, or numbers.
pub fn output_type(plan: &Plan) -> TokenStream {
    let name = &plan.names.output;
    if plan.heads.is_empty() { numbers(plan, &plan.output) } else { quote!(#name) }
}

/// `[f32; 784]`
fn numbers(plan: &Plan, shape: &[Size]) -> TokenStream {
    let (scalar, values) = (&plan.scalar, Size::product(shape));
    quote!([#scalar; #values])
}

/// The structs of several inputs and of several heads, and what they are besides.
pub fn structs(plan: &Plan) -> Vec<TokenStream> {
    let name = &plan.names.network;
    let inputs: Vec<&PlannedPart> = plan.inputs.iter().collect();
    let heads: Vec<&PlannedPart> = plan.heads.iter().map(|(head, _)| head).collect();
    let mut items = definition(plan, &plan.names.input, &format!("One sample of `{name}`, by its inputs."), &inputs);
    items.extend(definition(
        plan,
        &plan.names.output,
        &format!("What `{name}` makes of a sample, by its heads."),
        &heads,
    ));
    items.extend(has_heads(plan));
    items
}

fn definition(plan: &Plan, name: &Ident, text: &str, parts: &[&PlannedPart]) -> Vec<TokenStream> {
    if parts.is_empty() {
        return Vec::new();
    }
    let (root, visibility, scalar, docs) = (&plan.root, &plan.visibility, &plan.scalar, docs::doc(text));
    let types: Vec<TokenStream> = parts.iter().map(|part| numbers(plan, &part.shape)).collect();
    let fields = parts.iter().zip(&types).map(|(part, kind)| {
        let (name, own) = (&part.name, &part.docs);
        let docs = if own.is_empty() { docs::doc(&description(part)) } else { quote!(#(#own)*) };
        quote!(#docs #visibility #name: #kind,)
    });
    let item = quote! {
        #docs
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #[repr(C)]
        #[allow(dead_code, non_upper_case_globals, clippy::all, clippy::pedantic)]
        #visibility struct #name { #(#fields)* }
    };
    vec![
        item,
        quote!(#root::__zeroable! { #name [] { #(#types,)* } }),
        quote!(#root::__pod! { #name [] #scalar { #(#types,)* } }),
        quote!(#root::__sample! { #name #scalar }),
    ]
}

/// What a part is, for the docs of its field.
fn description(part: &PlannedPart) -> String {
    match &part.limit {
        Some(limit) => format!("`{}`, whole numbers below {limit}.", list(&part.shape)),
        None => format!("`{}`.", list(&part.shape)),
    }
}

/// What each head is as a type.
fn has_heads(plan: &Plan) -> Vec<TokenStream> {
    let (root, name) = (&plan.root, &plan.names.network);
    let (generics, arguments) = (generics(plan), arguments(plan));
    let heads = plan.heads.iter().enumerate().map(|(number, (head, _))| {
        let (number, kind) = (Literal::usize_unsuffixed(number), numbers(plan, &head.shape));
        quote! {
            #[automatically_derived]
            #[allow(deprecated, non_upper_case_globals, clippy::all, clippy::pedantic)]
            impl #generics #root::HasHead<#number> for #name #arguments {
                type Numbers = #kind;
            }
        }
    });
    heads.collect()
}

/// What `impl Network` says of several inputs and heads.
pub fn infos(plan: &Plan) -> TokenStream {
    let root = &plan.root;
    let common = |PlannedPart { name, before, shape, .. }: &PlannedPart| {
        let (name, values) = (name.to_string(), Size::product(shape));
        quote!(name: #name, offset: #before, len: #values, shape: &[#(#shape),*])
    };
    // Tokens are told of even where there is nothing else.
    let tokens = plan.limit.as_ref().map(|limit| PlannedPart {
        name: Ident::new("input", Span::call_site()),
        docs: Vec::new(),
        before: Size::ZERO,
        shape: plan.input.clone(),
        limit: Some(limit.clone()),
    });
    let inputs = plan.inputs.iter().chain(&tokens).map(|input| {
        let common = common(input);
        let limit = match &input.limit {
            Some(limit) => quote!(::core::option::Option::Some(#limit)),
            None => quote!(::core::option::Option::None),
        };
        quote!(#root::InputInfo { #common, limit: #limit })
    });
    let inputs: Vec<TokenStream> = inputs.collect();
    let heads = plan.heads.iter().map(|(head, last)| {
        let common = common(head);
        let last = match last.map(Literal::usize_unsuffixed) {
            Some(last) => quote!(::core::option::Option::Some(#last)),
            None => quote!(::core::option::Option::None),
        };
        quote!(#root::HeadInfo { #common, last_layer: #last })
    });
    let heads: Vec<TokenStream> = heads.collect();
    let inputs = (!inputs.is_empty()).then(|| quote!(const INPUTS: &'static [#root::InputInfo] = &[#(#inputs),*];));
    let heads = (!heads.is_empty()).then(|| quote!(const HEADS: &'static [#root::HeadInfo] = &[#(#heads),*];));
    quote!(#inputs #heads)
}
