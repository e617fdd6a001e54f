//! A checked declaration: what the check hands to the plan.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Token, Visibility};

use crate::deferred::{Assertion, UserConstant};
use crate::layers::Facts;
use crate::shape::Shape;

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
    /// All layers, in the order of their computation; those of blocks among them.
    pub layers: Vec<CheckedLayer>,
    pub blocks: Vec<CheckedBlock>,
    /// The user's constant expressions.
    pub constants: Vec<UserConstant>,
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
