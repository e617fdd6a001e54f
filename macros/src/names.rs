//! The names of fields and types that a declaration leads to, and whether they can all exist side by side.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt as _;

use crate::check::CheckedLayer;
use crate::errors::Errors;
use crate::layers::{Action, Value};
use crate::syntax::LayerAst;

/// Fields of the trace beside the layers'.
const TAKEN: &[&str] = &["input", "gradient_a", "gradient_b"];

/// A name for each layer; all differ, also after errors.
pub fn assign(network: &Ident, layers: &[&LayerAst], errors: &Errors) -> Vec<Ident> {
    let mut ordinals = BTreeMap::<String, usize>::new();
    let mut names: Vec<Ident> = Vec::new();
    for (place, layer) in layers.iter().enumerate() {
        let ordinal = ordinals.entry(layer.kind.to_string()).or_default();
        let default = default_name(layer, *ordinal);
        *ordinal += 1;
        let name = match &layer.name {
            Some(name) if is_usable(network, name, errors) => name.clone(),
            Some(_) => format_ident!("layer{}", place + 1),
            None => default,
        };
        if names.iter().any(|earlier| earlier.unraw() == name.unraw()) {
            report_duplicate(layer, &name, errors);
            names.push(format_ident!("{}_{}", name, place + 1));
        } else {
            names.push(name);
        }
    }
    names
}

/// Kind and place: the name of a layer without one.
fn default_name(layer: &LayerAst, ordinal: usize) -> Ident {
    // A kind that is a keyword is no kind, which is reported elsewhere; with a number behind it, it is a name.
    format_ident!("{}{}", layer.kind, ordinal + 1, span = layer.kind.span())
}

fn report_duplicate(layer: &LayerAst, name: &Ident, errors: &Errors) {
    match &layer.name {
        Some(_) => errors.at(name, format!("two layers have the name `{name}`\nhelp: rename one of them")),
        None => errors.at(
            &layer.tokens,
            format!(
                "this layer has no name and would get `{name}`, by its kind and place, which is taken\nhelp: give it a name: `name: {}`",
                layer.kind
            ),
        ),
    }
}

/// Whether a field can have the name; reports it if not.
fn is_usable(network: &Ident, name: &Ident, errors: &Errors) -> bool {
    let text = name.to_string();
    if syn::parse_str::<Ident>(&text).is_err() {
        errors.at(
            name,
            format!(
                "`{text}` is a keyword of Rust and cannot name a layer\nhelp: write for instance `{}1`",
                text.trim_matches('_')
            ),
        );
        return false;
    }
    if TAKEN.contains(&text.as_str()) {
        let help = if text == "input" { "the shape that comes in is `input: [..]`; " } else { "" };
        errors.at(
            name,
            format!("`{text}` is a field of `{network}Trace` and cannot name a layer\nhelp: {help}rename the layer"),
        );
        return false;
    }
    true
}

/// The fields of the trace that a layer has besides its output: of the statistics and of the sums of batch norm.
pub fn batch_fields(layer: &Ident) -> [Ident; 2] {
    ["statistics", "sums"].map(|suffix| format_ident!("{}_{}", layer, suffix))
}

/// The type of a layer's parameters.
pub fn layer_type(network: &Ident, layer: &Ident) -> Ident {
    format_ident!("{}{}", network, camel_case(layer))
}

/// The type of a layer's constants.
pub fn geometry_type(network: &Ident, layer: &Ident) -> Ident {
    format_ident!("{}{}Geometry", network, camel_case(layer))
}

pub fn trace_type(network: &Ident) -> Ident {
    format_ident!("{}Trace", network)
}

pub fn workspace_type(network: &Ident) -> Ident {
    format_ident!("{}Workspace", network)
}

fn camel_case(name: &Ident) -> String {
    let name = name.unraw().to_string();
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<Vec<_>>()
        })
        .collect()
}

/// Different names can lead to one type or field: `fc_1` and `fc1`, or `trace` and the trace itself.
pub fn check_types(network: &Ident, layers: &[CheckedLayer], errors: &Errors) {
    let mut types = vec![network.clone(), trace_type(network), workspace_type(network)];
    for layer in layers {
        let mut own = Vec::new();
        if !layer.facts.parameters.is_empty() {
            own.push(layer_type(network, &layer.name));
        }
        if matches!(layer.facts.action, Action::Move { value: Value::Shaped(_), .. }) {
            own.push(geometry_type(network, &layer.name));
        }
        if let Some(taken) = own.iter().find(|name| types.contains(name)) {
            let name = &layer.name;
            errors.at(
                name,
                format!("`{name}` leads to a type `{taken}`, and there is one of that name\nhelp: rename the layer"),
            );
        }
        types.extend(own);
        check_batch_fields(layer, layers, errors);
    }
}

fn check_batch_fields(layer: &CheckedLayer, layers: &[CheckedLayer], errors: &Errors) {
    if !matches!(layer.facts.action, Action::Batch { .. }) {
        return;
    }
    let fields = batch_fields(&layer.name);
    for other in layers.iter().filter(|other| fields.contains(&other.name)) {
        let (name, batch) = (&other.name, &layer.name);
        errors.at(name, format!("`{name}` is a field of the trace that belongs to `{batch}`\nhelp: rename the layer"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_types() {
        let (network, layer) = (format_ident!("LeNet5"), format_ident!("max_pool2d1"));
        assert_eq!(layer_type(&network, &layer), "LeNet5MaxPool2d1");
        assert_eq!(geometry_type(&network, &format_ident!("conv1")), "LeNet5Conv1Geometry");
        assert_eq!(layer_type(&network, &format_ident!("r#type")), "LeNet5Type");
        assert_eq!(batch_fields(&format_ident!("bn")).map(|field| field.to_string()), ["bn_statistics", "bn_sums"]);
    }
}
