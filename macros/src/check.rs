//! [`NetworkAst`] to [`CheckedNetwork`]: threads one shape through the layers.
//!
//! After an error the check goes on, with the shape that the user stated or with what can still be known; an unknown
//! shape silences whatever would only follow from the error.

mod blocks;
mod expressible;
mod generics;
mod input;
mod repeat;
mod residual;
mod thread;

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Visibility};

use crate::deferred::{Assertion, Constant, Deferred};
use crate::errors::Errors;
use crate::layers::{self, Facts};
use crate::names;
use crate::shape::{Origin, Shape};
use crate::size::{LARGEST, Size};
use crate::syntax::{InputAst, Item, NetworkAst};
use generics::{Generics, check_generics};
use input::check_input;
use thread::Thread;

pub use blocks::braces;
pub use thread::dotted;

/// A declaration without errors; or, for the items beside the errors, the best guess at one.
pub struct CheckedNetwork {
    pub root: TokenStream,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    /// `f32` or `f64`.
    pub scalar: Ident,
    /// The const parameters.
    pub parameters: Vec<Ident>,
    pub input: Shape,
    /// All layers, in the order of their computation; those of blocks among them.
    pub layers: Vec<CheckedLayer>,
    pub blocks: Vec<CheckedBlock>,
    /// The user's constant expressions.
    pub constants: Vec<Constant>,
    /// What the compiler must check.
    pub assertions: Vec<Assertion>,
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
    let inputs = inputs(&network.items);
    check_attributes(&network, errors);
    let Generics { scalar, parameters } = check_generics(&network, errors);
    let deferred = Deferred::new(&network.name, &parameters);
    let input = check_input(&network, &inputs, &deferred, errors);
    check_not_empty(&network, errors);
    let thread = Thread::new(&network, &deferred, errors);
    let (mut layers, mut blocks) = thread.run(input.as_ref());
    names::check_types(&network.name, &mut layers, &mut blocks, errors);
    check_total(&network.name, &layers, errors);
    let NetworkAst { root, attributes, visibility, name, .. } = network;
    let input = input.unwrap_or_else(unknown);
    let (constants, assertions) = deferred.into_parts();
    CheckedNetwork {
        root,
        attributes,
        visibility,
        name,
        scalar,
        parameters,
        input,
        layers,
        blocks,
        constants,
        assertions,
    }
}

/// What stands in for a shape that an error made unknowable.
fn unknown() -> Shape {
    Shape::new(vec![Size::ONE], Origin::input())
}

fn inputs(items: &[Item]) -> Vec<(usize, &InputAst)> {
    let items = items.iter().enumerate();
    items.filter_map(|(place, item)| if let Item::Input(input) = item { Some((place, input)) } else { None }).collect()
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
