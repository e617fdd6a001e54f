//! Documentation of the generated items.

use proc_macro2::TokenStream;
use quote::quote;

use crate::names::dotted;
use crate::plan::{Plan, PlannedBlock, PlannedLayer};
use crate::shape::{crossed, list};
use crate::size::Size;

/// A line of documentation.
pub fn doc(text: &str) -> TokenStream {
    let text = format!(" {text}");
    quote!(#[doc = #text])
}

/// What a layer is, for its field.
pub fn layer(layer: &PlannedLayer) -> String {
    let frozen = if layer.frozen { "; frozen" } else { "" };
    format!("`{}`: `{}` of `{}` is `{}`{frozen}.", layer.label(), layer.text, list(&layer.input), list(&layer.output))
}

/// What a block is, for its field.
pub fn block(block: &PlannedBlock) -> String {
    format!("`{}`: `{}`.", dotted(&block.path), block.text)
}

/// The layer table, behind what the user wrote; a network without any docs gets a first sentence.
pub fn table(plan: &Plan) -> TokenStream {
    let has_docs = plan.attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
    let first = if has_docs {
        String::new()
    } else {
        format!("A neural network from `{}` to `{}`.", list(&plan.input), list(&plan.output))
    };
    let mut lines = vec![first, String::new()];
    lines.extend(["| layer | kind | output | parameters | receptive field | multiply-adds |".to_owned()]);
    lines.push("| --- | --- | --- | ---: | --- | ---: |".to_owned());
    lines.push(format!("| `input` | | `{}` | | | |", list(&plan.input)));
    lines.extend(plan.layers.iter().map(row));
    if lines[0].is_empty() {
        lines.remove(0);
    }
    lines.iter().map(|line| if line.is_empty() { quote!(#[doc = ""]) } else { doc(line) }).collect()
}

fn row(layer: &PlannedLayer) -> String {
    let frozen = if layer.frozen { ", frozen" } else { "" };
    let field = &layer.receptive_field;
    let field = if field.iter().all(|size| size.number().is_some()) { crossed(field) } else { String::from("?") };
    format!(
        "| `{}` | {}{frozen} | `{}` | {} | {field} | {} |",
        layer.label(),
        layer.kind,
        list(&layer.output).replace('|', "\\|"),
        cell(&layer.trained_parameters()),
        cell(&layer.multiply_adds)
    )
}

/// A number; of what only the compiler knows, its expression, and nothing of none.
fn cell(size: &Size) -> String {
    match size.number() {
        Some(0) => String::new(),
        Some(number) => number.to_string(),
        None => format!("`{}`", size.to_string().replace('|', "\\|")),
    }
}
