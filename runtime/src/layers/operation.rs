//! What a layer computes, as a value: for tables, pictures, and files of other programs.

use core::fmt::{self, Debug, Display, Formatter};

use super::{
    AvgPool2d, BatchNorm, Conv2d, Conv2dGeometry, Dense, Dropout, Embedding, Gelu, LayerNorm, LeakyRelu, MaxPool2d,
    PRelu, Pool2dGeometry, Relu, Sigmoid, Silu, Softmax, Tanh,
};

/// What a layer computes of its input, with its settings. Sizes are those of the layers' shapes, and numbers are in the
/// parameters.
///
/// The formulas are those of the layers of the same name here. It is a constant of the network, in
/// [`LayerInfo`](crate::LayerInfo), which nobody pays for who does not ask for it.
///
/// ```
/// use castnet::layers::{Operation, Window};
/// use castnet::{Source, prelude::*};
///
/// network! {
///     struct Small {
///         input: [1, 9],
///         residual { conv1d(1, kernel = 3, dilation = 2, padding = causal), leaky_relu },
///         flatten,
///         dense(2),
///     }
/// }
///
/// let [convolution, activation, sum, ..] = Small::LAYERS else { panic!("has layers") };
/// let window = Window { kernel: &[3], stride: &[1], dilation: &[2], padding: &[[4, 0]] };
/// assert_eq!(convolution.operation, Operation::Convolution(window));
/// assert_eq!(activation.operation, Operation::LeakyRelu { slope: 0.01 });
/// assert_eq!(sum.inputs, [Source::Layer(1), Source::Input]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// One of several inputs, the one of the layer's name: a part of the sample.
    Input,
    /// [`Dense`].
    Dense,
    /// [`Conv2d`], or [`Conv1d`](super::Conv1d) of a sequence.
    Convolution(Window),
    /// [`MaxPool2d`], or [`MaxPool1d`](super::MaxPool1d) of a sequence.
    MaxPool(Window),
    /// [`AvgPool2d`], or [`AvgPool1d`](super::AvgPool1d) of a sequence.
    AvgPool(Window),
    /// [`Embedding`].
    Embedding {
        /// The token that stands for none, and gives zeros.
        padding_index: Option<usize>,
    },
    /// A sequence or an image as features; features as they are.
    Flatten,
    /// Features, or channels, that follow each other.
    Slice {
        /// Index of the first of its numbers in a sample of its input.
        offset: usize,
    },
    /// [`Relu`].
    Relu,
    /// [`LeakyRelu`].
    LeakyRelu {
        /// The derivative for negative inputs.
        slope: f64,
    },
    /// [`PRelu`].
    PRelu,
    /// [`Gelu`].
    Gelu,
    /// [`Silu`].
    Silu,
    /// [`Sigmoid`].
    Sigmoid,
    /// [`Tanh`].
    Tanh,
    /// [`Softmax`].
    Softmax,
    /// [`Dropout`], which does nothing at inference.
    Dropout {
        /// The share that is dropped in training.
        probability: f64,
    },
    /// [`BatchNorm`].
    BatchNorm {
        /// What is added to the variance.
        epsilon: f64,
        /// The weight of a batch in the running statistics.
        momentum: f64,
    },
    /// [`LayerNorm`].
    LayerNorm {
        /// What is added to the variance.
        epsilon: f64,
    },
    /// The sum of its inputs: the end of a `residual` or a `sum`.
    Add,
    /// Its inputs side by side, along features or channels: the end of a `concat`.
    Concat,
    /// A layer of the user's own.
    Own {
        /// Its type, as it is written in the declaration.
        type_name: &'static str,
    },
}

/// How a convolution or a pooling slides over its input: a number for each axis, length or height and width.
///
/// What a window would leave over at the end of an axis is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Positions of the window.
    pub kernel: &'static [usize],
    /// Its steps.
    pub stride: &'static [usize],
    /// How far apart in the input two neighbours of the window are.
    pub dilation: &'static [usize],
    /// Zeros before and after the input.
    pub padding: &'static [[usize; 2]],
}

/// The settings as in a declaration, those that have no usual value; nothing for a layer that has none.
///
/// ```
/// use castnet::layers::{Operation, Window};
///
/// let window = Window { kernel: &[3, 3], stride: &[2, 2], dilation: &[1, 1], padding: &[[1, 1], [0, 2]] };
/// assert_eq!(Operation::Convolution(window).to_string(), "kernel = 3, stride = 2, padding = [[1, 1], [0, 2]]");
/// assert_eq!(Operation::LeakyRelu { slope: 0.2 }.to_string(), "slope = 0.2");
/// assert_eq!(Operation::Relu.to_string(), "");
/// ```
impl Display for Operation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Convolution(window) | Self::MaxPool(window) | Self::AvgPool(window) => write!(formatter, "{window}"),
            Self::Embedding { padding_index: Some(index) } => write!(formatter, "padding_index = {index}"),
            Self::LeakyRelu { slope } => write!(formatter, "slope = {slope:?}"),
            Self::Dropout { probability } => write!(formatter, "probability = {probability:?}"),
            Self::BatchNorm { epsilon, momentum } => {
                write!(formatter, "epsilon = {epsilon:?}, momentum = {momentum:?}")
            }
            Self::LayerNorm { epsilon } => write!(formatter, "epsilon = {epsilon:?}"),
            Self::Own { type_name } => formatter.write_str(type_name),
            _ => Ok(()),
        }
    }
}

impl Display for Window {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("kernel = ")?;
        write_axes(formatter, self.kernel)?;
        if self.stride.iter().any(|&stride| stride > 1) {
            formatter.write_str(", stride = ")?;
            write_axes(formatter, self.stride)?;
        }
        if self.dilation.iter().any(|&dilation| dilation > 1) {
            formatter.write_str(", dilation = ")?;
            write_axes(formatter, self.dilation)?;
        }
        if self.padding.as_flattened().iter().all(|&zeros| zeros == 0) {
            return Ok(());
        }
        formatter.write_str(", padding = ")?;
        match self.padding.as_flattened() {
            [first, others @ ..] if others.iter().all(|zeros| zeros == first) => write!(formatter, "{first}"),
            _ => write_axes(formatter, self.padding),
        }
    }
}

/// What is the same for all axes once.
fn write_axes<T: Debug + PartialEq>(formatter: &mut Formatter<'_>, axes: &[T]) -> fmt::Result {
    match axes {
        [first, others @ ..] if others.iter().all(|other| other == first) => write!(formatter, "{first:?}"),
        _ => write!(formatter, "{axes:?}"),
    }
}

/// The last so many axes.
const fn last<T>(all: &'static [T], axes: usize) -> &'static [T] {
    all.split_at(all.len() - axes).1
}

impl<G: Conv2dGeometry> Conv2d<G> {
    const PADDING: &'static [[usize; 2]] = &[[G::PADDING[0], G::PADDING[1]], [G::PADDING[2], G::PADDING[3]]];
    const WINDOW: Window = Window {
        kernel: last(&G::KERNEL, G::AXES),
        stride: last(&G::STRIDE, G::AXES),
        dilation: last(&G::DILATION, G::AXES),
        padding: last(Self::PADDING, G::AXES),
    };

    /// What it computes.
    pub const fn operation(self) -> Operation {
        Operation::Convolution(Self::WINDOW)
    }
}

/// The window of a pooling.
struct Pooled<G>(core::marker::PhantomData<G>);

impl<G: Pool2dGeometry> Pooled<G> {
    const WINDOW: Window = Window {
        kernel: last(&G::KERNEL, G::AXES),
        stride: last(&G::STRIDE, G::AXES),
        dilation: last(&[1, 1], G::AXES),
        padding: last(&[[0, 0], [0, 0]], G::AXES),
    };
}

/// Writes what layers say of themselves.
macro_rules! operations {
    ($([$($generics:tt)*] $layer:ty: |$this:ident| $operation:expr;)*) => {$(
        impl<$($generics)*> $layer {
            /// What it computes.
            pub const fn operation(self) -> Operation {
                let $this = self;
                $operation
            }
        }
    )*};
}

operations! {
    [const IN: usize, const OUT: usize, const BIAS: bool] Dense<IN, OUT, BIAS>: |_layer| Operation::Dense;
    [G: Pool2dGeometry] MaxPool2d<G>: |_layer| Operation::MaxPool(Pooled::<G>::WINDOW);
    [G: Pool2dGeometry] AvgPool2d<G>: |_layer| Operation::AvgPool(Pooled::<G>::WINDOW);
    [const TOKENS: usize, const LENGTH: usize, const UNITS: usize] Embedding<TOKENS, LENGTH, UNITS>:
        |layer| Operation::Embedding { padding_index: layer.padding_index };
    [] Relu: |_layer| Operation::Relu;
    [] LeakyRelu: |layer| Operation::LeakyRelu { slope: layer.slope };
    [const CHANNELS: usize, const SPATIAL: usize] PRelu<CHANNELS, SPATIAL>: |_layer| Operation::PRelu;
    [] Gelu: |_layer| Operation::Gelu;
    [] Silu: |_layer| Operation::Silu;
    [] Sigmoid: |_layer| Operation::Sigmoid;
    [] Tanh: |_layer| Operation::Tanh;
    [] Softmax: |_layer| Operation::Softmax;
    [] Dropout: |layer| Operation::Dropout { probability: layer.probability };
    [const CHANNELS: usize, const SPATIAL: usize] BatchNorm<CHANNELS, SPATIAL>:
        |layer| Operation::BatchNorm { epsilon: layer.epsilon, momentum: layer.momentum };
    [const VALUES: usize] LayerNorm<VALUES>: |layer| Operation::LayerNorm { epsilon: layer.epsilon };
}
