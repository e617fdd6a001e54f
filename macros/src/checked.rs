//! A checked declaration: what the check hands to the plan.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Token, Visibility};

use crate::deferred::{Assertion, UserConstant};
use crate::layers::Facts;
use crate::shape::Shape;
use crate::size::Size;

/// A declaration without errors; or, for the items beside the errors, the best guess at one.
pub struct CheckedNetwork {
    pub root: TokenStream,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub keyword: Token![struct],
    pub name: Ident,
    /// `f32` or `f64`.
    pub scalar: Ident,
    /// The const parameters.
    pub parameters: Vec<Ident>,
    pub input: Shape,
    /// Its parts, where it has several; each is a layer, of the first ones.
    pub inputs: Vec<CheckedInput>,
    /// All layers, in the order of their computation; those of blocks among them.
    pub layers: Vec<CheckedLayer>,
    pub blocks: Vec<CheckedBlock>,
    /// The branches of the `concat` that ends the network, if all have names.
    pub heads: Vec<CheckedHead>,
    /// The user's constant expressions.
    pub constants: Vec<UserConstant>,
    /// What the compiler must check.
    pub assertions: Vec<Assertion>,
}

/// One of several inputs.
pub struct CheckedInput {
    pub name: Ident,
    /// As the user typed its shape.
    pub text: String,
    pub docs: Vec<Attribute>,
    /// Values of one sample in the inputs before it.
    pub before: Size,
    /// `None` if an error made it unknowable.
    pub shape: Option<Shape>,
}

/// A branch of the `concat` that ends a network.
pub struct CheckedHead {
    pub name: Ident,
    /// Where its numbers come from.
    pub producer: Producer,
    pub shape: Shape,
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
    pub producers: Vec<Producer>,
    pub output: Shape,
}

/// Where values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Producer {
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

impl CheckedBlock {
    /// Whether it has a field for parameters.
    pub fn has_parameters(&self, layers: &[CheckedLayer]) -> bool {
        let is_within = |layer: &CheckedLayer| layer.path.len() > self.path.len() && layer.path.starts_with(&self.path);
        layers.iter().any(|layer| is_within(layer) && !layer.facts.parameters.is_empty())
    }
}
