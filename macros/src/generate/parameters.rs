//! The structs of parameters and of constants, and their initial values.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Path, Token};

use super::derives::{self, derives};
use super::docs;
use super::expressions::{arguments, generics, parameters_path, value};
use crate::layers::{GeometryConstant, Parameter, Start};
use crate::names::FILLING;
use crate::plan::{Field, Plan, PlannedLayer};

/// The struct that is the network, and what it is besides.
pub fn network(plan: &Plan) -> Vec<TokenStream> {
    let name = &plan.names.network;
    let is_doc = |attribute: &&Attribute| attribute.path().is_ident("doc");
    let docs = plan.attributes.iter().filter(is_doc);
    // A `repr` of the user's is an error already.
    let is_left_out = |path: &Path| ["doc", "cfg", "repr"].iter().any(|name| path.is_ident(name));
    let is_own = |attribute: &&Attribute| !is_left_out(attribute.path()) && !derives::is_about_lints(attribute);
    let attributes = plan.attributes.iter().filter(is_own);
    let table = docs::table(plan);
    let derives = derives(plan);
    let (fields, mut types) = fields(plan, &[]);
    let filling = filling(plan, &types);
    let fields = fields.into_iter().chain(filling.iter().map(|(field, _)| field.clone())).collect::<Vec<_>>();
    types.extend(filling.map(|(_, kind)| kind));
    // A vector of weights that lies across two cache lines is loaded twice.
    let alignment = plan.parameters.is_empty().then(|| quote!(#[repr(align(64))]));
    let attributes = quote! {
        #(#docs)*
        #table
        #(#attributes)*
        #derives
        #alignment
        #[allow(dead_code)]
    };
    let mut items = definition(plan, &attributes, name, &fields, &types);
    // Of a network that derives serde's traits, the user's are meant.
    if derives::unwritten(plan).is_empty() {
        let (root, parameters) = (&plan.root, &plan.parameters);
        items.push(quote!(#root::__serde! { #name [#(#parameters)*] }));
    }
    items
}

/// A field that fills the last cache line behind fields of `types`: a struct that is numbers and nothing else has no
/// padding.
///
/// Of a network with const parameters the size is not known, and so it is not aligned. It too needs such a field if it
/// has no other, to give the slice of parameters its alignment.
fn filling(plan: &Plan, types: &[TokenStream]) -> Option<(TokenStream, TokenStream)> {
    let (root, scalar) = (&plan.root, &plan.scalar);
    let numbers = if plan.parameters.is_empty() {
        quote!({ #root::__private::filling::<#scalar>(&[#(::core::mem::size_of::<#types>()),*]) })
    } else if types.is_empty() {
        quote!(0)
    } else {
        return None;
    };
    let (name, docs) = (format_ident!("{FILLING}"), docs::doc("Fills the last cache line."));
    let (kind, unwritten) = (quote!(#root::nalgebra::SVector<#scalar, #numbers>), derives::unwritten(plan));
    Some((quote!(#docs #[doc(hidden)] #unwritten #name: #kind,), kind))
}

/// A struct that is numbers and nothing else, and what says so.
fn definition(
    plan: &Plan,
    attributes: &TokenStream,
    name: &Ident,
    fields: &[TokenStream],
    types: &[TokenStream],
) -> Vec<TokenStream> {
    let (root, visibility, scalar, generics) = (&plan.root, &plan.visibility, &plan.scalar, generics(plan));
    let (parameters, is_network) = (&plan.parameters, *name == plan.names.network);
    let keyword = if is_network { plan.keyword } else { Token![struct](name.span()) };
    let is_aligned = is_network && parameters.is_empty();
    // Where there is a type of that name already, the compiler underlines the layer.
    let body = quote_spanned!(keyword.span=> { #(#fields)* });
    let mut items = vec![quote!(#attributes #[repr(C)] #visibility #keyword #name #generics #body)];
    if !derives::is_derived(plan, "Zeroable") {
        items.push(quote!(#root::__zeroable! { #name [#(#parameters)*] { #(#types,)* } }));
    }
    if !derives::is_derived(plan, "Pod") {
        items.push(if is_aligned {
            quote!(#root::__filled_numbers! { #name #scalar { #(#types,)* } })
        } else {
            quote!(#root::__pod! { #name [#(#parameters)*] #scalar { #(#types,)* } })
        });
    }
    if !is_aligned {
        items.push(quote!(#root::__numbers! { #name [#(#parameters)*] #scalar { #(#types,)* } }));
    }
    items
}

/// The fields of the network or of a block and their types: one for each layer with parameters and for each block that
/// holds such, in their order.
fn fields(plan: &Plan, within: &[Ident]) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let visibility = &plan.visibility;
    let mut done = BTreeSet::new();
    let layers = plan.layers.iter().filter(|layer| !layer.fields.is_empty() && layer.path.starts_with(within));
    let fields = layers.filter_map(|layer| {
        let path = layer.path.get(..=within.len())?;
        if !done.insert(path.iter().map(Ident::to_string).collect::<Vec<_>>()) {
            return None;
        }
        let name = path.last()?;
        let (parameters_type, own, text) = match plan.blocks.iter().find(|block| block.path == path) {
            Some(block) => (&block.parameters_type, &block.docs, docs::block(block)),
            None => (&layer.parameters_type, &layer.docs, docs::layer(layer)),
        };
        let docs = if own.is_empty() { docs::doc(&text) } else { quote!(#(#own)*) };
        let arguments = arguments(plan);
        let kind = quote!(#parameters_type #arguments);
        Some((quote!(#docs #visibility #name: #kind,), kind))
    });
    fields.unzip()
}

/// A struct of parameters for each layer that has some, and of such structs for each block.
pub fn layers(plan: &Plan) -> Vec<TokenStream> {
    let blocks = plan.blocks.iter().map(|block| {
        let docs = docs::doc(&format!("Parameters of the layers in {}", docs::block(block)));
        let (fields, types) = fields(plan, &block.path);
        parameters_struct(plan, &docs, &block.parameters_type, &fields, &types)
    });
    let layers = plan.layers.iter().filter(|layer| !layer.fields.is_empty()).map(|layer| {
        let docs = docs::doc(&format!("Parameters of `{}`: `{}`.", layer.label(), layer.text));
        let (fields, types): (Vec<_>, Vec<_>) = layer.fields.iter().map(|field| parameter(plan, field)).unzip();
        parameters_struct(plan, &docs, &layer.parameters_type, &fields, &types)
    });
    blocks.chain(layers).flatten().collect()
}

fn parameters_struct(
    plan: &Plan,
    docs: &TokenStream,
    name: &Ident,
    fields: &[TokenStream],
    types: &[TokenStream],
) -> Vec<TokenStream> {
    let users = plan.attributes.iter().filter(|attribute| derives::reaches_layers(attribute));
    let derives = derives(plan);
    let attributes = quote! {
        #docs
        #(#users)*
        #derives
        #[allow(dead_code, non_upper_case_globals, clippy::all, clippy::pedantic)]
    };
    definition(plan, &attributes, name, fields, types)
}

/// A field and its type.
fn parameter(plan: &Plan, field: &Field) -> (TokenStream, TokenStream) {
    let (root, scalar, visibility) = (&plan.root, &plan.scalar, &plan.visibility);
    let Parameter { rows, columns, meaning, .. } = &field.parameter;
    let (name, rows) = (format_ident!("{}", field.parameter.name), rows.as_argument());
    let docs = docs::doc(&match &field.initializer {
        Some(initializer) => format!("{meaning}; at first from `{}`.", initializer.label),
        None => format!("{meaning}."),
    });
    let matrix = match columns {
        Some(columns) => {
            let columns = columns.as_argument();
            quote!(#root::nalgebra::SMatrix<#scalar, #rows, #columns>)
        }
        None => quote!(#root::nalgebra::SVector<#scalar, #rows>),
    };
    (quote!(#docs #visibility #name: #matrix,), matrix)
}

/// A type of constants for each layer that has a geometry.
pub fn geometries(plan: &Plan) -> Vec<TokenStream> {
    plan.layers.iter().filter_map(|layer| geometry(plan, layer)).flatten().collect()
}

fn geometry(plan: &Plan, layer: &PlannedLayer) -> Option<[TokenStream; 2]> {
    let geometry = layer.part.geometry()?;
    let (root, visibility, name) = (&plan.root, &plan.visibility, &layer.geometry_type);
    let interface = format_ident!("{}", geometry.interface);
    let constants = geometry.constants.iter().map(|(name, value)| constant(name, value));
    let definition = quote! {
        #[doc(hidden)]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #name;
    };
    let implementation = quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic)]
        impl #root::layers::#interface for #name { #(#constants)* }
    };
    Some([definition, implementation])
}

fn constant(name: &str, value: &GeometryConstant) -> TokenStream {
    let name = format_ident!("{name}");
    match value {
        GeometryConstant::Size(size) => quote!(const #name: ::core::primitive::usize = #size;),
        GeometryConstant::Sizes(sizes) => {
            let len = Literal::usize_unsuffixed(sizes.len());
            quote!(const #name: [::core::primitive::usize; #len] = [#(#sizes),*];)
        }
        GeometryConstant::Flag(flag) => quote!(const #name: ::core::primitive::bool = #flag;),
    }
}

/// The body of `initialize`: every number is written, whatever stood there.
pub fn initialize(plan: &Plan) -> TokenStream {
    let layers = plan.layers.iter().map(|layer| {
        // Its numbers belong together, however many fields they are in.
        if layer.fields.iter().any(|field| matches!(field.parameter.start, Start::Own)) {
            let (root, scalar, value, path) = (&plan.root, &plan.scalar, value(plan, layer), parameters_path(layer));
            return quote! {
                #root::layers::Layer::<#scalar>::initialize(
                    #value, __rng, #root::__private::flat_mut::<#scalar, _>(&mut self.#path),
                );
            };
        }
        layer.fields.iter().map(|field| start(plan, layer, field)).collect()
    });
    layers.collect()
}

fn start(plan: &Plan, layer: &PlannedLayer, field: &Field) -> TokenStream {
    let (root, scalar, layer) = (&plan.root, &plan.scalar, parameters_path(layer));
    let name = format_ident!("{}", field.parameter.name);
    match (&field.parameter.start, &field.initializer) {
        (Start::Weights { fan_in, fan_out, .. }, Some(initializer)) => {
            let value = &initializer.value;
            quote! {
                #root::init::Initializer::fill(
                    &#root::init::#value, __rng, #root::__private::values_mut(&mut self.#layer.#name), #fan_in, #fan_out,
                );
            }
        }
        (Start::Constant(value), _) => {
            quote!(<[_]>::fill(#root::__private::values_mut(&mut self.#layer.#name), <#scalar as #root::Scalar>::from_f64(#value));)
        }
        (start, _) => {
            let value = if matches!(start, Start::Ones) { plan.one() } else { plan.zero() };
            quote!(<[_]>::fill(#root::__private::values_mut(&mut self.#layer.#name), #value);)
        }
    }
}
