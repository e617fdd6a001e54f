//! [`NetworkAst`] to [`CheckedNetwork`]: threads one shape through the layers.
//!
//! After an error the check goes on, with the shape that the user stated or with what can still be known; an unknown
//! shape silences whatever would only follow from the error.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Expr, Visibility};

use crate::errors::Errors;
use crate::layers::{self, Call, Facts, Output, Surroundings, kinds};
use crate::names;
use crate::shape::{Assertion, Origin, Shape, list};
use crate::size::{LARGEST, Size};
use crate::syntax::{InputAst, Item, LayerAst, NetworkAst, ShapeAst};
use crate::wording::{self, nearest, suggestion};

/// A declaration without errors; or, for the items beside the errors, the best guess at one.
pub struct CheckedNetwork {
    pub root: TokenStream,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    /// `f32` or `f64`.
    pub scalar: Ident,
    pub input: Shape,
    pub layers: Vec<CheckedLayer>,
    /// What the compiler must check.
    pub assertions: Vec<Assertion>,
    /// Every name in the user's expressions: generated names must not take their meaning away.
    pub mentioned: BTreeSet<String>,
}

/// A layer whose arguments suit its input.
pub struct CheckedLayer {
    /// The user's name, or kind and place; unique in the network.
    pub name: Ident,
    pub kind: String,
    /// As the user typed it, without the name.
    pub text: String,
    pub docs: Vec<Attribute>,
    pub frozen: bool,
    pub facts: Facts,
    pub output: Shape,
}

pub fn check(network: NetworkAst, errors: &Errors) -> CheckedNetwork {
    let mentioned = mentioned(&network);
    let (inputs, layers) = split(&network.items);
    check_attributes(&network, errors);
    let scalar = check_scalar(&network, errors);
    let mut assertions = Vec::new();
    let input = check_input(&network, &inputs, &mut assertions, errors);
    check_not_empty(&network, &layers, errors);
    let names = names::assign(&network.name, &layers, errors);
    let thread = Thread { root: &network.root, errors, assertions, places: BTreeMap::new() };
    let (layers, assertions) = thread.layers(input.as_ref(), &layers, names);
    names::check_types(&network.name, &layers, errors);
    check_total(&network.name, &layers, errors);
    let NetworkAst { root, attributes, visibility, name, .. } = network;
    let input = input.unwrap_or_else(unknown);
    CheckedNetwork { root, attributes, visibility, name, scalar, input, layers, assertions, mentioned }
}

/// What stands in for a shape that an error made unknowable.
fn unknown() -> Shape {
    Shape::new(vec![Size::ONE], Origin::input())
}

fn split(items: &[Item]) -> (Vec<(usize, &InputAst)>, Vec<&LayerAst>) {
    let mut inputs = Vec::new();
    let mut layers = Vec::new();
    for (place, item) in items.iter().enumerate() {
        match item {
            Item::Input(input) => inputs.push((place, input)),
            Item::Layer(layer) => layers.push(layer),
        }
    }
    (inputs, layers)
}

fn mentioned(network: &NetworkAst) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut streams: Vec<TokenStream> = Vec::new();
    for item in &network.items {
        let (tokens, shape) = match item {
            Item::Input(input) => (None, Some(&input.shape)),
            Item::Layer(layer) => (Some(&layer.tokens), layer.annotation.as_ref()),
        };
        streams.extend(tokens.cloned());
        streams.extend(shape.map(|shape| shape.tokens.clone()));
    }
    while let Some(stream) = streams.pop() {
        for token in stream {
            match token {
                TokenTree::Ident(name) => drop(names.insert(name.to_string())),
                TokenTree::Group(group) => streams.push(group.stream()),
                _ => {}
            }
        }
    }
    names
}

/// The layout of the struct is the macro's: parameters are seen as one slice.
fn check_attributes(network: &NetworkAst, errors: &Errors) {
    for attribute in network.attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        let name = &network.name;
        errors.at(
            attribute,
            format!("`{name}`: the layout of a network is fixed, it is `repr(C)`\nhelp: remove this attribute"),
        );
    }
}

fn check_scalar(network: &NetworkAst, errors: &Errors) -> Ident {
    let single = Ident::new("f32", Span::call_site());
    let Some(scalar) = &network.scalar else { return single };
    let text = wording::source(scalar);
    if text == "f32" || text == "f64" {
        return Ident::new(&text, Span::call_site());
    }
    let name = &network.name;
    errors.at(
        if scalar.is_empty() { quote!(#name) } else { scalar.clone() },
        format!("`{name}`: a network computes in `f32` or `f64`, found `<{text}>`\nhelp: write `struct {name}<f64>`, or `struct {name}` for `f32`"),
    );
    single
}

const INPUT_HELP: &str = "help: write `input: [features]`, or `input: [channels, height, width]` for images";

/// There is one input, and it comes first.
fn check_input(
    network: &NetworkAst,
    inputs: &[(usize, &InputAst)],
    assertions: &mut Vec<Assertion>,
    errors: &Errors,
) -> Option<Shape> {
    let Some(((place, first), others)) = inputs.split_first() else {
        errors.at(&network.name, format!("`{}` has no input\n{INPUT_HELP} first", network.name));
        return None;
    };
    check_input_name(first, errors);
    if *place > 0 {
        errors.at(&first.shape.tokens, "`input` stands behind a layer\nhelp: move it to the beginning");
    }
    for (_, other) in others {
        errors.at(&other.shape.tokens, "a network has one input, and this is a second one\nhelp: remove it");
    }
    if let Some(attribute) = first.attributes.iter().find(|attribute| !attribute.path().is_ident("doc")) {
        errors.at(attribute, "`input` takes no attributes\nhelp: remove it");
    }
    let sizes = check_shape(&first.shape, "input", assertions, errors)?;
    Some(Shape::new(sizes, Origin::input()))
}

fn check_input_name(input: &InputAst, errors: &Errors) {
    match &input.name {
        Some(name) if name == "input" => {}
        Some(name) => {
            let text = name.to_string();
            let help = match nearest(&text, &["input"]) {
                Some(_) => String::from("help: did you mean `input`?"),
                None => format!("help: write `input: {}`", wording::source(&input.shape.tokens)),
            };
            errors.at(name, format!("a shape is given to the `input` only, found one for `{text}`\n{help}"));
        }
        None => {
            let shape = wording::source(&input.shape.tokens);
            errors.at(&input.shape.tokens, format!("a shape needs its name\nhelp: write `input: {shape}`"));
        }
    }
}

/// Reads `[features]` or `[channels, height, width]`: of rank one or three, without zeros, countable.
fn check_shape(shape: &ShapeAst, label: &str, assertions: &mut Vec<Assertion>, errors: &Errors) -> Option<Vec<Size>> {
    let expressions = shape.sizes.as_ref()?;
    let read = |size| check_size(size, label, assertions, errors);
    let sizes: Vec<Option<Size>> = expressions.iter().map(read).collect();
    let sizes: Vec<Size> = sizes.into_iter().collect::<Option<_>>()?;
    if sizes.len() != 1 && sizes.len() != 3 {
        let found = wording::counted(sizes.len(), "size");
        let help = match sizes.as_slice() {
            [height, width] => format!("help: for an image of one channel write `[1, {height}, {width}]`"),
            _ => String::from("help: write `[features]` or `[channels, height, width]`"),
        };
        errors.at(&shape.tokens, format!("`{label}`: a shape has 1 or 3 sizes, found {found}\n{help}"));
        return None;
    }
    if !Size::product(&sizes).is_countable() {
        errors.at(&shape.tokens, format!("`{label}`: {} is more than {LARGEST} values", list(&sizes)));
        return None;
    }
    Some(sizes)
}

fn check_size(value: &Expr, label: &str, assertions: &mut Vec<Assertion>, errors: &Errors) -> Option<Size> {
    match layers::read_size(value) {
        Ok(size) if size.number() == Some(0) => {
            errors.at(value, format!("`{label}`: 0 is too small\nhelp: write at least 1"));
            None
        }
        Ok(size) => {
            if size.number().is_none() {
                assertions.push(Assertion {
                    condition: quote!(#size > 0),
                    message: format!("`{label}`: `{size}` is 0: write at least 1"),
                    blame: quote!(#value),
                });
            }
            Some(size)
        }
        Err(message) => {
            errors.at(value, format!("`{label}`: {message}"));
            None
        }
    }
}

fn check_not_empty(network: &NetworkAst, layers: &[&LayerAst], errors: &Errors) {
    // A layer that could not be parsed is no reason to call the network empty.
    if layers.is_empty() && errors.count() == 0 {
        let name = &network.name;
        errors.at(name, format!("`{name}` has no layers\nhelp: add one behind the input, for instance `dense(10)`"));
    }
}

/// Parameters must be countable together, not only layer by layer.
fn check_total(name: &Ident, layers: &[CheckedLayer], errors: &Errors) {
    let lens: Vec<Size> = layers.iter().flat_map(|layer| &layer.facts.parameters).map(layers::Parameter::len).collect();
    let each_is_countable = lens.iter().all(Size::is_countable);
    let total = Size::sum(lens.iter());
    if each_is_countable && !total.is_countable() {
        errors.at(name, format!("`{name}` has {total} parameters, more than {LARGEST}\nhelp: make its layers smaller"));
    }
}

/// The shape on its way through the layers.
struct Thread<'a> {
    root: &'a TokenStream,
    errors: &'a Errors,
    assertions: Vec<Assertion>,
    /// How many layers of each kind there were.
    places: BTreeMap<String, usize>,
}

impl Thread<'_> {
    fn layers(
        mut self,
        input: Option<&Shape>,
        layers: &[&LayerAst],
        names: Vec<Ident>,
    ) -> (Vec<CheckedLayer>, Vec<Assertion>) {
        let mut shape = input.cloned();
        let mut checked = Vec::new();
        for (place, (layer, name)) in layers.iter().zip(names).enumerate() {
            let (layer, output) = self.layer(place, layer, name, shape.as_ref());
            checked.push(layer);
            shape = output;
        }
        (checked, self.assertions)
    }

    fn layer(
        &mut self,
        place: usize,
        layer: &LayerAst,
        name: Ident,
        input: Option<&Shape>,
    ) -> (CheckedLayer, Option<Shape>) {
        let label = label(layer);
        let facts = self.facts(place, layer, &label, input);
        self.check_countable(layer, &label, &facts);
        let computed = match &facts.output {
            Output::Same => input.cloned(),
            Output::New(sizes) => Some(Shape::new(sizes.clone(), Origin::layer(place, &label))),
            Output::Unknown => None,
        };
        let computed = computed.filter(|shape| shape.values().is_countable());
        let output = self.annotated(place, layer, &label, computed);
        let frozen = self.check_attributes(layer, &label, &facts);
        let checked = CheckedLayer {
            name,
            kind: layer.kind.to_string(),
            text: wording::source(&layer.tokens),
            docs: layer.attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
            frozen,
            facts,
            output: output.clone().unwrap_or_else(unknown),
        };
        (checked, output)
    }

    fn facts(&mut self, place: usize, layer: &LayerAst, label: &str, input: Option<&Shape>) -> Facts {
        let kind = layer.kind.to_string();
        let count = self.places.entry(kind.clone()).or_default();
        let ordinal = *count;
        *count += 1;
        let Some(rule) = layers::rule(&kind) else {
            let named = layer.name.as_ref().map_or(String::new(), |name| format!("`{name}`: "));
            let help = suggestion(&kind, &kinds());
            self.errors.at(&layer.kind, format!("{named}there is no layer `{kind}`\n{help}"));
            return Facts::unknown();
        };
        let around = Surroundings { place, ordinal, input, root: self.root };
        let call = Call::new(rule, layer, label.to_owned(), around, self.errors);
        let (facts, assertions) = layers::check(rule, &call);
        self.assertions.extend(assertions);
        facts
    }

    fn check_countable(&self, layer: &LayerAst, label: &str, facts: &Facts) {
        let weights = facts.parameters.iter().map(layers::Parameter::len).find(|len| !len.is_countable());
        let values = match &facts.output {
            Output::New(sizes) => Some(Size::product(sizes)).filter(|values| !values.is_countable()),
            _ => None,
        };
        let found = match (weights, values) {
            (Some(weights), _) => format!("{weights} weights"),
            (None, Some(values)) => format!("{values} outputs"),
            (None, None) => return,
        };
        let message =
            format!("`{label}`: it would have {found}, more than {LARGEST}\nhelp: make it or its input smaller");
        self.errors.at(&layer.tokens, message);
    }

    /// The shape that goes on: where the user stated one, that one.
    fn annotated(&mut self, place: usize, layer: &LayerAst, label: &str, computed: Option<Shape>) -> Option<Shape> {
        let Some(annotation) = &layer.annotation else { return computed };
        let Some(stated) = check_shape(annotation, label, &mut self.assertions, self.errors) else { return computed };
        let Some(shape) = &computed else { return Some(Shape::new(stated, Origin::layer(place, label))) };
        let ranks_agree = stated.len() == shape.sizes().len();
        let pairs = || stated.iter().zip(shape.sizes());
        if !ranks_agree || pairs().any(|(stated, size)| stated.equals(size) == Some(false)) {
            let (stated_text, help) = (list(&stated), format!("help: write `-> {shape}`, or change the layer"));
            let origin = match &layer.name {
                Some(_) => format!("`{}`", wording::source(&layer.tokens)),
                None => String::from("the layer"),
            };
            self.errors.at(
                &annotation.tokens,
                format!("`{label}`: the output is {shape}, not {stated_text}\n{origin} makes it of its input\n{help}"),
            );
            return Some(Shape::new(stated, Origin::layer(place, label)));
        }
        let sizes = stated.clone();
        for (stated, size) in pairs().filter(|(stated, size)| stated.equals(size).is_none()) {
            self.assertions.push(Assertion {
                // Zero is what the runtime's `window_positions` returns for sizes that have a message of their own.
                condition: quote!(#size == 0 || #size == #stated),
                message: format!("`{label}`: the output is not {}: `{stated}` differs", list(&sizes)),
                blame: annotation.tokens.clone(),
            });
        }
        computed
    }

    /// Docs and `#[frozen]`.
    fn check_attributes(&self, layer: &LayerAst, label: &str, facts: &Facts) -> bool {
        let mut frozen = false;
        for attribute in layer.attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
            let path = wording::source(&quote::ToTokens::to_token_stream(attribute.path()));
            if path != "frozen" {
                let help = suggestion(&path, &["frozen"]);
                self.errors.at(attribute, format!("`{label}`: a layer has no attribute `{path}`\n{help}"));
            } else if attribute.meta.require_path_only().is_err() {
                self.errors.at(attribute, format!("`{label}`: `frozen` takes no arguments\nhelp: write `#[frozen]`"));
            } else if facts.parameters.is_empty() {
                self.errors.at(
                    attribute,
                    format!("`{label}`: it has no parameters that could be frozen\nhelp: remove `#[frozen]`"),
                );
            } else {
                frozen = true;
            }
        }
        frozen
    }
}

/// How messages call a layer: its name, or what it looks like.
fn label(layer: &LayerAst) -> String {
    /// Longer than this, a layer is called by its kind.
    const LONGEST: usize = 48;
    match &layer.name {
        Some(name) => name.to_string(),
        None => {
            let text = wording::source(&layer.tokens);
            if text.chars().count() <= LONGEST { text } else { layer.kind.to_string() }
        }
    }
}
