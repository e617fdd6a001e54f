//! [`Plan`] to tokens. What is generated is calls: the arithmetic is in the runtime.

mod backward;
mod constants;
mod docs;
mod forward;
mod inference;
mod network;
mod parameters;
mod trace;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Attribute;

use crate::layers::{Action, Value};
use crate::plan::{Plan, PlannedLayer, Slot};
use crate::shape::Assertion;
use crate::size::Size;

/// All items of a network without errors.
pub fn generate(plan: &Plan) -> TokenStream {
    let bodies = Bodies {
        initialize: parameters::initialize(plan),
        forward: forward::body(plan),
        backward: backward::body(plan),
        infer: inference::body(plan),
        update: forward::update(plan),
    };
    let assertions = plan.assertions.iter().map(assert);
    items(plan, &bodies).into_iter().chain(assertions.map(|item| conditional(plan, item))).collect()
}

/// What the functions of `impl Network` do.
pub struct Bodies {
    pub initialize: TokenStream,
    pub forward: TokenStream,
    pub backward: TokenStream,
    pub infer: TokenStream,
    pub update: TokenStream,
}

/// Everything that the user can name, with these bodies.
pub fn items(plan: &Plan, bodies: &Bodies) -> Vec<TokenStream> {
    let mut items = vec![import(plan), parameters::network(plan)];
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

/// What the compiler must check because sizes are known only to it.
fn assert(assertion: &Assertion) -> TokenStream {
    let Assertion { condition, message, blame } = assertion;
    let span = blame.clone().into_iter().next().map_or_else(proc_macro2::Span::call_site, |token| token.span());
    let message = Literal::string(&message.replace('{', "{{").replace('}', "}}"));
    quote_spanned!(span=> const _: () = ::core::assert!(#condition, #message);)
}

/// The value of a layer, as an expression.
fn value(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    let root = &plan.root;
    match &layer.action {
        Action::Move { value: Value::Shaped(geometry), .. } => {
            let kind = quote::format_ident!("{}", geometry.layer);
            let constants = &layer.geometry_type;
            quote!(#root::layers::#kind::<#constants>::new())
        }
        Action::Move { value: Value::Plain(value), .. }
        | Action::InPlace { value, .. }
        | Action::Batch { value, .. } => quote!(#root::layers::#value),
        Action::Nothing => quote!(()),
    }
}

/// A layer's parameters as a slice.
fn parameters_of(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    if layer.fields.is_empty() {
        return quote!(&[]);
    }
    let (root, name) = (&plan.root, &layer.name);
    quote!(#root::__private::flat(&self.#name))
}

/// Where a layer's gradient goes, as an option.
fn gradient_of(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    if !layer.is_trained() {
        return quote!(::core::option::Option::None);
    }
    let (root, name) = (&plan.root, &layer.name);
    quote!(::core::option::Option::Some(#root::__private::flat_mut(&mut gradient.#name)))
}

/// `72 * L`
fn times_lanes(plan: &Plan, values: &Size) -> TokenStream {
    let lanes = &plan.names.lanes;
    match values {
        Size::Number(1) => quote!(#lanes),
        Size::Number(_) => quote!(#values * #lanes),
        Size::Expression(_) => quote!((#values) * #lanes),
    }
}

/// `SMatrix<f32, L, 72>`
fn lane_group(plan: &Plan, values: &Size) -> TokenStream {
    let (root, scalar, lanes) = (&plan.root, &plan.scalar, &plan.names.lanes);
    let values = values.as_argument();
    quote!(#root::nalgebra::SMatrix<#scalar, #lanes, #values>)
}

fn slot_field(slot: Slot) -> Ident {
    let name = match slot {
        Slot::First => "gradient_a",
        Slot::Second => "gradient_b",
    };
    Ident::new(name, proc_macro2::Span::call_site())
}

/// The stages of a pass: the one body where there is one stage, so that the code is a straight line.
fn by_stage(stages: Vec<TokenStream>) -> TokenStream {
    match stages.as_slice() {
        [only] => only.clone(),
        [stages @ .., last] => {
            let numbers = (0..stages.len()).map(Literal::usize_unsuffixed);
            quote! {
                match stage {
                    #(#numbers => { #stages })*
                    _ => { #last }
                }
            }
        }
        [] => TokenStream::new(),
    }
}
