//! What a layer is told and what it states: the contract between layers and passes.

use pulp::Simd;
use rand::Rng;

use super::{Activation, Before, Keeps, Then};
use crate::{Pass, Scalar};

/// What a call gets besides numbers.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a, S> {
    /// The instruction set.
    pub simd: S,
    /// The pass.
    pub pass: &'a Pass,
    /// The layer's place in the network, from 0. Random numbers are drawn by it, so that no two layers draw the same ones.
    pub layer: u32,
}

impl<'a, S> Context<'a, S> {
    /// The context of the layer at a place in the network.
    #[inline(always)]
    pub const fn new(simd: S, pass: &'a Pass, layer: u32) -> Self {
        Self { simd, pass, layer }
    }
}

/// The numbers of a forward call. With `L` lanes and `n` numbers per sample a slice has `n * L`, number `i` of all samples
/// at `i * L`.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The layer's parameters, in the order of the fields of its generated struct.
    pub parameters: &'a [T],
    /// [`Layer::INPUT`] numbers per sample.
    pub input: &'a [T],
    /// [`Layer::OUTPUT`] numbers per sample, to be overwritten.
    pub output: &'a mut [T],
    /// What the backward pass is to find; empty at inference.
    pub saved: SavedNumbers<'a, T>,
}

/// The numbers of a backward call, as those of a [`Forward`] one.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The layer's parameters.
    pub parameters: &'a [T],
    /// What the forward pass read and wrote, as far as [`Layer::READS`] says so.
    pub read: Activations<'a, T>,
    /// What the forward pass saved. May be destroyed.
    pub saved: SavedNumbers<'a, T>,
    /// The gradient of the loss in the output. May be destroyed.
    pub output_gradient: &'a mut [T],
    /// Where its gradient in the input goes, if that is asked for: to be overwritten.
    pub input_gradient: Option<&'a mut [T]>,
    /// Where its gradient in the parameters goes, if that is asked for: to be added to, one addition per parameter, or
    /// overwritten (see [`Layer::OVERWRITES`]).
    pub gradient: Option<&'a mut [T]>,
}

/// Numbers that a layer keeps from its forward to its backward pass.
#[derive(Debug, Default)]
pub struct SavedNumbers<'a, T> {
    /// [`Saved::per_sample`] numbers per sample.
    pub samples: &'a mut [T],
    /// [`Saved::per_group`] numbers for the whole lane group.
    pub group: &'a mut [T],
}

/// How many numbers a layer keeps from its forward to its backward pass. They have their place in the trace: nothing is
/// allocated in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// For each sample, as the mean and deviation of layer norm.
    pub per_sample: usize,
    /// For each lane group, as the weights that DropConnect left.
    pub per_group: usize,
}

impl Saved {
    /// None.
    pub const NOTHING: Self = Self { per_sample: 0, per_group: 0 };

    /// So many for each sample.
    pub const fn per_sample(numbers: usize) -> Self {
        Self { per_sample: numbers, ..Self::NOTHING }
    }
}

/// Which values of the forward pass the backward pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The layer's input.
    pub input: bool,
    /// The layer's output, as it left it. The next layer works elsewhere then, which may take a copy.
    pub output: bool,
}

impl Reads {
    /// Neither.
    pub const NOTHING: Self = Self { input: false, output: false };
    /// The input.
    pub const INPUT: Self = Self { input: true, output: false };
    /// The output.
    pub const OUTPUT: Self = Self { input: false, output: true };
    /// Both.
    pub const BOTH: Self = Self { input: true, output: true };
}

/// What the forward pass of a [`Layer`] read and wrote. What its [`READS`](Layer::READS) does not name is empty.
#[derive(Clone, Copy, Debug)]
pub struct Activations<'a, T> {
    /// The layer's input, `INPUT * L`.
    pub input: &'a [T],
    /// The layer's output, `OUTPUT * L`.
    pub output: &'a [T],
}

impl<'a, T: Scalar> Activations<'a, T> {
    /// As much of both as the layer reads.
    #[inline(always)]
    pub fn of<Y: Layer<T>>(_: Y, input: &'a [T], output: &'a [T]) -> Self {
        Self {
            input: if const { Y::READS.input } { input } else { &[] },
            output: if const { Y::READS.output } { output } else { &[] },
        }
    }
}

/// A layer from one buffer to another.
///
/// Per sample, the input has [`INPUT`](Layer::INPUT) values, the output [`OUTPUT`](Layer::OUTPUT), and the layer has
/// [`PARAMETERS`](Layer::PARAMETERS) parameters, in the order of the fields of its generated struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer: it does not implement `castnet::layers::Layer<{T}>`",
    label = "expected a type that implements `Layer<{T}>`"
)]
pub trait Layer<T: Scalar>: Copy {
    /// Values per sample that go in.
    const INPUT: usize;
    /// Values per sample that come out.
    const OUTPUT: usize;
    /// Parameters: weights and biases.
    const PARAMETERS: usize;
    /// What [`backward`](Layer::backward) reads of what the forward pass read and wrote; the rest it does not get.
    const READS: Reads = Reads::INPUT;
    /// What [`forward`](Layer::forward) leaves for [`backward`](Layer::backward) in memory of its own.
    const SAVED: Saved = Saved::NOTHING;
    /// Whether [`backward`](Layer::backward) finds in [`Pass::overwrite`] whether it is to overwrite all of the gradient in
    /// the parameters instead of adding to it. Any other layer never sees that set, and what it adds to is zero then, which
    /// takes a pass over memory more.
    const OVERWRITES: bool = false;
    /// Multiplications with an addition for one sample, by which work is shared out to threads. As it is provided, one for
    /// each number that the layer touches.
    const MULTIPLY_ADDS: u64 = (Self::INPUT + Self::OUTPUT + Self::PARAMETERS) as u64;

    /// Computes the output from the input.
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>);

    /// From the gradient of the loss in the output, computes its gradient in the parameters and in the input; either only
    /// where it is asked for.
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>);

    /// Overwrites the parameters of a layer that is declared by `layer(..)` with their initial values; zeros, unless the
    /// layer says otherwise. Layers with a kind of their own have `init = ..` instead.
    fn initialize<R: Rng + ?Sized>(self, rng: &mut R, parameters: &mut [T]) {
        let _ = rng;
        parameters.fill(T::ZERO);
    }
}

/// A [`Layer`] that applies the activation behind it while its numbers are in registers.
pub trait FusedForward<T: Scalar>: Layer<T> {
    /// [`forward`](Layer::forward), and `then` the activation of each value that it computes.
    fn forward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Forward<'_, T>,
        then: Then<'_, T, A>,
    );
}

/// A [`Layer`] that applies the derivative of the activation before it while its gradients are in registers.
pub trait FusedBackward<T: Scalar>: Layer<T> {
    /// [`backward`](Layer::backward) of a layer whose input an activation made: the gradient in the input is that in the
    /// activation's argument.
    fn backward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Backward<'_, T>,
        before: Before<'_, T, A>,
    );
}

/// A layer that replaces its input by its output.
pub trait InPlace<T: Scalar>: Copy {
    /// What the backward pass reads.
    const KEEPS: Keeps;

    /// Replaces `values` by the layer's output. `kept` has as many numbers if some are kept beside the values; it is empty
    /// if not, and at inference.
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, values: &mut [T], kept: &mut [T]);

    /// Replaces `gradient`, the gradient of the loss in the output, by its gradient in the input. `kept` is the output, what
    /// was kept beside it, or empty, as [`KEEPS`](InPlace::KEEPS) says.
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, kept: &[T], gradient: &mut [T]);
}

/// A layer that at inference works where the values stand, whatever it does in training.
pub trait InferInPlace<T: Scalar>: Copy {
    /// Replaces `values` by the `activation` of the output ([`Identity`](super::Identity) if none follows).
    fn infer<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        parameters: &[T],
        values: &mut [T],
        activation: A,
    );
}

/// What every call of a [`BatchLayer`] after the first reads.
#[derive(Clone, Copy, Debug)]
pub struct BatchRead<'a, T> {
    /// The layer's parameters.
    pub parameters: &'a [T],
    /// Means and variances of the batch: `2 * CHANNELS`.
    pub statistics: &'a [T],
    /// The layer's input.
    pub input: &'a [T],
}

/// A layer that needs statistics of the whole batch.
///
/// In training it cuts the pass into stages. Before the cut each lane group is asked for its own statistics; at the cut
/// [`Network`](crate::Network)'s driver combines those of all groups, in a fixed order; after it every group finds the
/// same totals in its trace. The backward pass does likewise with sums.
pub trait BatchLayer<T: Scalar>: InferInPlace<T> {
    /// Values per sample that go in, and that come out.
    const FEATURES: usize;
    /// Channels (or features) that are normalised together: statistics are two numbers for each.
    const CHANNELS: usize;

    /// Writes mean and biased variance over the real lanes of `input` to `statistics` (`2 * CHANNELS`: all means, then
    /// all variances).
    fn collect<S: Simd, const L: usize>(self, at: Context<'_, S>, input: &[T], statistics: &mut [T]);

    /// Computes `output` with the statistics of the batch in training, and the running ones among the parameters otherwise,
    /// and `then` the activation of each value.
    fn forward<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        read: BatchRead<'_, T>,
        output: &mut [T],
        then: Then<'_, T, A>,
    );

    /// Adds this group's part of the parameters' gradient to `gradient`, or overwrites it where [`Pass::overwrite`] says
    /// so, and writes the two sums that the input's gradient needs, of the output's gradient and of its product with the
    /// normalised input, to `sums` (`2 * CHANNELS`).
    fn backward_collect<S: Simd, const L: usize>(
        self,
        at: Context<'_, S>,
        read: BatchRead<'_, T>,
        output_gradient: &[T],
        sums: &mut [T],
        gradient: Option<&mut [T]>,
    );

    /// Replaces `gradient`, the gradient in the output, by the gradient in the input, given the `sums` of the batch.
    fn backward<S: Simd, const L: usize>(
        self,
        at: Context<'_, S>,
        read: BatchRead<'_, T>,
        sums: &[T],
        gradient: &mut [T],
    );

    /// Moves the running statistics among the `parameters` towards the `statistics` of a batch of `samples`.
    fn update_running(self, parameters: &mut [T], statistics: &[T], samples: usize);
}

/// Sets the gradient in a layer's parameters to zero where the pass overwrites it, but the layer only adds to it.
#[doc(hidden)]
#[inline(always)]
pub fn start_gradient<T: Scalar, Y: Layer<T>>(_: Y, pass: &Pass, gradient: &mut [T]) {
    if pass.overwrite && !Y::OVERWRITES {
        gradient.fill(T::ZERO);
    }
}
