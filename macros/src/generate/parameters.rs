//! The structs of parameters and of constants, and their initial values.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Path, Token};

use super::docs;
use super::expressions::{arguments, generics, parameters_path, value};
use crate::layers::{GeometryConstant, Parameter, Start};
use crate::plan::{Field, Plan, PlannedLayer};

/// The struct that is the network.
pub fn network(plan: &Plan) -> TokenStream {
    let name = &plan.names.network;
    let is_doc = |attribute: &&Attribute| attribute.path().is_ident("doc");
    let docs = plan.attributes.iter().filter(is_doc);
    // A `repr` of the user's is an error already.
    let is_left_out = |path: &Path| ["doc", "cfg", "repr"].iter().any(|name| path.is_ident(name));
    let attributes = plan.attributes.iter().filter(|attribute| !is_left_out(attribute.path()));
    let table = docs::table(plan);
    let derives = derives(plan);
    let (fields, types) = fields(plan, &[]);
    let filling = filling(plan, &types);
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
    definition(plan, &attributes, name, &quote!(#(#fields)* #filling))
}

/// A field that fills the last cache line behind fields of `types`: a struct that is numbers and nothing else has no
/// padding.
///
/// Of a network with const parameters the size is not known, and so it is not aligned. It too needs such a field if it
/// has no other, to give the slice of parameters its alignment.
fn filling(plan: &Plan, types: &[TokenStream]) -> Option<TokenStream> {
    let (root, scalar) = (&plan.root, &plan.scalar);
    let numbers = if plan.parameters.is_empty() {
        quote!({ #root::__private::filling::<#scalar>(&[#(::core::mem::size_of::<#types>()),*]) })
    } else if types.is_empty() {
        quote!(0)
    } else {
        return None;
    };
    let docs = docs::doc("Fills the last cache line.");
    Some(quote!(#docs #[doc(hidden)] __filling: #root::nalgebra::SVector<#scalar, #numbers>,))
}

/// A struct that is numbers and nothing else. bytemuck derives that for none with parameters.
fn definition(plan: &Plan, attributes: &TokenStream, name: &Ident, fields: &TokenStream) -> TokenStream {
    let (root, visibility, scalar, generics) = (&plan.root, &plan.visibility, &plan.scalar, generics(plan));
    let keyword = if *name == plan.names.network { plan.keyword } else { Token![struct](name.span()) };
    if plan.parameters.is_empty() {
        return quote!(#attributes #[repr(C)] #visibility #keyword #name { #fields });
    }
    quote!(#root::__numbers! { #attributes #visibility #keyword #name #generics [#scalar] { #fields } })
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

/// The user's derives and ours: a trait is derived for the layers' structs too, or the network's would not compile.
fn derives(plan: &Plan) -> TokenStream {
    const OURS: [&str; 3] = ["Clone", "Copy", "Debug"];
    let users: Vec<String> = plan.attributes.iter().flat_map(derived).collect();
    let missing = |name: &&str| !users.iter().any(|user| user == name);
    let plain = OURS.iter().filter(|name| missing(name)).map(|name| format_ident!("{name}"));
    let (root, alias) = (&plan.root, bytemuck(plan));
    if !plan.parameters.is_empty() {
        return quote!(#[derive(#(#plain),*)]);
    }
    let bytes = ["Pod", "Zeroable"].into_iter().filter(|name| missing(name)).map(|name| format_ident!("{name}"));
    let derives = plain.map(ToTokens::into_token_stream).chain(bytes.map(|name| quote!(#root::bytemuck::#name)));
    quote! {
        #[derive(#(#derives),*)]
        #alias
    }
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

/// Tells the derives of bytemuck where it is.
pub fn bytemuck(plan: &Plan) -> TokenStream {
    let path = Literal::string(&plan.names.bytemuck.to_string());
    quote!(#[bytemuck(crate = #path)])
}

/// A struct of parameters for each layer that has some, and of such structs for each block.
pub fn layers(plan: &Plan) -> Vec<TokenStream> {
    let blocks = plan.blocks.iter().map(|block| {
        let docs = docs::doc(&format!("Parameters of the layers in {}", docs::block(block)));
        parameters_struct(plan, &docs, &block.parameters_type, &fields(plan, &block.path).0)
    });
    let layers = plan.layers.iter().filter(|layer| !layer.fields.is_empty()).map(|layer| {
        let docs = docs::doc(&format!("Parameters of `{}`: `{}`.", layer.label(), layer.text));
        let fields: Vec<TokenStream> = layer.fields.iter().map(|field| parameter(plan, field)).collect();
        parameters_struct(plan, &docs, &layer.parameters_type, &fields)
    });
    blocks.chain(layers).collect()
}

fn parameters_struct(plan: &Plan, docs: &TokenStream, name: &Ident, fields: &[TokenStream]) -> TokenStream {
    let is_derive = |attribute: &&Attribute| {
        let path = attribute.path();
        path.is_ident("derive") || path.is_ident("cfg_attr")
    };
    let users = plan.attributes.iter().filter(is_derive);
    let derives = derives(plan);
    let attributes = quote! {
        #docs
        #(#users)*
        #derives
        #[allow(dead_code, non_upper_case_globals, clippy::all, clippy::pedantic)]
    };
    definition(plan, &attributes, name, &quote!(#(#fields)*))
}

fn parameter(plan: &Plan, field: &Field) -> TokenStream {
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
    quote!(#docs #visibility #name: #matrix,)
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
        GeometryConstant::Size(size) => quote!(const #name: usize = #size;),
        GeometryConstant::Sizes(sizes) => {
            let len = Literal::usize_unsuffixed(sizes.len());
            quote!(const #name: [usize; #len] = [#(#sizes),*];)
        }
        GeometryConstant::Flag(flag) => quote!(const #name: bool = #flag;),
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
                    #value, rng, #root::__private::flat_mut::<#scalar, _>(&mut self.#path),
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
                    &#root::init::#value, rng, self.#layer.#name.as_mut_slice(), #fan_in, #fan_out,
                );
            }
        }
        (Start::Constant(value), _) => {
            quote!(self.#layer.#name.fill(<#scalar as #root::Scalar>::from_f64(#value));)
        }
        (Start::Ones, _) => quote!(self.#layer.#name.fill(1.0);),
        _ => quote!(self.#layer.#name.fill(0.0);),
    }
}
