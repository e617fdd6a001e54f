//! What is known of a network without running it: shapes, counts, the layer table, the segments of its parameters.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Attribute;
use syn::ext::IdentExt as _;

use super::expressions::{self, lane_arguments};
use super::parts;
use crate::checked::Producer;
use crate::deferred::{ConstantKind, UserConstant, sizes_of};
use crate::layers::{Action, Parameter, ParameterKind, Value};
use crate::plan::{Field, Place, Plan, PlannedLayer};
use crate::size::Size;
use crate::wording;

/// An expression of the user's under its name in the expansion.
pub fn definition(plan: &Plan, constant: &UserConstant) -> TokenStream {
    let UserConstant { name, kind, value, .. } = constant;
    let (root, scalar) = (&plan.root, &plan.scalar);
    let item = match kind {
        ConstantKind::Size => size(plan, constant),
        ConstantKind::Real => quote!(const #name: ::core::primitive::f64 = #value;),
        ConstantKind::Type => {
            let sizes = sizes_of(name);
            let span = value.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
            let layer = Ident::new("layer", span);
            let conditions = conditions(plan);
            quote! {
                const #sizes: [::core::primitive::usize; 6] = #root::__private::sizes_of_layer::<#scalar, _>(#name);
                #(#conditions)*
                #[doc(hidden)]
                #[allow(non_snake_case)]
                #[inline(always)]
                fn #name() -> impl #root::layers::Layer<#scalar> { #root::__private::Own::<#scalar, #value>::#layer() }
            }
        }
    };
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types, non_upper_case_globals, clippy::all, clippy::pedantic)]
        #item
    }
}

/// A size, by a value that is never too large to count with, and what tells that it is.
fn size(plan: &Plan, UserConstant { name, value, .. }: &UserConstant) -> TokenStream {
    let root = &plan.root;
    let (written, conditions) = (format_ident!("{}_written", name), conditions(plan).collect::<Vec<_>>());
    let text = format!("`{}`", wording::source(value));
    let check = located(value, quote!(#root::__private::check_countable), quote!(#written, #text));
    quote! {
        const #written: ::core::primitive::usize = #value;
        #(#conditions)*
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals, clippy::all, clippy::pedantic)]
        const #name: ::core::primitive::usize = #root::__private::countable(#written);
        #(#conditions)*
        const _: () = #check;
    }
}

/// A call that is underlined where the user's tokens are.
pub fn located(blame: &TokenStream, function: TokenStream, arguments: TokenStream) -> TokenStream {
    let mut spans = blame.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    let last = spans.last().unwrap_or(first);
    let function = function.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(first));
        token
    });
    let function: TokenStream = function.collect();
    let arguments = quote_spanned!(last=> (#arguments));
    quote!(#function #arguments)
}

/// The conditions of the struct, for an item that is not the first of several.
fn conditions(plan: &Plan) -> impl Iterator<Item = &Attribute> {
    plan.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// Types and constants of `impl Parameters`.
pub fn of_parameters(plan: &Plan) -> TokenStream {
    let (root, scalar) = (&plan.root, &plan.scalar);
    let name = plan.names.network.unraw().to_string();
    let segments = segments(plan);
    quote! {
        type Scalar = #scalar;

        const NAME: &'static ::core::primitive::str = #name;
        const SEGMENTS: &'static [#root::Segment] = &#segments;
    }
}

/// Types and constants of `impl Infer`.
pub fn of_inference(plan: &Plan) -> TokenStream {
    let (root, lanes) = (&plan.root, &plan.names.lanes);
    let (workspace, lane_arguments) = (&plan.names.workspace, lane_arguments(plan));
    let (input_shape, output_shape) = (&plan.input, &plan.output);
    let (input, output) = (Size::product(&plan.input), Size::product(&plan.output));
    let (sample, result, parts) = (parts::input_type(plan), parts::output_type(plan), parts::infos(plan));
    let layers = plan.layers.iter().enumerate().map(|(place, layer)| layer_info(plan, place, layer));
    quote! {
        type Input = #sample;
        type Output = #result;
        type Workspace<const #lanes: ::core::primitive::usize> = #workspace #lane_arguments;

        const INPUT_SHAPE: &'static [::core::primitive::usize] = &[#(#input_shape),*];
        const OUTPUT_SHAPE: &'static [::core::primitive::usize] = &[#(#output_shape),*];
        const INPUT_LEN: ::core::primitive::usize = #input;
        const OUTPUT_LEN: ::core::primitive::usize = #output;
        const LAYERS: &'static [#root::LayerInfo] = &[#(#layers),*];
        #parts
    }
}

/// Types and constants of `impl Network`.
pub fn of_training(plan: &Plan) -> TokenStream {
    let (trace, lanes, lane_arguments) = (&plan.names.trace, &plan.names.lanes, lane_arguments(plan));
    let stages = Literal::usize_unsuffixed(plan.forward.stages.len());
    let needs_two_samples = plan.batch_layers().find(|layer| has_one_value(layer)).map(|layer| {
        let label = layer.label();
        quote!(const NEEDS_TWO_SAMPLES: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::Some(#label);)
    });
    quote! {
        type Trace<const #lanes: ::core::primitive::usize> = #trace #lane_arguments;

        const STAGES: ::core::primitive::usize = #stages;
        #needs_two_samples
    }
}

/// Whether a sample has one value in each channel.
fn has_one_value(layer: &PlannedLayer) -> bool {
    layer.input.iter().skip(1).all(|size| size.number() == Some(1))
}

fn layer_info(plan: &Plan, place: usize, layer: &PlannedLayer) -> TokenStream {
    let root = &plan.root;
    let (bytes, place, state) = (written_bytes(plan, layer), layer_place(plan, place), layer.stream_state());
    let (name, kind, shape) = (layer.label(), &layer.kind, &layer.output);
    let (parameters, multiply_adds) = (layer.trained_parameters(), as_u64(&layer.multiply_adds));
    let receptive_field = &layer.receptive_field;
    let (operation, inputs) = (operation(plan, layer), layer.producers.iter().map(|producer| source(plan, *producer)));
    quote! {
        #root::LayerInfo {
            name: #name,
            kind: #kind,
            operation: #operation,
            inputs: &[#(#inputs),*],
            output_shape: &[#(#shape),*],
            parameters: #parameters,
            receptive_field: &[#(#receptive_field),*],
            multiply_adds: #multiply_adds,
            bytes: #bytes,
            place: #place,
            state: #state,
        }
    }
}

/// What a layer computes: as its value says of itself, if it has one.
fn operation(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    let (root, before) = (&plan.root, &layer.part.before);
    let operation = match (&layer.part.value, layer.part.action) {
        (Some(Value::Own(_)), _) => {
            let text = layer.text.strip_prefix("layer(").and_then(|text| text.strip_suffix(')')).unwrap_or(&layer.text);
            quote!(Own { type_name: #text })
        }
        (Some(_), _) => {
            let value = expressions::value(plan, layer);
            return quote!(#value.operation());
        }
        (None, Action::Add) => quote!(Add),
        (None, Action::Concat) => quote!(Concat),
        (None, Action::Slice) if layer.kind == "input" => quote!(Input),
        (None, Action::Slice) => quote!(Slice { offset: #before }),
        (None, _) => quote!(Flatten),
    };
    quote!(#root::layers::Operation::#operation)
}

fn source(plan: &Plan, producer: Producer) -> TokenStream {
    let root = &plan.root;
    match producer {
        Producer::Input => quote!(#root::Source::Input),
        Producer::Layer(layer) => {
            let layer = Literal::usize_unsuffixed(layer);
            quote!(#root::Source::Layer(#layer))
        }
    }
}

/// What a layer writes for one sample at inference.
fn written_bytes(plan: &Plan, layer: &PlannedLayer) -> Size {
    if layer.does_nothing_at_inference() { Size::ZERO } else { plan.bytes(&layer.outputs()) }
}

/// Where what a layer makes of one sample stands at inference.
fn layer_place(plan: &Plan, layer: usize) -> TokenStream {
    let (root, inference) = (&plan.root, &plan.inference);
    let region = inference.region(inference.outputs[layer]);
    let (within, before) = match region.within {
        Place::Input => ("Input", Size::ZERO),
        Place::Output => ("Output", Size::ZERO),
        Place::Buffer(number) => ("Workspace", Size::sum(&inference.buffers[..number])),
    };
    let (within, offset) = (format_ident!("{within}"), plan.bytes(&before.plus(&region.offset)));
    quote!(#root::LayerPlace::#within(#offset))
}

fn as_u64(size: &Size) -> TokenStream {
    match size {
        Size::Number(_) => quote!(#size),
        Size::Expression(_) => quote!((#size) as ::core::primitive::u64),
    }
}

/// An array. Offsets that only the compiler knows are left to it: as sums, each would repeat those before it.
fn segments(plan: &Plan) -> TokenStream {
    let fields = || plan.layers.iter().flat_map(|layer| layer.fields.iter().map(move |field| (layer, field)));
    let are_known = fields().all(|(_, field)| field.parameter.len().number().is_some());
    let mut offset = Size::ZERO;
    let segments = fields().map(|(layer, field)| {
        let segment = segment(plan, layer, field, &offset);
        if are_known {
            offset = offset.plus(&field.parameter.len());
        }
        segment
    });
    let (root, segments) = (&plan.root, quote!([#(#segments),*]));
    if are_known { segments } else { quote!(#root::__private::with_offsets(#segments)) }
}

fn segment(plan: &Plan, layer: &PlannedLayer, field: &Field, offset: &Size) -> TokenStream {
    let root = &plan.root;
    let Parameter { name, columns, shape, kind, .. } = &field.parameter;
    let name = format!("{}.{name}", layer.label());
    let len = field.parameter.len();
    let order = format_ident!(
        "{}",
        if columns.is_some() && *kind != ParameterKind::Embedding { "ColumnByColumn" } else { "RowByRow" }
    );
    let role = format_ident!(
        "{}",
        match (field.parameter.is_trained(), layer.frozen) {
            (false, _) => "RunningStatistic",
            (true, true) => "Frozen",
            (true, false) => "Trainable",
        }
    );
    let kind = format_ident!("{kind:?}");
    quote! {
        #root::Segment {
            name: #name,
            offset: #offset,
            len: #len,
            shape: &[#(#shape),*],
            order: #root::Order::#order,
            role: #root::Role::#role,
            kind: #root::ParameterKind::#kind,
        }
    }
}
