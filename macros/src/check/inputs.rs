//! Several inputs: `input: { image: [1, 28, 28], speed: [3] }`, and where a name goes on with one of them.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

use super::expressible::check_expressible;
use super::input::{check_input, check_numbers_or_tokens, check_second};
use super::naming::is_usable;
use super::scope::{Flow, Scope, docs_of};
use super::shape_check::ShapeCheck;
use crate::checked::{CheckedInput, CheckedLayer, Producer};
use crate::deferred::Deferred;
use crate::errors::Errors;
use crate::layers::{self, Facts};
use crate::shape::{Shape, ShapeOrigin};
use crate::size::{LARGEST, Size};
use crate::syntax::{BlockAst, BranchAst, InputAst, InputsAst, Item, LayerAst, NetworkAst};
use crate::wording;

/// What comes in.
pub struct Inputs {
    /// All of it: the one input, or as many features as several have together.
    pub whole: Option<Shape>,
    /// The inputs, if there are several.
    pub parts: Vec<CheckedInput>,
}

pub fn check_inputs(network: &NetworkAst, scalar: &Ident, deferred: &Deferred, errors: &Errors) -> Inputs {
    let named: Vec<(usize, &InputsAst)> = places(network, |item| match item {
        Item::Inputs(inputs) => Some(inputs),
        _ => None,
    });
    let single: Vec<(usize, &InputAst)> = places(network, |item| match item {
        Item::Input(input) => Some(input),
        _ => None,
    });
    let Some(((place, inputs), others)) = named.split_first() else {
        return Inputs { whole: check_input(network, &single, scalar, deferred, errors), parts: Vec::new() };
    };
    for (_, other) in others {
        errors.at(
            &other.tokens,
            "a network has one `input`, and this is a second one\nhelp: put all inputs in its braces",
        );
    }
    single.iter().for_each(|(_, other)| check_second(other, errors));
    if *place > 0 {
        errors.at(&inputs.tokens, "`input` stands behind a layer\nhelp: move it to the beginning");
    }
    if let Some(attribute) = inputs.attributes.iter().find(|attribute| !attribute.path().is_ident("doc")) {
        errors.at(attribute, "`input` takes no attributes\nhelp: remove it");
    }
    let parts = check_parts(network, inputs, scalar, deferred, errors);
    Inputs { whole: whole(inputs, &parts, deferred, errors), parts }
}

fn places<'a, T>(network: &'a NetworkAst, of: impl Fn(&'a Item) -> Option<T>) -> Vec<(usize, T)> {
    network.items.iter().enumerate().filter_map(|(place, item)| Some((place, of(item)?))).collect()
}

fn check_parts(
    network: &NetworkAst,
    inputs: &InputsAst,
    scalar: &Ident,
    deferred: &Deferred,
    errors: &Errors,
) -> Vec<CheckedInput> {
    if let ([], 0) = (inputs.parts.as_slice(), errors.count()) {
        let help = "help: write `input: { image: [1, 28, 28], speed: [3] }`, or `input: [features]`";
        errors.at(&inputs.tokens, format!("the braces of `input` are empty\n{help}"));
    }
    if let ([one], 0) = (inputs.parts.as_slice(), errors.count()) {
        let shape = wording::source(&one.shape.tokens);
        errors.at(&inputs.tokens, format!("one input needs no name of its own\nhelp: write `input: {shape}`"));
    }
    let (mut parts, mut taken, mut before) = (Vec::new(), BTreeSet::new(), Size::ZERO);
    for part in &inputs.parts {
        let Some(name) = &part.name else {
            let shape = wording::source(&part.shape.tokens);
            errors.at(&part.shape.tokens, format!("each input has a name\nhelp: write for instance `image: {shape}`"));
            continue;
        };
        check_attributes(name, part, errors);
        let is_free = check_name(network, name, errors) && is_first(&mut taken, name, errors);
        let origin = ShapeOrigin::named_input(&name.to_string());
        let shape = check_numbers_or_tokens(part, &name.to_string(), origin, scalar, deferred, errors);
        if !is_free {
            continue;
        }
        let text = wording::source(part.limit.as_ref().map_or(&part.shape.tokens, |limit| &limit.tokens));
        let values = shape.as_ref().map_or(Size::ONE, Shape::values);
        parts.push(CheckedInput {
            name: name.clone(),
            text,
            docs: docs_of(&part.attributes),
            before: before.clone(),
            shape,
        });
        before = before.plus(&values);
    }
    parts
}

fn check_attributes(name: &Ident, part: &InputAst, errors: &Errors) {
    if let Some(attribute) = part.attributes.iter().find(|attribute| !attribute.path().is_ident("doc")) {
        errors.at(attribute, format!("`{name}`: an input takes no attributes\nhelp: remove it"));
    }
}

/// Whether the name means nothing else where the network is declared.
fn check_name(network: &NetworkAst, name: &Ident, errors: &Errors) -> bool {
    let text = name.to_string();
    if layers::rule(&text).is_some() || layers::braces(&text).is_some() {
        let message = format!("`{text}` is a kind of layer or block and cannot name an input\nhelp: rename the input");
        errors.at(name, message);
        return false;
    }
    if !is_usable(&network.name, true, name, errors) {
        return false;
    }
    let layer = network.items.iter().find_map(|item| match item {
        Item::Layer(LayerAst { name: Some(other), .. }) if other == name => Some(other),
        Item::Block(BlockAst { header: LayerAst { name: Some(other), .. }, .. }) if other == name => Some(other),
        _ => None,
    });
    if let Some(layer) = layer {
        errors.at(layer, format!("`{text}` names an input and a layer\nhelp: rename the layer"));
    }
    true
}

fn is_first(taken: &mut BTreeSet<String>, name: &Ident, errors: &Errors) -> bool {
    let is_first = taken.insert(name.to_string());
    if !is_first {
        errors.at(name, format!("two inputs have the name `{name}`\nhelp: rename one of them"));
    }
    is_first
}

/// All inputs, one behind the other.
fn whole(inputs: &InputsAst, parts: &[CheckedInput], deferred: &Deferred, errors: &Errors) -> Option<Shape> {
    let shapes: Vec<&Shape> = parts.iter().map(|part| part.shape.as_ref()).collect::<Option<_>>()?;
    let values: Vec<Size> = shapes.into_iter().map(Shape::values).collect();
    let total = Size::sum(&values);
    let message =
        |what: &str| format!("`input`: the inputs have more than {LARGEST} values together{what} smaller sizes");
    if !total.is_countable() {
        errors.at(&inputs.tokens, message("\nhelp: write"));
        return None;
    }
    deferred.assert_countable(&total, &inputs.tokens, message(": write"));
    let sizes = vec![total];
    check_expressible(&sizes, "input", &inputs.tokens, errors)?;
    Some(Shape::new(sizes, ShapeOrigin::input()))
}

impl ShapeCheck<'_> {
    /// Each input as a layer that takes its part of what comes in. Returns where the network begins.
    pub fn begin(&mut self, inputs: &Inputs) -> Flow {
        let whole = Flow { producer: Producer::Input, shape: inputs.whole.clone() };
        for (place, part) in inputs.parts.iter().enumerate() {
            let CheckedInput { name, text, docs, before, shape } = part;
            let output = shape.clone().unwrap_or_else(Shape::unknown);
            self.layers.push(CheckedLayer {
                path: vec![name.clone()],
                mark: String::new(),
                kind: String::from("input"),
                text: text.clone(),
                docs: docs.clone(),
                frozen: false,
                facts: Facts::slice(before.clone(), output.sizes().to_vec()),
                producers: vec![Producer::Input],
                output,
            });
            self.inputs.push((name.clone(), Flow { producer: Producer::Layer(place), shape: shape.clone() }));
        }
        self.inputs.first().map_or(whole, |(_, first)| first.clone())
    }

    /// The input that an item names, if it names one.
    pub fn named_input(&self, item: &Item) -> Option<&Flow> {
        let Item::Layer(layer) = item else { return None };
        let is_called = |(name, _): &&(Ident, Flow)| *name == wording::source(&layer.tokens);
        self.inputs.iter().find(is_called).map(|(_, flow)| flow)
    }

    /// Goes on with an input, at the beginning of the network or a branch.
    pub fn go_on_with(&mut self, layer: &LayerAst, scope: &Scope, is_first: bool, input: Flow) -> Flow {
        let name = &layer.kind;
        if !is_first || !scope.is_way {
            let help = format!("help: begin a branch with it, for instance `concat {{ {{}}, {{ {name} }} }}`");
            self.errors.at(name, format!("`{name}` is an input, and an input begins the network or a branch\n{help}"));
        }
        if let Some(other) = &layer.name {
            self.errors.at(other, format!("`{name}` is an input, and has its name\nhelp: write `{name}`"));
        }
        self.check_attributes(layer, &name.to_string(), false);
        let shape = self.annotated(self.layers.len(), layer, &name.to_string(), None, input.shape.clone());
        Flow { shape, ..input }
    }

    /// What comes into a block is lost if each of its branches begins with an input, and nobody else reads it.
    pub fn check_continued(&mut self, block: &BlockAst, branches: &[(&BranchAst, Flow)], input: &Flow) {
        let begins = |branch: &BranchAst| branch.items.first().is_some_and(|item| self.named_input(item).is_some());
        if !branches.is_empty() && branches.iter().all(|(branch, _)| begins(branch)) {
            self.left.push((input.producer, block.header.tokens.clone()));
        }
    }

    /// Each input, and what comes into each block, is there to be read.
    pub fn check_all_read(&self, output: &Flow) {
        if self.errors.count() > 0 {
            return;
        }
        let is_read = |producer: Producer| {
            producer == output.producer || self.layers.iter().any(|layer| layer.producers.contains(&producer))
        };
        for (name, flow) in &self.inputs {
            if !is_read(flow.producer) {
                let help = format!(
                    "help: begin a branch with it, for instance `concat {{ {{}}, {{ {name} }} }}`, or remove it"
                );
                self.errors.at(name, format!("the input `{name}` is not used\n{help}"));
            }
        }
        if let Some(limit) = output.shape.as_ref().and_then(Shape::limit) {
            let name = &self.network.name;
            let message = format!("`{name}` ends in tokens below {limit}, and nothing is computed of them");
            self.errors.at(name, format!("{message}\nhelp: put `embedding(16)` behind them"));
        }
        for (producer, block) in &self.left {
            let Producer::Layer(layer) = *producer else { continue };
            if layer >= self.inputs.len() && !is_read(*producer) {
                let text = &self.layers[layer].text;
                self.errors.at(block, lost(block, text));
            }
        }
    }
}

fn lost(block: &TokenStream, text: &str) -> String {
    let block = wording::source(&block.to_token_stream());
    format!(
        "each branch of `{block}` begins with an input, and what `{text}` makes is not used\nhelp: add a branch that goes on with it: `{{}}`"
    )
}
