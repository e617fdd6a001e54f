//! What a layer stands in, and what comes to it.

use proc_macro2::{Ident, TokenStream};
use syn::Attribute;

use crate::checked::Producer;
use crate::names::dotted;
use crate::shape::Shape;
use crate::syntax::{Item, LayerAst};
use crate::wording;

/// Values on their way: where they come from, and their shape unless an error made it unknowable.
#[derive(Clone)]
pub struct Flow {
    pub producer: Producer,
    pub shape: Option<Shape>,
}

/// What a layer stands in.
pub struct Scope {
    /// The names of the blocks around it, outermost first.
    pub path: Vec<Ident>,
    /// Whether one of them is `#[frozen]`.
    pub frozen: bool,
    /// Whether it may begin with an input: the network and a branch may.
    pub is_way: bool,
}

impl Scope {
    pub fn path_to(&self, name: &Ident) -> Vec<Ident> {
        self.path.iter().chain([name]).cloned().collect()
    }
}

/// How messages call a layer: its name and those of the blocks around it, or what it looks like.
pub fn label(layer: &LayerAst, path: &[Ident]) -> String {
    /// Longer than this, a layer is called by its kind.
    const LONGEST: usize = 48;
    if layer.name.is_some() {
        return dotted(path);
    }
    let text = wording::source(&layer.tokens);
    if text.chars().count() <= LONGEST { text } else { layer.kind.to_string() }
}

/// The docs that the user wrote.
pub fn docs(layer: &LayerAst) -> Vec<Attribute> {
    docs_of(&layer.attributes)
}

/// Those of some attributes that are docs.
pub fn docs_of(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// The tokens to underline where the last of some layers is wrong.
pub fn last(items: &[Item]) -> Option<&TokenStream> {
    match items.last()? {
        Item::Layer(layer) => Some(&layer.tokens),
        Item::Block(block) => Some(&block.header.tokens),
        Item::Branch(branch) => Some(&branch.tokens),
        Item::Input(_) | Item::Inputs(_) => None,
    }
}
