//! What the user wrote, with their tokens kept.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Expr, Token, Visibility};

/// A whole declaration.
pub struct NetworkAst {
    /// The path of the crate `castnet`: `$crate` or `::castnet`.
    pub root: TokenStream,
    /// Docs, derives and other attributes on the struct.
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    pub keyword: Token![struct],
    pub name: Ident,
    /// What stands between `<` and `>` behind the name.
    pub generics: Option<TokenStream>,
    pub items: Vec<Item>,
}

/// What stands between two commas.
pub enum Item {
    /// `input: [1, 28, 28]`
    Input(InputAst),
    /// `input: { image: [1, 28, 28], speed: [3] }`
    Inputs(InputsAst),
    /// `conv1: conv2d(6, kernel = 5) -> [6, 24, 24]`
    Layer(LayerAst),
    /// `block1: residual(project) { .. }`
    Block(BlockAst),
    /// `left: { .. }`, one of the ways through a `concat` or `sum`.
    Branch(BranchAst),
}

/// Layers in braces.
pub struct BlockAst {
    /// What stands before the braces, and the annotation behind them.
    pub header: LayerAst,
    pub items: Vec<Item>,
}

/// Braces without a kind.
pub struct BranchAst {
    pub attributes: Vec<Attribute>,
    pub name: Option<Ident>,
    pub items: Vec<Item>,
    /// Name and braces as written, for underlines.
    pub tokens: TokenStream,
}

/// Several inputs, each with a name.
pub struct InputsAst {
    pub attributes: Vec<Attribute>,
    pub parts: Vec<InputAst>,
    pub name: Ident,
    /// `input`, for underlines.
    pub tokens: TokenStream,
}

/// A name and a shape.
pub struct InputAst {
    pub attributes: Vec<Attribute>,
    /// The name; `input` where the declaration is right, or that of one of several.
    pub name: Option<Ident>,
    pub shape: ShapeAst,
    /// Of tokens: how many there are.
    pub limit: Option<LimitAst>,
}

/// What stands behind `tokens[32]`.
pub struct LimitAst {
    /// `None` where it could not be read, which has been reported.
    pub value: Option<Expr>,
    /// `tokens[32] < 1000`, for underlines.
    pub tokens: TokenStream,
    /// As of an argument.
    pub number: usize,
}

/// A layer, and whether its arguments could be read.
pub struct LayerAst {
    pub attributes: Vec<Attribute>,
    pub name: Option<Ident>,
    pub kind: Ident,
    /// Kind and arguments as written, for underlines.
    pub tokens: TokenStream,
    pub arguments: Vec<Argument>,
    /// What stands behind `->`.
    pub annotation: Option<ShapeAst>,
}

/// `6` or `kernel = 5`.
pub struct Argument {
    pub name: Option<Ident>,
    /// `None` where it could not be read, which has been reported.
    pub value: Option<Expr>,
    /// Name and value as written, for underlines.
    pub tokens: TokenStream,
    /// Place among all arguments and shapes of the declaration: what it is known again by.
    pub number: usize,
}

/// `[6, 24, 24]`
pub struct ShapeAst {
    /// `None` where the sizes could not be read, which has been reported.
    pub sizes: Option<Vec<Expr>>,
    /// Brackets and what is between them, for underlines.
    pub tokens: TokenStream,
    /// As of an argument.
    pub number: usize,
}
