//! The names of the fields and types that a declaration leads to.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt as _;

/// `block1.conv2`
pub fn dotted(path: &[Ident]) -> String {
    path.iter().map(|name| name.unraw().to_string()).collect::<Vec<_>>().join(".")
}

/// The names of the copies of a repeated block: `stage1`, `stage2`; of one without a name `repeat1_1`, `repeat1_2`.
pub fn copies(name: &Ident, times: u64) -> impl Iterator<Item = Ident> {
    let between = if name.to_string().ends_with(|last: char| last.is_ascii_digit()) { "_" } else { "" };
    (1..=times).map(move |copy| format_ident!("{}{}{}", name, between, copy))
}

/// The field that fills the last cache line of a network.
pub const FILLING: &str = "__filling";

/// The field of the trace that belongs to a layer.
pub fn trace_field(path: &[Ident], mark: &str) -> Ident {
    match path {
        [name] if mark.is_empty() => name.clone(),
        [.., last] => {
            let names: Vec<String> = path.iter().map(|name| name.unraw().to_string()).collect();
            Ident::new(&(names.join("_") + mark), last.span())
        }
        [] => Ident::new("input", Span::call_site()),
    }
}

/// The buffer of this number: `a`, `b`, ..
pub fn buffer(prefix: &str, number: usize) -> Ident {
    const LETTERS: usize = 26;
    let letter = char::from(b'a' + u8::try_from(number % LETTERS).unwrap_or_default());
    let round = if number < LETTERS { String::new() } else { (number / LETTERS).to_string() };
    format_ident!("{prefix}{letter}{round}")
}

/// The fields of the trace for the statistics and for the sums of a layer that needs the batch.
pub fn batch_fields(layer: &Ident) -> [Ident; 2] {
    ["statistics", "sums"].map(|suffix| format_ident!("{}_{}", layer, suffix))
}

/// The field of the trace for what a layer that works in place keeps beside its values.
pub fn kept_field(layer: &Ident) -> Ident {
    format_ident!("{}_kept", layer)
}

/// The fields of the trace for what a layer saves per sample and per lane group.
pub fn saved_fields(layer: &Ident) -> [Ident; 2] {
    ["saved", "saved_by_group"].map(|suffix| format_ident!("{}_{}", layer, suffix))
}

/// The type of a layer's or block's parameters.
pub fn layer_type(network: &Ident, path: &[Ident], mark: &str) -> Ident {
    let names: String = path.iter().map(camel_case).collect();
    // Where there is such a type already, its layer is underlined.
    let span = path.last().map_or_else(Span::call_site, Ident::span);
    format_ident!("{}{}{}", network, names, mark, span = span)
}

/// The type of a layer's constants.
pub fn geometry_type(network: &Ident, path: &[Ident], mark: &str) -> Ident {
    let name = layer_type(network, path, mark);
    format_ident!("{}Geometry", name, span = name.span())
}

pub fn trace_type(network: &Ident) -> Ident {
    format_ident!("{}Trace", network)
}

pub fn workspace_type(network: &Ident) -> Ident {
    format_ident!("{}Workspace", network)
}

pub fn input_type(network: &Ident) -> Ident {
    format_ident!("{}Input", network)
}

pub fn output_type(network: &Ident) -> Ident {
    format_ident!("{}Output", network)
}

fn camel_case(name: &Ident) -> String {
    let name = name.unraw().to_string();
    let mut camel = String::new();
    for word in name.split('_').filter(|word| !word.is_empty()) {
        let is_digit = |letter: char| letter.is_ascii_digit();
        // `repeat1_1` and `repeat11` are two.
        if camel.ends_with(is_digit) && word.starts_with(is_digit) {
            camel.push('_');
        }
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.extend(letters);
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_types() {
        let (network, layer) = (format_ident!("LeNet5"), format_ident!("max_pool2d1"));
        assert_eq!(layer_type(&network, std::slice::from_ref(&layer), ""), "LeNet5MaxPool2d1");
        assert_eq!(
            geometry_type(&network, &[format_ident!("block"), format_ident!("conv1")], ""),
            "LeNet5BlockConv1Geometry"
        );
        assert_eq!(layer_type(&network, &[format_ident!("r#type")], ""), "LeNet5Type");
        assert_eq!(layer_type(&network, &[format_ident!("repeat1_2")], ""), "LeNet5Repeat1_2");
        assert_eq!(trace_field(&[format_ident!("block"), format_ident!("conv1")], ""), "block_conv1");
        assert_eq!([0, 1, 25, 26].map(|number| buffer("", number).to_string()), ["a", "b", "z", "a1"]);
        assert_eq!(batch_fields(&format_ident!("bn")).map(|field| field.to_string()), ["bn_statistics", "bn_sums"]);
    }
}
