//! [`NetworkAst`] to [`CheckedNetwork`]: threads one shape through the layers.
//!
//! After an error the check goes on, with the shape that the user stated or with what can still be known; an unknown
//! shape silences whatever would only follow from the error.

mod blocks;
mod input;
mod repeat;
mod residual;
mod thread;

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Visibility};

use crate::errors::Errors;
use crate::layers::{self, Facts};
use crate::names;
use crate::shape::{Assertion, Origin, Shape};
use crate::size::{LARGEST, Size};
use crate::syntax::{InputAst, Item, NetworkAst};
use crate::wording;
use input::check_input;
use thread::Thread;

pub use thread::dotted;

/// A declaration without errors; or, for the items beside the errors, the best guess at one.
pub struct CheckedNetwork {
    pub root: TokenStream,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    /// `f32` or `f64`.
    pub scalar: Ident,
    pub input: Shape,
    /// All layers, in the order of their computation; those of blocks among them.
    pub layers: Vec<CheckedLayer>,
    pub blocks: Vec<CheckedBlock>,
    /// What the compiler must check.
    pub assertions: Vec<Assertion>,
    /// Every name in the user's expressions: generated names must not take their meaning away.
    pub mentioned: BTreeSet<String>,
}

/// A layer whose arguments suit its input, or the end of a block where its branches meet.
pub struct CheckedLayer {
    /// The names of the blocks that hold it, and its own: the user's, or kind and place. Unique in the network.
    pub path: Vec<Ident>,
    /// What tells its types and fields from others of the same name, which have been reported: empty without errors.
    pub mark: String,
    pub kind: String,
    /// As the user typed it, without the name.
    pub text: String,
    pub docs: Vec<Attribute>,
    pub frozen: bool,
    pub facts: Facts,
    /// Where its input comes from; several where branches meet.
    pub sources: Vec<Source>,
    pub output: Shape,
}

/// Where values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Input,
    /// The layer of this index.
    Layer(usize),
}

/// A block, a branch or one copy of a repeated block: what its layers' fields stand in.
pub struct CheckedBlock {
    pub path: Vec<Ident>,
    /// As of a layer.
    pub mark: String,
    /// As the user typed it, without what is in it.
    pub text: String,
    pub docs: Vec<Attribute>,
}

pub fn check(network: NetworkAst, errors: &Errors) -> CheckedNetwork {
    let mentioned = mentioned(&network);
    let inputs = inputs(&network.items);
    check_attributes(&network, errors);
    let scalar = check_scalar(&network, errors);
    let mut assertions = Vec::new();
    let input = check_input(&network, &inputs, &mut assertions, errors);
    check_not_empty(&network, errors);
    let thread = Thread::new(&network, &scalar, assertions, errors);
    let (mut layers, mut blocks, assertions) = thread.run(input.as_ref());
    names::check_types(&network.name, &mut layers, &mut blocks, errors);
    check_total(&network.name, &layers, errors);
    let NetworkAst { root, attributes, visibility, name, .. } = network;
    let input = input.unwrap_or_else(unknown);
    CheckedNetwork { root, attributes, visibility, name, scalar, input, layers, blocks, assertions, mentioned }
}

/// What stands in for a shape that an error made unknowable.
fn unknown() -> Shape {
    Shape::new(vec![Size::ONE], Origin::input())
}

fn inputs(items: &[Item]) -> Vec<(usize, &InputAst)> {
    let items = items.iter().enumerate();
    items.filter_map(|(place, item)| if let Item::Input(input) = item { Some((place, input)) } else { None }).collect()
}

/// The names in the expressions of a declaration.
fn mentioned(network: &NetworkAst) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut streams: Vec<TokenStream> = Vec::new();
    let mut items: Vec<&Item> = network.items.iter().collect();
    while let Some(item) = items.pop() {
        let (tokens, shape) = match item {
            Item::Input(input) => (None, Some(&input.shape)),
            Item::Layer(layer) => (Some(&layer.tokens), layer.annotation.as_ref()),
            Item::Block(block) => (Some(&block.header.tokens), block.header.annotation.as_ref()),
            Item::Branch(_) => (None, None),
        };
        streams.extend(tokens.cloned());
        streams.extend(shape.map(|shape| shape.tokens.clone()));
        items.extend(item.items());
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
    if text.starts_with("const ") {
        // Its parameters are one slice, which bytemuck grants to no generic struct; and stable Rust computes no array
        // length from a parameter, such as that of a buffer for the larger of two layers.
        let message = format!(
            "`{name}`: a network has its sizes where it is declared, found `<{text}>`\nhelp: write `struct {name}`, in a `macro_rules!` that takes the sizes if there are to be several"
        );
        errors.at(scalar, message);
        return single;
    }
    errors.at(
        if scalar.is_empty() { quote!(#name) } else { scalar.clone() },
        format!("`{name}`: a network computes in `f32` or `f64`, found `<{text}>`\nhelp: write `struct {name}<f64>`, or `struct {name}` for `f32`"),
    );
    single
}

fn check_not_empty(network: &NetworkAst, errors: &Errors) {
    let is_empty = network.items.iter().all(|item| matches!(item, Item::Input(_)));
    // A layer that could not be parsed is no reason to call the network empty.
    if is_empty && errors.count() == 0 {
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

#[cfg(test)]
mod tests;
