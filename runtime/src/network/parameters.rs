//! The numbers of a network.

use bytemuck::Pod;
use rand::Rng;

use crate::Scalar;

/// The numbers that a network is made of, and how they are laid out: one of the three traits that
/// [`network!`](crate::network) implements, beside [`Infer`](crate::Infer) and [`Network`](crate::Network).
///
/// The struct is the network: its fields are its parameters, and the same type holds a gradient or an optimizer's moments,
/// each number in the place of the parameter that it belongs to.
///
/// ```
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Controller {
///         input: [3],
///         dense(8), tanh,
///         dense(2),
///     }
/// }
///
/// let controller = Controller::init(&mut StdRng::seed_from_u64(1));
/// assert_eq!(Controller::PARAMETER_COUNT, 3 * 8 + 8 + 8 * 2 + 2);
/// assert_eq!(controller.parameters().len(), Controller::PARAMETER_COUNT);
/// assert_eq!(Controller::SEGMENTS[0].name, "dense1.weight");
/// ```
pub trait Parameters: Pod + Send + Sync {
    /// The number type of parameters and activations: `f32` or `f64`.
    type Scalar: Scalar;

    /// The name of the struct.
    const NAME: &'static str;
    /// Where each layer's weights, biases and running statistics lie in [`parameters`](Parameters::parameters).
    const SEGMENTS: &'static [Segment];
    /// The length of [`parameters`](Parameters::parameters): all numbers, frozen ones and running statistics among them.
    const PARAMETER_COUNT: usize = numbers(Self::SEGMENTS);
    /// How many of these an optimizer changes: the parameters as publications count them, but for the frozen ones.
    const TRAINABLE_COUNT: usize = trainable(Self::SEGMENTS);
    /// Bytes of the network, whole cache lines: those of its gradient too, and of each slot of an optimizer.
    const PARAMETER_BYTES: usize = size_of::<Self>();

    /// Overwrites all parameters with their initial values.
    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R);

    /// A new network with initial parameters, built in place on the heap.
    #[cfg(feature = "alloc")]
    fn init<R: Rng + ?Sized>(rng: &mut R) -> alloc::boxed::Box<Self> {
        let mut network = bytemuck::zeroed_box::<Self>();
        network.initialize(rng);
        network
    }

    /// All numbers of the network as one slice, in the order of [`SEGMENTS`](Parameters::SEGMENTS), without what may fill its
    /// last cache line.
    fn parameters(&self) -> &[Self::Scalar] {
        &bytemuck::cast_slice(core::slice::from_ref(self))[..Self::PARAMETER_COUNT]
    }

    /// All numbers of the network as one slice, in the order of [`SEGMENTS`](Parameters::SEGMENTS).
    fn parameters_mut(&mut self) -> &mut [Self::Scalar] {
        &mut bytemuck::cast_slice_mut(core::slice::from_mut(self))[..Self::PARAMETER_COUNT]
    }

    /// Takes the layers of another network, of whatever type, that are here too: those with the same name, and in them the same
    /// segments of the same shapes, running statistics among them. The others stay as they are. The report says what was
    /// taken, what is of another shape, and what has no counterpart on either side.
    ///
    /// ```
    /// use castnet::prelude::*;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Ten {
    ///         input: [8],
    ///         fc1: dense(6), relu,
    ///         fc2: dense(4), relu,
    ///         logits: dense(10),
    ///     }
    /// }
    ///
    /// network! {
    ///     struct Five {
    ///         input: [8],
    ///         fc1: dense(6), relu,
    ///         fc2: dense(3), relu,
    ///         letters: dense(5),
    ///     }
    /// }
    ///
    /// let ten = Ten::init(&mut StdRng::seed_from_u64(1));
    /// let mut five = Five::init(&mut StdRng::seed_from_u64(2));
    /// let report = five.take_from(&ten);
    /// assert_eq!(five.fc1.weight, ten.fc1.weight);
    /// assert_eq!(report.taken, ["fc1.weight", "fc1.bias"]);
    /// assert_eq!(report.kept, ["letters.weight", "letters.bias"]);
    /// assert_eq!(report.ignored, ["logits.weight", "logits.bias"]);
    /// let text = "; of another shape: fc2.weight ([4, 6] instead of [3, 6]), fc2.bias ([4] instead of [3]);";
    /// assert!(report.to_string().contains(text), "{report}");
    /// ```
    #[cfg(feature = "safetensors")]
    fn take_from<'a, O: Parameters<Scalar = Self::Scalar> + 'a>(
        &mut self,
        other: impl crate::IntoNetwork<&'a O>,
    ) -> crate::weights::Report {
        crate::weights::take_from(self, other.into_network())
    }
}

/// A named run of numbers among a network's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Layer and field: `conv1.weight`.
    pub name: &'static str,
    /// Index of its first number in [`Parameters::parameters`].
    pub offset: usize,
    /// How many numbers it has.
    pub len: usize,
    /// Its shape, as PyTorch and files have it: `[out, in]`, `[filters, channels, height, width]`.
    pub shape: &'static [usize],
    /// How its numbers follow each other.
    pub order: Order,
    /// What may change it.
    pub role: Role,
    /// What it is to its layer.
    pub kind: ParameterKind,
}

/// How many numbers segments have that follow each other.
const fn numbers(segments: &[Segment]) -> usize {
    match segments {
        [] => 0,
        [.., last] => last.offset + last.len,
    }
}

/// How many numbers the trainable ones among segments have.
const fn trainable(segments: &[Segment]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < segments.len() {
        if matches!(segments[index].role, Role::Trainable) {
            count += segments[index].len;
        }
        index += 1;
    }
    count
}

impl Segment {
    /// Rows and columns of the matrix that it is, stored column by column; a column of what is stored row by row.
    pub const fn matrix(&self) -> [usize; 2] {
        match (self.order, self.shape) {
            (Order::ColumnByColumn, [rows, ..]) if *rows > 0 => [*rows, self.len / *rows],
            _ => [self.len, 1],
        }
    }
}

/// How the numbers of a segment follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The last axis fastest, as in files: vectors, and norms of images.
    RowByRow,
    /// The first axis fastest, then the last one: matrices with a row for each unit or filter, and a column for all else.
    ColumnByColumn,
}

/// What changes a segment of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The optimizer.
    Trainable,
    /// Nothing: its layer is `#[frozen]`.
    Frozen,
    /// The forward pass in training: a running mean or variance.
    RunningStatistic,
}

/// What a segment of parameters is to its layer.
///
/// An optimizer's weight decay falls on weights only, unless it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParameterKind {
    /// What inputs are multiplied by and summed: the matrix of a dense layer, the filters of a convolution. The parameters
    /// of a layer of the user's own count as weights.
    Weight,
    /// What is added to such a sum.
    Bias,
    /// What each feature or channel is multiplied by on its own, as in batch norm.
    Scale,
    /// What is added to each feature or channel behind a scale.
    Shift,
    /// What an activation multiplies negative numbers by.
    Slope,
    /// A vector for each token.
    Embedding,
    /// A mean or variance that the forward pass keeps.
    RunningStatistic,
}
