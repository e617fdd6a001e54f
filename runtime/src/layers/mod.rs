//! The layers: what each computes, forward and backward, on one lane group.
//!
//! The expansion of `network!` is a sequence of calls to the traits here, but for a first dense layer at inference, which
//! may read samples as they lie ([`Dense::forward_samples`]). A layer is a value without state of its own (its sizes are in
//! its type, its parameters in the network), and works on flat slices: feature `i` of `L` samples is `slice[i * L..][..L]`,
//! the columns of an `SMatrix<T, L, FEATURES>`.
//!
//! - [`Layer`] reads one buffer and writes another: dense, convolution, pooling.
//! - [`InPlace`] changes values where they stand: activations, dropout.
//! - [`BatchLayer`] needs numbers of the whole batch between two halves of its work: batch norm.

/// The methods of [`Layer`] without an activation, for a layer that has those with one.
macro_rules! without_activation {
    (forward) => {
        #[inline]
        fn forward<S: Simd, const L: usize>(
            self,
            simd: S,
            pass: &Pass,
            parameters: &[T],
            input: &[T],
            output: &mut [T],
        ) {
            self.forward_activated::<S, _, L>(simd, pass, parameters, input, output, Identity);
        }
    };
    (backward) => {
        #[inline]
        fn backward<S: Simd, const L: usize>(
            self,
            simd: S,
            pass: &Pass,
            parameters: &[T],
            activations: Activations<'_, T>,
            output_gradient: &mut [T],
            input_gradient: Option<&mut [T]>,
            gradient: Option<&mut [T]>,
        ) {
            self.backward_activated::<S, _, L>(
                simd,
                pass,
                parameters,
                activations,
                output_gradient,
                input_gradient,
                gradient,
                Identity,
            );
        }
    };
}

mod activations;
mod batch_norm;
#[cfg(test)]
mod check;
mod conv2d;
mod dense;
mod dropout;
mod join;
mod own;
mod pooling;
mod softmax;

use pulp::Simd;
use rand::Rng;

pub use crate::kernels::geometry::{Conv2dGeometry, Pool2dGeometry};
pub use crate::kernels::{Activation, Identity};
pub use activations::{Elementwise, LeakyRelu, Relu, Sigmoid, Tanh};
pub use batch_norm::BatchNorm;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use dropout::Dropout;
pub use join::{add, add_within};
#[doc(hidden)]
pub use own::OwnLayer;
pub use pooling::{AvgPool2d, MaxPool2d};
pub use softmax::Softmax;

use crate::{Pass, Scalar};

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
    /// Whether [`backward`](Layer::backward) heeds [`Pass::overwrite`]. The gradient of a layer that does not is set to
    /// zero for it, which takes a pass over memory more.
    const OVERWRITES: bool = false;

    /// Computes `output` (`OUTPUT * L`, overwritten) from `input` (`INPUT * L`).
    fn forward<S: Simd, const L: usize>(self, simd: S, pass: &Pass, parameters: &[T], input: &[T], output: &mut [T]);

    /// From the gradient of the loss in the output, adds its gradient in the parameters to `gradient` (one addition per
    /// parameter) and overwrites `input_gradient` with its gradient in the input; either only where it is asked for.
    ///
    /// A layer that [`OVERWRITES`](Layer::OVERWRITES) finds in [`Pass::overwrite`] whether it overwrites all of `gradient`
    /// instead. Any other never sees that set: what it adds to is zero then.
    ///
    /// `activations` are as the forward pass left them. May destroy `output_gradient`.
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    fn backward<S: Simd, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        activations: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        gradient: Option<&mut [T]>,
    );

    /// [`forward`](Layer::forward), and the activation of each value that it computes.
    ///
    /// As it is provided, a pass over the output. Dense layers and convolutions do it before they write.
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    #[inline(always)]
    fn forward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        input: &[T],
        output: &mut [T],
        activation: A,
    ) {
        self.forward::<S, L>(simd, pass, parameters, input, output);
        InPlace::forward::<S, L>(Elementwise(activation), simd, pass, output);
    }

    /// [`backward`](Layer::backward) of a layer whose input is what `activation` made: overwrites `input_gradient` with the
    /// gradient of the loss in what that was made of.
    ///
    /// As it is provided, a pass over the gradient. Dense layers, convolutions and maximum pooling do it before they write.
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    #[inline(always)]
    fn backward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        activations: Activations<'_, T>,
        output_gradient: &mut [T],
        mut input_gradient: Option<&mut [T]>,
        gradient: Option<&mut [T]>,
        activation: A,
    ) {
        let written = input_gradient.as_deref_mut();
        self.backward::<S, L>(simd, pass, parameters, activations, output_gradient, written, gradient);
        if let Some(input_gradient) = input_gradient {
            InPlace::backward::<S, L>(Elementwise(activation), simd, pass, activations.input, input_gradient);
        }
    }

    /// Overwrites the parameters of a layer that is declared by `layer(..)` with their initial values; zeros, unless the
    /// layer says otherwise. Layers with a kind of their own have `init = ..` instead.
    fn initialize<R: Rng + ?Sized>(self, rng: &mut R, parameters: &mut [T]) {
        let _ = rng;
        parameters.fill(T::ZERO);
    }
}

/// Sets the gradient in a layer's parameters to zero where the pass overwrites it, but the layer only adds to it.
#[doc(hidden)]
#[inline(always)]
pub fn start_gradient<T: Scalar, Y: Layer<T>>(_: Y, pass: &Pass, gradient: &mut [T]) {
    if pass.overwrite && !Y::OVERWRITES {
        gradient.fill(T::ZERO);
    }
}

/// What the forward pass of a [`Layer`] read and wrote.
#[derive(Clone, Copy, Debug)]
pub struct Activations<'a, T> {
    /// The layer's input, `INPUT * L`.
    pub input: &'a [T],
    /// The layer's output, `OUTPUT * L`.
    pub output: &'a [T],
}

/// A layer that replaces its input by its output.
pub trait InPlace<T: Scalar>: Copy {
    /// Replaces `values` (`features * L`) by the layer's output.
    fn forward<S: Simd, const L: usize>(self, simd: S, pass: &Pass, values: &mut [T]);

    /// Replaces `gradient`, the gradient of the loss in the output, by its gradient in the input. `output` is what the
    /// forward pass left.
    fn backward<S: Simd, const L: usize>(self, simd: S, pass: &Pass, output: &[T], gradient: &mut [T]);
}

/// A layer that needs statistics of the whole batch.
///
/// In training it cuts the pass into stages. Before the cut each lane group is asked for its own statistics; at the cut
/// [`Network`](crate::Network)'s driver combines those of all groups, in a fixed order; after it every group finds the
/// same totals in its trace. The backward pass does likewise with sums.
pub trait BatchLayer<T: Scalar>: Copy {
    /// Values per sample that go in, and that come out.
    const FEATURES: usize;
    /// Channels (or features) that are normalised together: statistics are two numbers for each.
    const CHANNELS: usize;

    /// Writes mean and biased variance over the real lanes of `input` to `statistics` (`2 * CHANNELS`: all means, then
    /// all variances).
    fn collect<S: Simd, const L: usize>(self, simd: S, pass: &Pass, input: &[T], statistics: &mut [T]);

    /// Computes `output` from `input` with the `statistics` of the batch in training, and the running ones among the
    /// `parameters` otherwise; and the `activation` of each value ([`Identity`] if none follows).
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    fn forward<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        statistics: &[T],
        input: &[T],
        output: &mut [T],
        activation: A,
    );

    /// Replaces `values` by the `activation` of the output for the running statistics.
    fn infer<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        parameters: &[T],
        values: &mut [T],
        activation: A,
    );

    /// Adds this group's part of the parameters' gradient to `gradient`, or overwrites it where [`Pass::overwrite`] says
    /// so, and writes the two sums that the input's gradient needs, of the output's gradient and of its product with the
    /// normalised input, to `sums`
    /// (`2 * CHANNELS`).
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    fn backward_collect<S: Simd, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        statistics: &[T],
        input: &[T],
        output_gradient: &[T],
        sums: &mut [T],
        gradient: Option<&mut [T]>,
    );

    /// Replaces `gradient`, the gradient in the output, by the gradient in the input, given the `sums` of the batch.
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    fn backward<S: Simd, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        statistics: &[T],
        sums: &[T],
        input: &[T],
        gradient: &mut [T],
    );

    /// Moves the running statistics among the `parameters` towards the `statistics` of a batch of `samples`.
    fn update_running(self, parameters: &mut [T], statistics: &[T], samples: usize);
}
