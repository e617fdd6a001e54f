//! Whether the names of a declaration, and those that it leads to, can all exist side by side.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt as _;

use crate::checked::{CheckedBlock, CheckedLayer};
use crate::errors::Errors;
use crate::names::{FILLING, dotted, geometry_type, layer_type, trace_field, trace_type, workspace_type};
use crate::syntax::Item;
use crate::wording;

/// A name for each of the items between two braces; all differ, also after errors. `is_top` is whether the braces are
/// those of the network.
pub fn assign(network: &Ident, is_top: bool, items: &[Item], errors: &Errors) -> Vec<Ident> {
    let mut ordinals = BTreeMap::<String, usize>::new();
    let mut names: Vec<Ident> = Vec::new();
    let mut taken = BTreeSet::new();
    for (place, item) in items.iter().enumerate() {
        let entry = Entry::of(item);
        let ordinal = ordinals.entry(entry.kind.to_string()).or_default();
        *ordinal += 1;
        // A kind that is a keyword is no kind, which is reported elsewhere; with a number behind it, it is a name.
        let default = format_ident!("{}{}", entry.kind, *ordinal, span = entry.kind.span());
        let name = match entry.name {
            Some(name) if is_usable(network, is_top, name, errors) => name.clone(),
            Some(_) => format_ident!("layer{}", place + 1),
            None => default,
        };
        if taken.insert(name.unraw().to_string()) {
            names.push(name);
        } else {
            report_duplicate(&entry, &name, errors);
            names.push(format_ident!("{}_{}", name, place + 1));
        }
    }
    names
}

/// What an item is called by.
struct Entry<'a> {
    name: Option<&'a Ident>,
    kind: Ident,
    tokens: &'a TokenStream,
}

impl<'a> Entry<'a> {
    fn of(item: &'a Item) -> Self {
        match item {
            Item::Layer(layer) => Self { name: layer.name.as_ref(), kind: layer.kind.clone(), tokens: &layer.tokens },
            Item::Block(block) => {
                Self { name: block.header.name.as_ref(), kind: block.header.kind.clone(), tokens: &block.header.tokens }
            }
            Item::Branch(branch) => Self {
                name: branch.name.as_ref(),
                kind: Ident::new("branch", Span::call_site()),
                tokens: &branch.tokens,
            },
            Item::Inputs(inputs) => Self { name: None, kind: inputs.name.clone(), tokens: &inputs.tokens },
            // The input is no field of the network, whatever it is called.
            Item::Input(input) => {
                Self { name: None, kind: Ident::new("input", Span::call_site()), tokens: &input.shape.tokens }
            }
        }
    }
}

fn report_duplicate(entry: &Entry<'_>, name: &Ident, errors: &Errors) {
    match entry.name {
        Some(_) => errors.at(name, format!("two layers have the name `{name}`\nhelp: rename one of them")),
        None => errors.at(
            entry.tokens,
            format!(
                "this layer has no name and would get `{name}`, by its kind and place, which is taken\nhelp: give it a name: `name: {}`",
                wording::source(entry.tokens)
            ),
        ),
    }
}

/// Whether a field can have the name; reports it if not.
pub fn is_usable(network: &Ident, is_top: bool, name: &Ident, errors: &Errors) -> bool {
    let text = name.to_string();
    // A keyword since the edition of 2024, and no name in any, so that a crate can change its edition.
    if text == "gen" || syn::parse_str::<Ident>(&text).is_err() {
        errors.at(
            name,
            format!(
                "`{text}` is a keyword of Rust and cannot name a layer\nhelp: write for instance `{}1`",
                text.trim_matches('_')
            ),
        );
        return false;
    }
    if is_top && text == FILLING {
        errors.at(name, format!("`{text}` is a field of `{network}` and cannot name a layer\nhelp: rename the layer"));
        return false;
    }
    if is_top && is_taken(&text) {
        let help = if text == "input" { "the shape that comes in is `input: [..]`; " } else { "" };
        errors.at(
            name,
            format!("`{text}` is a field of `{network}Trace` and cannot name a layer\nhelp: {help}rename the layer"),
        );
        return false;
    }
    true
}

/// Whether the trace has a field of this name beside the layers'.
fn is_taken(field: &str) -> bool {
    let is_gradient = |buffer: &str| buffer.len() == 1 && buffer.bytes().all(|letter| letter.is_ascii_lowercase());
    field == "input" || field.strip_prefix("gradient_").is_some_and(is_gradient)
}

/// Different names can lead to one type or field: `fc_1` and `fc1`, or `trace` and the trace itself. Reports them, and
/// marks one of the two, so that it is the only error.
/// `more` are types that not every network leads to.
pub fn check_types(
    network: &Ident,
    more: &[Ident],
    layers: &mut [CheckedLayer],
    blocks: &mut [CheckedBlock],
    errors: &Errors,
) {
    let mut taken = Taken {
        network,
        types: [network.clone(), trace_type(network), workspace_type(network)]
            .iter()
            .chain(more)
            .map(ToString::to_string)
            .collect(),
        fields: BTreeMap::new(),
        clashes: 0,
        errors,
    };
    for block in blocks.iter_mut().filter(|block| block.has_parameters(layers)) {
        block.mark = taken.mark(|taken| taken.take_type(&block.path, &layer_type(network, &block.path, "")));
    }
    for layer in layers.iter_mut() {
        let CheckedLayer { path, facts, kind, .. } = &*layer;
        let (has_parameters, has_geometry) = (!facts.parameters.is_empty(), facts.part.geometry().is_some());
        layer.mark = taken.mark(|taken| {
            (!has_parameters || taken.take_type(path, &layer_type(network, path, "")))
                && (!has_geometry || taken.take_type(path, &geometry_type(network, path, "")))
                && (kind == "input" || taken.take_field(path, &trace_field(path, "")))
        });
    }
    let beside = |layer: &CheckedLayer| {
        let fields = layer.facts.part.fields_beside(&trace_field(&layer.path, ""));
        fields.into_iter().map(|field| (layer.path.clone(), field)).collect::<Vec<_>>()
    };
    for (path, field) in layers.iter().flat_map(beside).collect::<Vec<_>>() {
        if let Some(other) = taken.take_field_beside(&path, &field) {
            layers.iter_mut().filter(|layer| layer.path == other).for_each(|layer| layer.mark.push_str("_1"));
        }
    }
}

/// The names so far, and what has them.
struct Taken<'a> {
    network: &'a Ident,
    types: BTreeSet<String>,
    fields: BTreeMap<String, Vec<Ident>>,
    /// How many names were taken already.
    clashes: usize,
    errors: &'a Errors,
}

impl Taken<'_> {
    /// Nothing, or what makes names unique if they are not.
    fn mark(&mut self, are_free: impl FnOnce(&mut Self) -> bool) -> String {
        if are_free(self) {
            return String::new();
        }
        self.clashes += 1;
        format!("__{}", self.clashes)
    }

    /// Reports a name that is taken; says whether it is free.
    fn take_type(&mut self, path: &[Ident], name: &Ident) -> bool {
        let is_free = self.types.insert(name.to_string());
        if !is_free {
            let label = dotted(path);
            let message =
                format!("`{label}` leads to a type `{name}`, and there is one of that name\nhelp: rename the layer");
            self.errors.at(path.last(), message);
        }
        is_free
    }

    fn take_field(&mut self, path: &[Ident], field: &Ident) -> bool {
        let text = field.unraw().to_string();
        let (label, network) = (dotted(path), self.network);
        if path.len() > 1 && is_taken(&text) {
            let message = format!(
                "`{label}` leads to a field `{text}` of `{network}Trace`, which has one of that name\nhelp: rename the layer"
            );
            self.errors.at(path.last(), message);
            return false;
        }
        let Some(other) = self.fields.insert(text.clone(), path.to_vec()) else { return true };
        let other = dotted(&other);
        let message = format!(
            "`{label}` and `{other}` lead to one field `{text}` of `{network}Trace`\nhelp: rename one of the two"
        );
        self.errors.at(path.last(), message);
        false
    }

    /// A layer may have more in the trace than its output. Returns the layer whose field has that name.
    fn take_field_beside(&mut self, batch: &[Ident], field: &Ident) -> Option<Vec<Ident>> {
        let other = self.fields.get(&field.to_string())?;
        let (name, batch) = (dotted(other), dotted(batch));
        let message = format!("`{name}` is a field of the trace that belongs to `{batch}`\nhelp: rename the layer");
        self.errors.at(other.last(), message);
        Some(other.clone())
    }
}
