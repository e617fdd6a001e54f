//! [`Plan`] to tokens. What is generated is calls: the arithmetic is in the runtime.

mod assertions;
mod backward;
mod constants;
mod docs;
mod forward;
mod inference;
mod network;
mod parameters;
mod trace;
mod type_level;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Attribute;

use crate::layers::{Action, Value};
use crate::plan::{Plan, PlannedLayer};
use crate::size::Size;

/// All items of a network without errors.
pub fn generate(plan: &Plan) -> TokenStream {
    let checks = assertions::uses(plan);
    let checked = |body: TokenStream| quote!(#checks #body);
    let bodies = Bodies {
        initialize: checked(parameters::initialize(plan)),
        forward: checked(forward::body(plan)),
        backward: backward::body(plan),
        infer: checked(inference::body(plan)),
        infer_samples: inference::body_of_samples(plan).map(checked),
        update: forward::update(plan),
    };
    let assertions = assertions::items(plan).into_iter().map(|item| conditional(plan, item));
    items(plan, &bodies).into_iter().chain(assertions).collect()
}

/// What the functions of `impl Network` do.
pub struct Bodies {
    pub initialize: TokenStream,
    pub forward: TokenStream,
    pub backward: TokenStream,
    pub infer: TokenStream,
    /// If it is not the provided one.
    pub infer_samples: Option<TokenStream>,
    pub update: TokenStream,
}

/// Everything that the user can name, with these bodies.
pub fn items(plan: &Plan, bodies: &Bodies) -> Vec<TokenStream> {
    let mut items = vec![import(plan)];
    items.extend(plan.constants.iter().map(|constant| constants::definition(plan, constant)));
    items.push(parameters::network(plan));
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

/// `<const N: usize>`, the const parameters of the network; nothing if it has none.
fn generics(plan: &Plan) -> TokenStream {
    let parameters = &plan.parameters;
    if parameters.is_empty() { TokenStream::new() } else { quote!(<#(const #parameters: usize),*>) }
}

/// `<N>`
fn arguments(plan: &Plan) -> TokenStream {
    let parameters = &plan.parameters;
    if parameters.is_empty() { TokenStream::new() } else { quote!(<#(#parameters),*>) }
}

/// `<const L: usize, const N: usize>`, of a type for `L` samples.
fn lane_generics(plan: &Plan) -> TokenStream {
    let (lanes, parameters) = (&plan.names.lanes, &plan.parameters);
    quote!(<const #lanes: usize #(, const #parameters: usize)*>)
}

/// `<L, N>`
fn lane_arguments(plan: &Plan) -> TokenStream {
    let (lanes, parameters) = (&plan.names.lanes, &plan.parameters);
    quote!(<#lanes #(, #parameters)*>)
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
        Action::Move { value: Value::Own(value), .. } => value.clone(),
        Action::Move { value: Value::Plain(value), .. }
        | Action::InPlace { value, .. }
        | Action::Batch { value, .. } => quote!(#root::layers::#value),
        Action::Add | Action::Concat | Action::Nothing => quote!(()),
    }
}

/// A layer's parameters as a slice.
fn parameters_of(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    if layer.fields.is_empty() {
        return quote!(&[]);
    }
    let (root, path) = (&plan.root, parameters_path(layer));
    quote!(#root::__private::flat(&self.#path))
}

/// Where a layer's gradient goes, as an option.
fn gradient_of(plan: &Plan, layer: &PlannedLayer) -> Option<TokenStream> {
    let (root, path) = (&plan.root, parameters_path(layer));
    layer.is_trained().then(|| quote!(#root::__private::flat_mut(&mut gradient.#path)))
}

/// `block1.conv2`: a layer's field among the parameters.
fn parameters_path(layer: &PlannedLayer) -> TokenStream {
    let path = &layer.path;
    quote!(#(#path).*)
}

/// What stands in a storage of the trace.
fn activation(plan: &Plan, storage: usize) -> TokenStream {
    let (buffer, region) = plan.forward.field(storage);
    let name = &buffer.name;
    if region.is_whole {
        return quote!(trace.#name.as_slice());
    }
    slice(plan, &quote!(trace.#name), &region.offset, &region.values)
}

/// What stands in a storage of the trace, to be written.
fn activation_mut(plan: &Plan, storage: usize) -> TokenStream {
    let (buffer, region) = plan.forward.field(storage);
    let name = &buffer.name;
    if region.is_whole {
        return quote!(trace.#name.as_mut_slice());
    }
    slice_mut(plan, &quote!(trace.#name), &region.offset, &region.values)
}

/// Some columns of a matrix with a lane group in each column.
fn slice(plan: &Plan, matrix: &TokenStream, offset: &Size, values: &Size) -> TokenStream {
    let range = range(plan, offset, values);
    quote!(&#matrix.as_slice()[#range])
}

/// Some columns of a matrix with a lane group in each column, to be written.
fn slice_mut(plan: &Plan, matrix: &TokenStream, offset: &Size, values: &Size) -> TokenStream {
    let range = range(plan, offset, values);
    quote!(&mut #matrix.as_mut_slice()[#range])
}

/// `..72 * L`, `36 * L..72 * L`
fn range(plan: &Plan, offset: &Size, values: &Size) -> TokenStream {
    let end = times_lanes(plan, &offset.plus(values));
    if offset.number() == Some(0) {
        return quote!(..#end);
    }
    let begin = times_lanes(plan, offset);
    quote!(#begin..#end)
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

#[cfg(test)]
mod tests;
