//! How a network learns.

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use crate::simd::dispatch::dispatch;
use crate::{Infer, Pass, Scalar};

/// A neural network whose shape is known at compile time, with the passes that it is trained by.
///
/// [`network!`](crate::network) implements it, and the traits that it stands on: [`Parameters`](crate::Parameters) has the
/// numbers, [`Infer`] asks the network for outputs. `use castnet::prelude::*` has them all in scope.
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
/// assert_eq!(controller.predict(&[0.1, 0.2, 0.3]).len(), 2);
/// ```
pub trait Network: Infer {
    /// The activations of `L` samples in training: what the backward pass needs, and the buffers of its gradients.
    type Trace<const L: usize>: Trace<Scalar = Self::Scalar>;

    /// Stages of a pass: one more than there are layers that need the whole batch.
    const STAGES: usize;
    /// The first layer that cannot learn from a batch of one sample, because one value has no variance: batch norm of
    /// features.
    const NEEDS_TWO_SAMPLES: Option<&'static str> = None;

    /// Forward pass of one lane group from the end of stage `stage - 1` to that of `stage`.
    ///
    /// Stage 0 starts at the trace's input. A stage but the last ends with the group's own
    /// [`statistics`](Trace::statistics), which the next one expects to be those of the batch.
    fn forward_stage<S: Simd, const L: usize>(&self, simd: S, stage: usize, pass: &Pass, trace: &mut Self::Trace<L>);

    /// Backward pass of one lane group through `stage`; adds the group's part to `gradient`, or overwrites what it has for
    /// the trained parameters of this stage if [`Pass::overwrite`] says so.
    ///
    /// The last stage starts at the gradient in the output; a stage but the first ends with the group's own
    /// [`sums`](Trace::sums) of stage `stage - 1`, which the stage before expects to be those of the batch.
    fn backward_stage<S: Simd, const L: usize>(
        &self,
        simd: S,
        stage: usize,
        pass: &Pass,
        trace: &mut Self::Trace<L>,
        gradient: &mut Self,
    );

    /// Moves the running statistics of batch norm towards those in `trace`, of a batch of `samples`.
    fn update_running_statistics<const L: usize>(&mut self, trace: &mut Self::Trace<L>, samples: usize);

    /// Forward pass of a batch that is one lane group: from the trace's input to its output.
    fn forward<const L: usize>(&self, trace: &mut Self::Trace<L>, pass: &Pass) {
        for stage in 0..Self::STAGES {
            self.forward_group::<L>(stage, pass, trace);
        }
    }

    /// Backward pass of a batch that is one lane group: adds the gradient of the loss in each parameter to `gradient`, or
    /// overwrites what is there if [`Pass::overwrite`] says so.
    ///
    /// The trace is as [`forward`](Network::forward) left it, with the gradient of the loss in its output.
    fn backward<const L: usize>(&self, trace: &mut Self::Trace<L>, pass: &Pass, gradient: &mut Self) {
        for stage in (0..Self::STAGES).rev() {
            self.backward_group::<L>(stage, pass, trace, gradient);
        }
    }

    /// The gradient in one sample's `input` of something that depends on the network's output, at inference (no dropout;
    /// running statistics), given its gradient in the output: what an adversary, a generator or a map of saliency asks for.
    /// Allocates its buffers.
    ///
    /// ```
    /// use castnet::prelude::*;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Critic<f64> {
    ///         input: [3],
    ///         dense(8), tanh,
    ///         dense(1),
    ///     }
    /// }
    ///
    /// let critic = Critic::init(&mut StdRng::seed_from_u64(1));
    /// let slopes = critic.input_gradient(&[0.1, 0.2, 0.3], &[1.0]);
    /// let difference = critic.predict(&[0.1, 0.2 + 1e-6, 0.3])[0] - critic.predict(&[0.1, 0.2 - 1e-6, 0.3])[0];
    /// assert!((slopes[1] - difference / 2e-6).abs() < 1e-8);
    /// ```
    #[cfg(feature = "alloc")]
    fn input_gradient(&self, input: &Self::Input, output_gradient: &Self::Output) -> Self::Input {
        let pass = Pass { input_gradient: true, overwrite: true, ..Pass::inference(1) };
        let mut trace = bytemuck::zeroed_box::<Self::Trace<1>>();
        trace.input_mut().copy_from_slice(input.as_ref());
        self.forward::<1>(&mut trace, &pass);
        trace.output_and_gradient().1.copy_from_slice(output_gradient.as_ref());
        self.backward::<1>(&mut trace, &pass, &mut bytemuck::zeroed_box::<Self>());
        let mut gradient = Self::Input::zeroed();
        gradient.as_mut().copy_from_slice(trace.input_gradient(&pass));
        gradient
    }

    /// [`forward_stage`](Network::forward_stage) for the instruction set of this processor.
    fn forward_group<const L: usize>(&self, stage: usize, pass: &Pass, trace: &mut Self::Trace<L>) {
        if stage == 0 && pass.real < L {
            fill_empty_lanes::<_, L>(pass.real, trace.input_mut());
        }
        dispatch::<L, _>(ForwardStage { network: self, stage, pass, trace });
    }

    /// [`backward_stage`](Network::backward_stage) for the instruction set of this processor.
    fn backward_group<const L: usize>(
        &self,
        stage: usize,
        pass: &Pass,
        trace: &mut Self::Trace<L>,
        gradient: &mut Self,
    ) {
        dispatch::<L, _>(BackwardStage { network: self, stage, pass, trace, gradient });
    }
}

/// Bytes that a step of a lane group of `L` samples needs beside the parameters and the slots of the optimizer: the gradient
/// and a [`Trace`]. A network with batch norm needs a trace for each lane group of the batch.
///
/// ```
/// use castnet::prelude::*;
/// use castnet::training_bytes;
///
/// network! {
///     struct Xor {
///         input: [2],
///         dense(8), tanh,
///         dense(1),
///     }
/// }
///
/// const BYTES: usize = training_bytes::<Xor, 1>();
/// // The gradient in whole cache lines; values, and the gradient in them.
/// assert_eq!((Xor::PARAMETER_BYTES, BYTES), (192, 192 + 192));
/// ```
pub const fn training_bytes<N: Network, const L: usize>() -> usize {
    N::PARAMETER_BYTES + size_of::<N::Trace<L>>()
}

/// Copies the last sample to the lanes that have none. Whatever a layer computes of them is then as finite as what it
/// computes of a sample, and times a gradient of zero it leaves no trace.
fn fill_empty_lanes<T: Scalar, const L: usize>(real: usize, input: &mut [T]) {
    let Some(last) = real.checked_sub(1) else { return };
    for feature in input.chunks_exact_mut(L) {
        let value = feature[last];
        feature[real..].fill(value);
    }
}

/// The activations of a lane group.
pub trait Trace: Zeroable + Send + Sync + 'static {
    /// The network's scalar.
    type Scalar: Scalar;
    /// Samples side by side.
    const LANES: usize;

    /// Where the samples go: `INPUT_LEN * LANES`, feature `i` of sample `s` at `i * LANES + s`. What is in masked lanes does
    /// not matter: the forward pass overwrites it.
    fn input_mut(&mut self) -> &mut [Self::Scalar];
    /// What the forward pass computed: `OUTPUT_LEN * LANES`.
    fn output(&self) -> &[Self::Scalar];
    /// The output, and where the gradient of the loss in it goes before the backward pass.
    fn output_and_gradient(&mut self) -> (&[Self::Scalar], &mut [Self::Scalar]);
    /// Where the gradient of the loss in the input is, after a backward pass with [`Pass::input_gradient`]; after one
    /// without, something else is there.
    #[doc(hidden)]
    fn input_gradient_buffer(&self) -> &[Self::Scalar];
    /// The gradient of the loss in the input, after a backward pass that was given `pass`: `INPUT_LEN * LANES`.
    /// [`Network::input_gradient`] is the plain call for one sample.
    ///
    /// # Panics
    ///
    /// If [`Pass::input_gradient`] is not set in `pass`: the backward pass has not computed it.
    fn input_gradient(&self, pass: &Pass) -> &[Self::Scalar] {
        assert!(pass.input_gradient, "the backward pass computed no gradient in the input: set `Pass::input_gradient`");
        self.input_gradient_buffer()
    }
    /// Means and variances at the end of forward stage `stage`.
    fn statistics(&mut self, stage: usize) -> &mut [Self::Scalar];
    /// Sums at the end of backward stage `stage + 1`.
    fn sums(&mut self, stage: usize) -> &mut [Self::Scalar];
}

struct ForwardStage<'a, N: Network, const L: usize> {
    network: &'a N,
    stage: usize,
    pass: &'a Pass,
    trace: &'a mut N::Trace<L>,
}

impl<N: Network, const L: usize> WithSimd for ForwardStage<'_, N, L> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.forward_stage::<S, L>(simd, self.stage, self.pass, self.trace);
    }
}

struct BackwardStage<'a, N: Network, const L: usize> {
    network: &'a N,
    stage: usize,
    pass: &'a Pass,
    trace: &'a mut N::Trace<L>,
    gradient: &'a mut N,
}

impl<N: Network, const L: usize> WithSimd for BackwardStage<'_, N, L> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.backward_stage::<S, L>(simd, self.stage, self.pass, self.trace, self.gradient);
    }
}
