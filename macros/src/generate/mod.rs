//! [`Plan`] to tokens. What is generated is calls: the arithmetic is in the runtime.

mod assertions;
mod backward;
mod constants;
mod derives;
mod docs;
mod expressions;
mod forward;
mod inference;
mod missing_sizes;
mod network;
mod parameters;
mod parts;
mod stream;
mod trace;
mod type_level;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::Attribute;

use crate::plan::Plan;

pub use network::Bodies;

/// All items of a network without errors.
pub fn generate(plan: &Plan) -> TokenStream {
    let checks = assertions::uses(plan);
    let checked = |body: TokenStream| quote!(#checks #body);
    let bodies = Bodies {
        initialize: checked(parameters::initialize(plan)),
        forward: checked(assertions::agreements(plan).into_iter().chain(forward::body(plan)).collect()),
        backward: backward::body(plan),
        infer: checked(inference::body(plan)),
        infer_samples: inference::body_of_samples(plan).map(checked),
        update: forward::update(plan),
    };
    let others = stream::implement(plan).into_iter().chain(assertions::items(plan));
    let others = others.map(|item| conditional(plan, item));
    items(plan, &bodies).into_iter().chain(others).collect()
}

/// Everything that the user can name, with these bodies.
pub fn items(plan: &Plan, bodies: &Bodies) -> Vec<TokenStream> {
    // Where an expression is expected, the compiler underlines the user's `struct` and says so.
    let mut items = parameters::network(plan);
    items.extend(plan.constants.iter().map(|constant| constants::definition(plan, constant)));
    items.extend(parameters::layers(plan));
    items.extend(parameters::geometries(plan));
    items.extend(parts::structs(plan));
    items.extend(trace::definition(plan));
    items.extend(trace::workspace(plan));
    items.extend(network::implementations(plan, bodies));
    items.push(trace::implementation(plan));
    items.push(type_level::implementation(plan));
    items.extend(missing_sizes::missing_sizes(plan));
    items.into_iter().map(|item| conditional(plan, item)).collect()
}

/// An item under the conditions of the struct, `#[cfg(..)]` and `#[allow(..)]`: on one of the items alone they would leave the
/// others without.
fn conditional(plan: &Plan, item: TokenStream) -> TokenStream {
    // On the call of a macro lints are none of its business. All other items have attributes already.
    let has_lints = matches!(item.clone().into_iter().next(), Some(TokenTree::Punct(sign)) if sign.as_char() == '#');
    let is_shared =
        |attribute: &&Attribute| attribute.path().is_ident("cfg") || has_lints && derives::is_about_lints(attribute);
    let shared = plan.attributes.iter().filter(is_shared);
    quote!(#(#shared)* #item)
}

#[cfg(test)]
mod tests;
