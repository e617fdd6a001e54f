//! What a layer of a declaration is and does, as its rule states it.

use proc_macro2::TokenStream;

use super::initializers::Initializer;
use crate::size::Size;

/// What a layer of a declaration is and does.
#[derive(Clone, Debug)]
pub struct Facts {
    pub output: Output,
    pub action: Action,
    pub parameters: Vec<Parameter>,
    pub view: View,
    /// Of a layer that decides on the first weights of the one before it.
    pub hint: Option<WeightHint>,
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
        /// Whether at inference it can read samples as they lie, instead of lane groups.
        reads_samples: bool,
    },
    /// Works where the values stand: the runtime's trait `InPlace`.
    InPlace {
        value: Value,
        /// Whether its backward pass reads what its forward pass wrote.
        needs_output: bool,
        /// Whether it does anything at inference.
        at_inference: bool,
    },
    /// Needs the whole batch: the runtime's trait `BatchLayer`.
    Batch {
        value: Value,
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

impl Action {
    /// The layer's value, which does the work; branches meet without one.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Move { value, .. } | Self::InPlace { value, .. } | Self::Batch { value, .. } => Some(value),
            Self::Add | Self::Concat | Self::Nothing => None,
        }
    }

    /// The constants that have a type of their own.
    pub fn geometry(&self) -> Option<&Geometry> {
        match self.value()? {
            Value::Shaped(geometry) => Some(geometry),
            Value::Plain(_) | Value::Own(_) => None,
        }
    }
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
    pub constants: Vec<(&'static str, GeometryConstant)>,
}

/// The value of one of a geometry's constants.
#[derive(Clone, Debug)]
pub enum GeometryConstant {
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
    pub kind: ParameterKind,
    /// What it is, for the field's documentation.
    pub meaning: String,
}

impl Parameter {
    pub fn len(&self) -> Size {
        self.columns.as_ref().map_or_else(|| self.rows.clone(), |columns| self.rows.times(columns))
    }

    /// Whether an optimizer changes it, unless its layer is frozen; the forward pass changes the others.
    pub fn is_trained(&self) -> bool {
        self.kind != ParameterKind::RunningStatistic
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

/// What a parameter is to its layer, under the name of the runtime's `ParameterKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    Weight,
    Bias,
    Scale,
    Shift,
    RunningStatistic,
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
pub enum WeightHint {
    Rectifying,
    Other,
}

impl Facts {
    /// A layer that keeps the shape and has no parameters.
    pub fn in_place(value: TokenStream, needs_output: bool) -> Self {
        Self {
            output: Output::Same,
            action: Action::InPlace { value: Value::Plain(value), needs_output, at_inference: true },
            parameters: Vec::new(),
            view: View::Same,
            hint: None,
            multiply_adds: Size::ZERO,
        }
    }

    /// An activation function, element by element: the runtime's traits `InPlace` and `Activation`.
    pub fn activation(value: TokenStream, hint: WeightHint) -> Self {
        Self { hint: Some(hint), ..Self::in_place(value, true) }
    }

    /// The end of a block, where branches meet in a new shape.
    pub fn join(action: Action, output: Output) -> Self {
        Self { output, action, ..Self::in_place(TokenStream::new(), false) }
    }

    /// A layer of an unknown kind: it might have weights and biases.
    pub fn unknown() -> Self {
        let parameter = |name, columns, kind| Parameter {
            name,
            rows: Size::ONE,
            columns,
            start: Start::Zeros,
            kind,
            meaning: String::from("Unknown"),
        };
        Self {
            output: Output::Unknown,
            action: Action::Nothing,
            parameters: vec![
                parameter("weight", Some(Size::ONE), ParameterKind::Weight),
                parameter("bias", None, ParameterKind::Bias),
            ],
            view: View::Same,
            hint: None,
            multiply_adds: Size::ZERO,
        }
    }
}
