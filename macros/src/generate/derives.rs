//! The traits that are derived: the user's, and those that every network has.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token};

use crate::plan::Plan;

/// What every network has, each with its path: a name by itself may be something else where the network is declared.
const OURS: [(&str, &str); 3] = [("clone", "Clone"), ("marker", "Copy"), ("fmt", "Debug")];

/// Derives what the user has not.
pub fn derives(plan: &Plan) -> TokenStream {
    let missing = OURS.iter().filter(|(_, name)| !is_derived(plan, name));
    let paths = missing.map(|(module, name)| {
        let (module, name) = (format_ident!("{module}"), format_ident!("{name}"));
        quote!(::core::#module::#name)
    });
    quote!(#[derive(#(#paths),*)])
}

/// Whether the user derives a trait.
pub fn is_derived(plan: &Plan, name: &str) -> bool {
    plan.attributes.iter().flat_map(derived).any(|user| user == name)
}

/// Whether an attribute of the network is one of its layers' structs too: a trait that a struct derives is one of its
/// fields, and what the user says about lints is about all that is generated.
pub fn reaches_layers(attribute: &Attribute) -> bool {
    ["derive", "cfg_attr"].iter().any(|name| attribute.path().is_ident(name))
}

/// Whether an attribute says which lints are allowed, which holds for all that is generated.
pub fn is_about_lints(attribute: &Attribute) -> bool {
    ["allow", "warn", "deny", "forbid"].iter().any(|name| attribute.path().is_ident(name))
}

/// The names behind `#[derive(..)]`, without their paths.
fn derived(attribute: &Attribute) -> Vec<String> {
    if !attribute.path().is_ident("derive") {
        return Vec::new();
    }
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let paths = attribute.parse_args_with(parser).unwrap_or_default();
    paths.iter().filter_map(|path| path.segments.last()).map(|segment| segment.ident.to_string()).collect()
}

/// What keeps a field out of files that serde writes: it is no number of the network's.
pub fn unwritten(plan: &Plan) -> TokenStream {
    let is_serde = |name: &str| matches!(name, "Serialize" | "Deserialize");
    let mut attributes = TokenStream::new();
    if plan.attributes.iter().flat_map(derived).any(|name| is_serde(&name)) {
        attributes.extend(quote!(#[serde(skip)]));
    }
    for attribute in plan.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg_attr")) {
        let Ok(arguments) = attribute.parse_args::<TokenStream>() else { continue };
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',');
        let condition: TokenStream = arguments.clone().into_iter().take_while(|token| !is_comma(token)).collect();
        let mut words = vec![arguments];
        while let Some(stream) = words.pop() {
            for token in stream {
                match token {
                    TokenTree::Group(group) => words.push(group.stream()),
                    TokenTree::Ident(name) if is_serde(&name.to_string()) && attributes.is_empty() => {
                        attributes.extend(quote!(#[cfg_attr(#condition, serde(skip))]));
                    }
                    _ => {}
                }
            }
        }
    }
    attributes
}
