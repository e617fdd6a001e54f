//! What may stand in the parentheses of a kind of layer or block.

/// A kind of layer or block, and what may stand in its parentheses.
#[derive(Clone, Copy)]
pub struct Signature {
    pub kind: &'static str,
    pub arguments: &'static [ArgumentRule],
}

/// An argument that a layer takes.
pub struct ArgumentRule {
    pub name: &'static str,
    /// Whether it may stand without its name.
    pub positional: bool,
}

impl ArgumentRule {
    pub const fn positional(name: &'static str) -> Self {
        Self { name, positional: true }
    }

    pub const fn named(name: &'static str) -> Self {
        Self { name, positional: false }
    }
}
