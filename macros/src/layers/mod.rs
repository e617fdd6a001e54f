//! The layer kinds: one file each, with the same verbs.
//!
//! A rule reads the layer's arguments, checks them against the shape that comes in, and states the facts from which
//! everything else follows: what comes out, which parameters there are, and which call of the runtime does the work.
//! A new kind is a file here with a [`LayerRule`] and a line in [`RULES`].

mod avg_pool2d;
mod batch_norm;
mod call;
mod conv2d;
mod custom;
mod dense;
mod dropout;
mod flatten;
mod initializers;
mod leaky_relu;
mod max_pool2d;
mod pooling;
mod relu;
mod sigmoid;
mod softmax;
mod tanh;
mod window;

#[cfg(test)]
mod testing;

use proc_macro2::TokenStream;

use crate::size::Size;

pub use call::{Call, Surroundings, read_size, text};
pub use initializers::Initializer;

/// Every layer kind.
const RULES: &[&dyn LayerRule] = &[
    &dense::Dense,
    &conv2d::Conv2d,
    &max_pool2d::MaxPool2d,
    &avg_pool2d::AvgPool2d,
    &flatten::Flatten,
    &relu::Relu,
    &leaky_relu::LeakyRelu,
    &sigmoid::Sigmoid,
    &tanh::Tanh,
    &softmax::Softmax,
    &dropout::Dropout,
    &batch_norm::BatchNorm,
    &custom::Custom,
];

/// What the macro knows about one kind of layer.
pub trait LayerRule: Sync {
    /// The kind's name in declarations.
    fn kind(&self) -> &'static str;

    /// What may stand in parentheses; positional ones first.
    fn arguments(&self) -> &'static [ArgumentRule] {
        &[]
    }

    /// Reads the arguments, reports what is wrong with them or with the shape that comes in, and states the facts.
    ///
    /// After an error the facts are the best guess: the check goes on with them, and the items that are emitted
    /// beside the error have their names and types from them.
    fn check(&self, call: &Call<'_>) -> Facts;

    /// What a use of it is compared with.
    fn signature(&self) -> Signature {
        Signature { kind: self.kind(), arguments: self.arguments() }
    }
}

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

/// The rule for a kind.
pub fn rule(kind: &str) -> Option<&'static dyn LayerRule> {
    RULES.iter().copied().find(|rule| rule.kind() == kind)
}

/// The names of all kinds.
pub fn kinds() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.kind()).collect()
}

/// What a layer of a declaration is and does.
#[derive(Clone, Debug)]
pub struct Facts {
    pub output: Output,
    pub action: Action,
    pub parameters: Vec<Parameter>,
    pub view: View,
    pub activation: Option<Activation>,
    /// Multiplications with an addition for one sample.
    pub multiply_adds: Size,
}

/// The shape that a layer makes of its input's.
#[derive(Clone, Debug)]
pub enum Output {
    /// The input's.
    Same,
    New(Vec<Size>),
    /// An error made it unknowable.
    Unknown,
}

/// How a layer takes part in a pass.
#[derive(Clone, Debug)]
pub enum Action {
    /// Reads one buffer and writes another: the runtime's trait `Layer`.
    Move {
        value: Value,
        /// Whether its backward pass reads what its forward pass wrote.
        needs_output: bool,
    },
    /// Works where the values stand: the runtime's trait `InPlace`.
    InPlace {
        value: TokenStream,
        /// Whether its backward pass reads what its forward pass wrote.
        needs_output: bool,
        /// Whether it does anything at inference.
        at_inference: bool,
    },
    /// Needs the whole batch: the runtime's trait `BatchLayer`.
    Batch {
        value: TokenStream,
        /// Groups of features with statistics of their own.
        channels: Size,
    },
    /// Adds the values of several branches.
    Add,
    /// Puts the values of several branches side by side.
    Concat,
    /// Does not touch the values.
    Nothing,
}

/// An expression for the layer's value, within `castnet::layers`.
#[derive(Clone, Debug)]
pub enum Value {
    /// `Dense::<400, 120, true>::new()`
    Plain(TokenStream),
    /// A whole expression: a value of a type that the user names.
    Own(TokenStream),
    /// `Conv2d::<G>::new()`, where `G` is generated and implements a trait of constants.
    Shaped(Geometry),
}

/// The constants of a layer whose sizes are too many for generic arguments.
#[derive(Clone, Debug)]
pub struct Geometry {
    /// The layer's type.
    pub layer: &'static str,
    /// The trait of the constants.
    pub interface: &'static str,
    pub constants: Vec<(&'static str, Constant)>,
}

/// The value of one of a geometry's constants.
#[derive(Clone, Debug)]
pub enum Constant {
    Size(Size),
    Sizes(Vec<Size>),
    Flag(bool),
}

/// One field of a layer's struct.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub rows: Size,
    /// `None` for a vector.
    pub columns: Option<Size>,
    pub start: Start,
    pub changed_by: ChangedBy,
    /// What it is, for the field's documentation.
    pub meaning: String,
}

impl Parameter {
    pub fn len(&self) -> Size {
        self.columns.as_ref().map_or_else(|| self.rows.clone(), |columns| self.rows.times(columns))
    }
}

/// What a parameter is before training.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // There is one for each parameter of a declaration.
pub enum Start {
    Zeros,
    Ones,
    /// What the layer itself says.
    Own,
    Weights {
        /// `None`: what suits the activation that follows.
        initializer: Option<Initializer>,
        /// Inputs that one output is computed from.
        fan_in: Size,
        /// Outputs that one input goes into.
        fan_out: Size,
    },
}

/// Who changes a parameter in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedBy {
    Optimizer,
    ForwardPass,
}

/// Which of its inputs one output value of a layer depends on.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // There is one for each layer of a declaration.
pub enum View {
    /// The one at its place.
    Same,
    /// A window that moves by a stride: height and width of both.
    Window { kernel: [Size; 2], stride: [Size; 2] },
    /// All.
    Everything,
}

/// What an activation is to the layer of weights before it: decides on the default initialisation. One that keeps
/// [`View::Same`] also implements the runtime's trait `Activation`, so that its neighbours can apply it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Rectifying,
    Other,
}

impl Facts {
    /// A layer that keeps the shape and has no parameters.
    pub fn in_place(value: TokenStream, needs_output: bool) -> Self {
        Self {
            output: Output::Same,
            action: Action::InPlace { value, needs_output, at_inference: true },
            parameters: Vec::new(),
            view: View::Same,
            activation: None,
            multiply_adds: Size::ZERO,
        }
    }

    /// An activation function, element by element: the runtime's traits `InPlace` and `Activation`.
    pub fn activation(value: TokenStream, activation: Activation) -> Self {
        Self { activation: Some(activation), ..Self::in_place(value, true) }
    }

    /// The end of a block, where branches meet in a new shape.
    pub fn join(action: Action, output: Output) -> Self {
        Self { output, action, ..Self::in_place(TokenStream::new(), false) }
    }

    /// A layer of an unknown kind: it might have weights and biases.
    pub fn unknown() -> Self {
        let parameter = |name, columns| Parameter {
            name,
            rows: Size::ONE,
            columns,
            start: Start::Zeros,
            changed_by: ChangedBy::Optimizer,
            meaning: String::from("Unknown"),
        };
        Self {
            output: Output::Unknown,
            action: Action::Nothing,
            parameters: vec![parameter("weight", Some(Size::ONE)), parameter("bias", None)],
            view: View::Same,
            activation: None,
            multiply_adds: Size::ZERO,
        }
    }
}
