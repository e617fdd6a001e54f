//! [`Plan`] to tokens. What is generated is calls: the arithmetic is in the runtime.

mod assertions;
mod backward;
mod constants;
mod docs;
mod expressions;
mod forward;
mod inference;
mod network;
mod parameters;
mod trace;
mod type_level;

use proc_macro2::TokenStream;
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
    let assertions = assertions::items(plan).into_iter().map(|item| conditional(plan, item));
    items(plan, &bodies).into_iter().chain(assertions).collect()
}

/// Everything that the user can name, with these bodies.
pub fn items(plan: &Plan, bodies: &Bodies) -> Vec<TokenStream> {
    // Where an expression is expected, the compiler underlines the user's `struct` and says so.
    let mut items = vec![parameters::network(plan), import(plan)];
    items.extend(plan.constants.iter().map(|constant| constants::definition(plan, constant)));
    items.extend(parameters::layers(plan));
    items.extend(parameters::geometries(plan));
    items.extend([trace::definition(plan), trace::workspace(plan), network::implementation(plan, bodies)]);
    items.push(trace::implementation(plan));
    items.into_iter().map(|item| conditional(plan, item)).collect()
}

/// The derives of bytemuck take the path of their crate as a literal.
fn import(plan: &Plan) -> TokenStream {
    let (root, name) = (&plan.root, &plan.names.bytemuck);
    quote! {
        #[doc(hidden)]
        #[allow(unused_imports)]
        use #root::bytemuck as #name;
    }
}

/// An item under the conditions of the struct: `#[cfg(..)]` on one would leave the others without it.
fn conditional(plan: &Plan, item: TokenStream) -> TokenStream {
    let conditions: Vec<&Attribute> =
        plan.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
    quote!(#(#conditions)* #item)
}

#[cfg(test)]
mod tests;
