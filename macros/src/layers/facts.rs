//! What a layer of a declaration is and does, as its rule states it.

use proc_macro2::{Ident, TokenStream};

use super::initializers::Initializer;
use crate::names;
use crate::size::Size;

/// What a layer of a declaration is and does.
#[derive(Clone, Debug)]
pub struct Facts {
    pub output: Output,
    pub part: Part,
    pub parameters: Vec<Parameter>,
    pub view: View,
    /// Multiplications with an addition for one sample.
    pub multiply_adds: Size,
}

/// How a layer takes part in a pass. The runtime's type states the same, and the expansion has the compiler compare.
#[derive(Clone, Debug)]
pub struct Part {
    pub action: Action,
    /// The layer's value, which does the work; branches meet without one.
    pub value: Option<Value>,
    /// Of [`Action::Move`]: what of the forward pass its backward pass reads.
    pub reads: Reads,
    /// Of [`Action::InPlace`]: what its backward pass reads.
    pub keeps: Keeps,
    /// Of [`Action::Slice`]: values of one sample before the part.
    pub before: Size,
    /// Of [`Action::Move`]: numbers that its forward pass leaves for its backward pass.
    pub saved: Saved,
    /// Of a layer that needs the whole batch, which ends a stage: groups of features with statistics of their own.
    pub batch: Option<Size>,
    pub at_inference: AtInference,
    pub fuses: Fuses,
    /// Whether at inference it can read samples as they lie, instead of lane groups.
    pub reads_samples: bool,
    pub in_stream: InStream,
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

/// How a layer is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Reads one buffer and writes another: the runtime's traits `Layer` or, if it needs the batch, `BatchLayer`.
    Move,
    /// Works where the values stand: the runtime's trait `InPlace`. If it is an activation, the runtime's trait
    /// `Activation`, so that its neighbours can apply it.
    InPlace { is_activation: bool },
    /// Adds the values of several branches.
    Add,
    /// Puts the values of several branches side by side.
    Concat,
    /// Takes a part of the values, as many as its output has, behind [`Part::before`].
    Slice,
    /// Does not touch the values.
    Nothing,
}

/// What a backward pass reads of what the forward pass read and wrote: the runtime's type of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    pub input: bool,
    pub output: bool,
}

/// What the backward pass of a layer that works in place reads: the runtime's type of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Nothing,
    Output,
    Beside,
}

/// How many numbers a layer saves: the runtime's type of that name.
#[derive(Clone, Debug)]
pub struct Saved {
    pub per_sample: Size,
    pub per_group: Size,
}

/// What becomes of a layer at inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtInference {
    /// It is called as in training.
    Runs,
    /// It works where the values stand: the runtime's trait `InferInPlace`.
    InPlace,
    /// It leaves the values alone.
    Nothing,
}

/// What becomes of a layer in a network that is run frame by frame.
#[derive(Clone, Debug)]
pub enum InStream {
    /// It needs what has not come yet.
    Never,
    /// It does to each column what it does to a sequence: its value for one column, if it is not the same.
    ByColumn(Option<TokenStream>),
    /// It reads earlier columns too.
    Causal(Box<CausalWindow>),
}

/// A convolution that reads a column and earlier ones.
#[derive(Clone, Debug)]
pub struct CausalWindow {
    pub channels: Size,
    pub filters: Size,
    pub kernel: Size,
    pub dilation: Size,
    pub bias: bool,
}

impl CausalWindow {
    /// Numbers that it keeps of earlier columns.
    pub fn state(&self) -> Size {
        self.kernel.minus(&Size::ONE).times(&self.dilation).times(&self.channels)
    }
}

/// Which of its neighbours' activations a layer applies while its numbers are in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuses {
    /// The one behind it: the runtime's traits `FusedForward` and `BatchLayer`.
    pub forward: bool,
    /// The derivative of the one before it: the runtime's trait `FusedBackward`.
    pub backward: bool,
}

impl Reads {
    pub const NOTHING: Self = Self { input: false, output: false };
    pub const INPUT: Self = Self { input: true, output: false };
    pub const BOTH: Self = Self { input: true, output: true };
}

impl Saved {
    pub const NOTHING: Self = Self { per_sample: Size::ZERO, per_group: Size::ZERO };
}

impl Fuses {
    pub const NOTHING: Self = Self { forward: false, backward: false };
    pub const BOTH: Self = Self { forward: true, backward: true };
}

impl Part {
    /// A layer from one buffer to another that reads its input and saves nothing.
    pub fn moves(value: Value) -> Self {
        Self { action: Action::Move, value: Some(value), reads: Reads::INPUT, ..Self::without_value(Action::Nothing) }
    }

    /// A layer that changes values where they stand.
    pub fn in_place(value: TokenStream, keeps: Keeps) -> Self {
        let action = Action::InPlace { is_activation: false };
        Self { value: Some(Value::Plain(value)), keeps, ..Self::without_value(action) }
    }

    /// What takes no work of a layer's own.
    pub fn without_value(action: Action) -> Self {
        Self {
            action,
            value: None,
            reads: Reads::NOTHING,
            keeps: Keeps::Nothing,
            before: Size::ZERO,
            saved: Saved::NOTHING,
            batch: None,
            at_inference: AtInference::Runs,
            fuses: Fuses::NOTHING,
            reads_samples: false,
            in_stream: InStream::Never,
        }
    }

    /// The constants that have a type of their own.
    pub fn geometry(&self) -> Option<&Geometry> {
        match self.value.as_ref()? {
            Value::Shaped(geometry) => Some(geometry),
            Value::Plain(_) | Value::Own(_) => None,
        }
    }

    /// The fields of the trace that the layer has besides its output.
    pub fn fields_beside(&self, layer: &Ident) -> Vec<Ident> {
        let mut fields = Vec::new();
        if self.batch.is_some() {
            fields.extend(names::batch_fields(layer));
        }
        if self.keeps == Keeps::Beside {
            fields.push(names::kept_field(layer));
        }
        let [samples, group] = names::saved_fields(layer);
        let saved = [(samples, &self.saved.per_sample), (group, &self.saved.per_group)];
        fields.extend(saved.into_iter().filter(|(_, numbers)| numbers.number() != Some(0)).map(|(field, _)| field));
        fields
    }

    /// Whether it is an activation, which a neighbour can apply.
    pub fn is_activation(&self) -> bool {
        matches!(self.action, Action::InPlace { is_activation: true })
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

impl GeometryConstant {
    /// One size for each axis: of one axis a number, of several a list.
    pub fn of_axes(sizes: &[Size]) -> Self {
        match sizes {
            [size] => Self::Size(size.clone()),
            sizes => Self::Sizes(sizes.to_vec()),
        }
    }
}

/// One field of a layer's struct.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub rows: Size,
    /// `None` for a vector.
    pub columns: Option<Size>,
    /// As PyTorch has it, by which its numbers stand in files: with columns, the rows come first, but for an embedding, a
    /// column of which is a row there.
    pub shape: Vec<Size>,
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
    /// The same number everywhere, of type `f64`.
    Constant(TokenStream),
    /// What the layer itself says of all its parameters.
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
    Slope,
    Embedding,
    RunningStatistic,
}

/// Which of its inputs one output value of a layer depends on.
#[derive(Clone, Debug)]
pub enum View {
    /// The one at its place.
    Same,
    /// A window that covers so much along each axis, and moves by a stride.
    Window { extent: Vec<Size>, stride: Vec<Size> },
    /// All.
    Everything,
}

impl Facts {
    /// A layer that keeps the shape, each value by itself, and has no parameters.
    pub fn keeps_shape(part: Part) -> Self {
        Self { output: Output::Same, part, parameters: Vec::new(), view: View::Same, multiply_adds: Size::ZERO }
    }

    /// A part of the values: `sizes`, behind `before` others of one sample.
    pub fn slice(before: Size, sizes: Vec<Size>) -> Self {
        let part = Part { before, ..Part::without_value(Action::Slice) };
        Self { output: Output::New(sizes), ..Self::keeps_shape(part) }
    }

    /// An activation function, element by element: the runtime's traits `InPlace` and `Activation`.
    pub fn activation(value: TokenStream, keeps: Keeps) -> Self {
        let action = Action::InPlace { is_activation: true };
        let in_stream = InStream::ByColumn(None);
        Self::keeps_shape(Part { action, in_stream, ..Part::in_place(value, keeps) })
    }

    /// The end of a block, where branches meet in a new shape.
    pub fn join(action: Action, output: Output) -> Self {
        Self { output, ..Self::keeps_shape(Part::without_value(action)) }
    }

    /// A layer of an unknown kind: it might have weights and biases.
    pub fn unknown() -> Self {
        let parameter = |name, columns, kind| Parameter {
            name,
            rows: Size::ONE,
            columns,
            shape: vec![Size::ONE],
            start: Start::Zeros,
            kind,
            meaning: String::from("Unknown"),
        };
        Self {
            output: Output::Unknown,
            part: Part::without_value(Action::Nothing),
            parameters: vec![
                parameter("weight", Some(Size::ONE), ParameterKind::Weight),
                parameter("bias", None, ParameterKind::Bias),
            ],
            view: View::Same,
            multiply_adds: Size::ZERO,
        }
    }
}
