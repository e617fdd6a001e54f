//! What several parts of an expansion are made of: generics, values of layers, places in memory.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::layers::{Keeps, Saved, Value};
use crate::names;
use crate::plan::{Plan, PlannedLayer, Region};
use crate::size::Size;

/// `<const N: usize>`, the const parameters of the network; nothing if it has none.
pub fn generics(plan: &Plan) -> TokenStream {
    let parameters = &plan.parameters;
    if parameters.is_empty() { TokenStream::new() } else { quote!(<#(const #parameters: ::core::primitive::usize),*>) }
}

/// `<{ N }>`: a name by itself would be a type, if there is one that is called so
pub fn arguments(plan: &Plan) -> TokenStream {
    let parameters = &plan.parameters;
    if parameters.is_empty() { TokenStream::new() } else { quote!(<#({ #parameters }),*>) }
}

/// `<const L: usize, const N: usize>`, of a type for `L` samples.
pub fn lane_generics(plan: &Plan) -> TokenStream {
    let (lanes, parameters) = (&plan.names.lanes, &plan.parameters);
    quote!(<const #lanes: ::core::primitive::usize #(, const #parameters: ::core::primitive::usize)*>)
}

/// `<{ L }, { N }>`
pub fn lane_arguments(plan: &Plan) -> TokenStream {
    let (lanes, parameters) = (&plan.names.lanes, &plan.parameters);
    quote!(<{ #lanes } #(, { #parameters })*>)
}

/// The value of a layer, as an expression.
pub fn value(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    let root = &plan.root;
    match &layer.part.value {
        Some(Value::Shaped(geometry)) => {
            let kind = format_ident!("{}", geometry.layer);
            let constants = &layer.geometry_type;
            quote!(#root::layers::#kind::<#constants>::new())
        }
        Some(Value::Own(value)) => value.clone(),
        Some(Value::Plain(value)) => quote!(#root::layers::#value),
        None => quote!(()),
    }
}

/// The value of a layer that works where the values stand.
pub fn in_place(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    let (root, value) = (&plan.root, value(plan, layer));
    if layer.part.is_activation() { quote!(#root::layers::Elementwise(#value)) } else { value }
}

/// What a call of a layer gets besides numbers.
pub fn context(plan: &Plan, layer: usize) -> TokenStream {
    let (root, place) = (&plan.root, Literal::usize_unsuffixed(layer));
    quote!(#root::layers::Context::new(__simd, __pass, #place))
}

/// Room in the trace for what a layer saves.
pub fn saved(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    let (root, Saved { per_sample, per_group }) = (&plan.root, &layer.part.saved);
    let fields = names::saved_fields(&layer.name);
    let [samples, group] = [per_sample, per_group];
    if samples.number() == Some(0) && group.number() == Some(0) {
        return quote!(<#root::layers::SavedNumbers<'_, _> as ::core::default::Default>::default());
    }
    let room = |numbers: &Size, field: &Ident| match numbers.number() {
        Some(0) => quote!(&mut []),
        _ => quote!(#root::__private::values_mut(&mut __trace.#field)),
    };
    let (samples, group) = (room(samples, &fields[0]), room(group, &fields[1]));
    quote!(#root::layers::SavedNumbers { samples: #samples, group: #group })
}

/// Room in the trace for what a layer in place keeps beside its values.
pub fn kept_mut(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    let (root, field) = (&plan.root, names::kept_field(&layer.name));
    if layer.part.keeps == Keeps::Beside {
        quote!(#root::__private::values_mut(&mut __trace.#field))
    } else {
        quote!(&mut [])
    }
}

/// What a layer in place kept: beside its values, or its output, which stands in `storage`.
pub fn kept(plan: &Plan, layer: &PlannedLayer, storage: usize) -> TokenStream {
    let (root, field) = (&plan.root, names::kept_field(&layer.name));
    match layer.part.keeps {
        Keeps::Nothing => quote!(&[]),
        Keeps::Output => values(plan, storage),
        Keeps::Beside => quote!(#root::__private::values(&__trace.#field)),
    }
}

/// The activation that follows a layer in training, or nothing.
pub fn then(plan: &Plan, activation: Option<usize>) -> TokenStream {
    let root = &plan.root;
    let Some(activation) = activation else { return quote!(#root::layers::Then::nothing()) };
    let layer = &plan.layers[activation];
    let (activation, kept) = (value(plan, layer), kept_mut(plan, layer));
    quote!(#root::layers::Then { activation: #activation, kept: #kept })
}

/// A layer's parameters as a slice.
pub fn parameters_of(plan: &Plan, layer: &PlannedLayer) -> TokenStream {
    if layer.fields.is_empty() {
        return quote!(&[]);
    }
    let (root, path) = (&plan.root, parameters_path(layer));
    quote!(#root::__private::flat(&self.#path))
}

/// Where a layer's gradient goes, as an option.
pub fn gradient_of(plan: &Plan, layer: &PlannedLayer) -> Option<TokenStream> {
    let (root, path) = (&plan.root, parameters_path(layer));
    layer.is_trained().then(|| quote!(#root::__private::flat_mut(&mut __gradient.#path)))
}

/// `block1.conv2`: a layer's field among the parameters.
pub fn parameters_path(layer: &PlannedLayer) -> TokenStream {
    let path = &layer.path;
    quote!(#(#path).*)
}

/// What stands in a storage of the trace.
pub fn values(plan: &Plan, storage: usize) -> TokenStream {
    let (root, (field, region)) = (&plan.root, plan.forward.place(storage));
    let name = &field.name;
    if region.is_all_of(&field.values) {
        return quote!(#root::__private::values(&__trace.#name));
    }
    slice(plan, &quote!(__trace.#name), &region.offset, &region.values)
}

/// What stands in a storage of the trace, to be written.
pub fn values_mut(plan: &Plan, storage: usize) -> TokenStream {
    let (root, (field, region)) = (&plan.root, plan.forward.place(storage));
    let name = &field.name;
    if region.is_all_of(&field.values) {
        return quote!(#root::__private::values_mut(&mut __trace.#name));
    }
    slice_mut(plan, &quote!(__trace.#name), &region.offset, &region.values)
}

/// Some columns of a matrix with a lane group in each column.
pub fn slice(plan: &Plan, matrix: &TokenStream, offset: &Size, values: &Size) -> TokenStream {
    let (root, range) = (&plan.root, range(plan, offset, values));
    quote!(&#root::__private::values(&#matrix)[#range])
}

/// Some columns of a matrix with a lane group in each column, to be written.
pub fn slice_mut(plan: &Plan, matrix: &TokenStream, offset: &Size, values: &Size) -> TokenStream {
    let (root, range) = (&plan.root, range(plan, offset, values));
    quote!(&mut #root::__private::values_mut(&mut #matrix)[#range])
}

/// A statement that borrows two parts of one matrix: `__from`, which is read, and `__to`.
pub fn two_parts<B>(plan: &Plan, matrix: &TokenStream, from: &Region<B>, to: &Region<B>) -> TokenStream {
    let root = &plan.root;
    let [from, to] = [from, to].map(|region| bounded_range(plan, &region.offset, &region.values));
    quote!(let (__from, __to) = #root::__private::two_parts(#root::__private::values_mut(&mut #matrix), #from, #to);)
}

/// `..72 * L`, `36 * L..72 * L`
pub fn range(plan: &Plan, offset: &Size, values: &Size) -> TokenStream {
    if offset.number() == Some(0) {
        let end = times_lanes(plan, values);
        return quote!(..#end);
    }
    bounded_range(plan, offset, values)
}

/// `0..72 * L`, `36 * L..72 * L`
fn bounded_range(plan: &Plan, offset: &Size, values: &Size) -> TokenStream {
    let (begin, end) = (times_lanes(plan, offset), times_lanes(plan, &offset.plus(values)));
    quote!(#begin..#end)
}

/// `72 * L`
pub fn times_lanes(plan: &Plan, values: &Size) -> TokenStream {
    let lanes = &plan.names.lanes;
    match values {
        Size::Number(0) => quote!(0),
        Size::Number(1) => quote!(#lanes),
        Size::Number(_) => quote!(#values * #lanes),
        Size::Expression(_) => quote!((#values) * #lanes),
    }
}

/// `SMatrix<f32, { L }, 72>`
pub fn lane_group(plan: &Plan, values: &Size) -> TokenStream {
    let (root, scalar, lanes) = (&plan.root, &plan.scalar, &plan.names.lanes);
    let values = values.as_argument();
    quote!(#root::nalgebra::SMatrix<#scalar, { #lanes }, #values>)
}

/// The stages of a pass: the one body where there is one stage, so that the code is a straight line.
pub fn by_stage(stages: Vec<TokenStream>) -> TokenStream {
    match stages.as_slice() {
        [only] => only.clone(),
        [stages @ .., last] => {
            let numbers = (0..stages.len()).map(Literal::usize_unsuffixed);
            quote! {
                match __stage {
                    #(#numbers => { #stages })*
                    _ => { #last }
                }
            }
        }
        [] => TokenStream::new(),
    }
}
