//! What `network!` implements, and what everything else asks of a network.

use bytemuck::{Pod, Zeroable};
use pulp::{Simd, WithSimd};
use rand::Rng;
use typenum::Unsigned;

use crate::kernels::samples;
use crate::simd::dispatch::dispatch;
use crate::{Pass, Scalar};

/// A neural network whose shape is known at compile time.
///
/// [`network!`](crate::network) implements it. The struct is the network: its fields are its parameters, and the same
/// type holds a gradient or an optimizer's moments, each number in the place of the parameter that it belongs to.
///
/// ```
/// use castnet::{Network, network};
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
pub trait Network: Pod + Send + Sync {
    /// The number type of parameters and activations: `f32` or `f64`.
    type Scalar: Scalar;
    /// One sample: `[Scalar; INPUT_LEN]`; an image is flattened channel by channel, row by row.
    type Input: Pod + Send + Sync + AsRef<[Self::Scalar]> + AsMut<[Self::Scalar]>;
    /// What one sample becomes: `[Scalar; OUTPUT_LEN]`.
    type Output: Pod + Send + Sync + AsRef<[Self::Scalar]> + AsMut<[Self::Scalar]>;
    /// The activations of `L` samples in training: what the backward pass needs, and nothing else.
    type Trace<const L: usize>: Trace<Scalar = Self::Scalar>;
    /// The buffers of `L` samples at inference.
    type Workspace<const L: usize>: Zeroable + Send + Sync + 'static;
    /// [`INPUT_LEN`](Network::INPUT_LEN) as a type, for bounds between networks.
    type InputLen: Unsigned;
    /// [`OUTPUT_LEN`](Network::OUTPUT_LEN) as a type, for bounds between networks.
    type OutputLen: Unsigned;
    /// [`PARAMETER_COUNT`](Network::PARAMETER_COUNT) as a type, for budgets.
    type ParameterCount: Unsigned;

    /// The name of the struct.
    const NAME: &'static str;
    /// `[features]` or `[channels, height, width]` of a sample.
    const INPUT_SHAPE: &'static [usize];
    /// `[features]` or `[channels, height, width]` of what it becomes.
    const OUTPUT_SHAPE: &'static [usize];
    /// Numbers in a sample.
    const INPUT_LEN: usize;
    /// Numbers in an output.
    const OUTPUT_LEN: usize;
    /// The layers in their order: the rows of the layer table.
    const LAYERS: &'static [LayerInfo];
    /// Where each layer's weights, biases and running statistics lie in [`parameters`](Network::parameters).
    const SEGMENTS: &'static [Segment];
    /// Stages of a pass: one more than there are layers that need the whole batch.
    const STAGES: usize;
    /// The first layer that cannot learn from a batch of one sample, because one value has no variance: batch norm of
    /// features.
    const NEEDS_TWO_SAMPLES: Option<&'static str> = None;
    /// The length of [`parameters`](Network::parameters): all numbers, frozen ones and running statistics among them.
    const PARAMETER_COUNT: usize = numbers(Self::SEGMENTS);
    /// How many of these an optimizer changes: the parameters as publications count them, but for the frozen ones.
    const TRAINABLE_COUNT: usize = trainable(Self::SEGMENTS);

    /// Overwrites all parameters with their initial values.
    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R);

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

    /// Inference for one lane group: `input` is `INPUT_LEN * L`, `output` is `OUTPUT_LEN * L`, sample by sample in the
    /// lanes (feature `i` at `[i * L..][..L]`).
    fn infer<S: Simd, const L: usize>(
        &self,
        simd: S,
        input: &[Self::Scalar],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<L>,
    );

    /// [`infer`](Network::infer) of samples that lie one after the other: `samples` is `INPUT_LEN` for each of them, of which
    /// there are up to `L`. What comes out in the other lanes says nothing.
    ///
    /// `lanes`, `INPUT_LEN * L`, is room to put them side by side. A network that starts with a dense layer may read them
    /// where they are.
    fn infer_samples<S: Simd, const L: usize>(
        &self,
        simd: S,
        samples: &[Self::Scalar],
        lanes: &mut [Self::Scalar],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<L>,
    ) {
        let row = |sample| &samples[sample * Self::INPUT_LEN..][..Self::INPUT_LEN];
        samples::side_by_side::<_, S, L>(simd, samples.len() / Self::INPUT_LEN, row, lanes);
        self.infer::<S, L>(simd, lanes, output, workspace);
    }

    /// Moves the running statistics of batch norm towards those in `trace`, of a batch of `samples`.
    fn update_running_statistics<const L: usize>(&mut self, trace: &mut Self::Trace<L>, samples: usize);

    /// A new network with initial parameters, built in place on the heap.
    fn init<R: Rng + ?Sized>(rng: &mut R) -> Box<Self> {
        let mut network = bytemuck::zeroed_box::<Self>();
        network.initialize(rng);
        network
    }

    /// All numbers of the network as one slice, in the order of [`SEGMENTS`](Network::SEGMENTS), without what may fill its
    /// last cache line.
    fn parameters(&self) -> &[Self::Scalar] {
        &bytemuck::cast_slice(std::slice::from_ref(self))[..Self::PARAMETER_COUNT]
    }

    /// All numbers of the network as one slice, in the order of [`SEGMENTS`](Network::SEGMENTS).
    fn parameters_mut(&mut self) -> &mut [Self::Scalar] {
        &mut bytemuck::cast_slice_mut(std::slice::from_mut(self))[..Self::PARAMETER_COUNT]
    }

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
    /// use castnet::{Network, network};
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

    /// [`infer`](Network::infer) for the instruction set of this processor.
    fn infer_group<const L: usize>(
        &self,
        input: &[Self::Scalar],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<L>,
    ) {
        dispatch::<L, _>(Infer { network: self, input, output, workspace });
    }

    /// [`infer_samples`](Network::infer_samples) for the instruction set of this processor.
    fn infer_samples_group<const L: usize>(
        &self,
        samples: &[Self::Scalar],
        lanes: &mut [Self::Scalar],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<L>,
    ) {
        dispatch::<L, _>(InferSamples { network: self, samples, lanes, output, workspace });
    }

    /// The output for one sample. Allocates nothing: the buffers are on the stack, which is why a network that needs
    /// more than 64 KiB of them does not compile here; [`Predictor`](crate::Predictor) holds them on the heap.
    fn predict(&self, input: &Self::Input) -> Self::Output {
        const {
            assert!(
                size_of::<Self::Workspace<1>>() <= 64 * 1024,
                "the buffers of this network are too large for the stack: use `castnet::Predictor` instead of `predict`"
            );
        }
        let mut workspace = Self::Workspace::<1>::zeroed();
        let mut output = Self::Output::zeroed();
        self.infer_group::<1>(input.as_ref(), output.as_mut(), &mut workspace);
        output
    }
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

/// A layer as the layer table shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerInfo {
    /// The layer's name in the declaration, or its kind and place (`relu1`) where it has none.
    pub name: &'static str,
    /// Its kind: `conv2d`, `relu`, ..
    pub kind: &'static str,
    /// `[features]` or `[channels, height, width]` of its output.
    pub output_shape: &'static [usize],
    /// Its trainable parameters.
    pub parameters: usize,
    /// Height and width of the part of the input image that one output value depends on; `None` for flat inputs.
    pub receptive_field: Option<[usize; 2]>,
    /// Multiplications with an addition for one sample.
    pub multiply_adds: u64,
}

/// A named run of numbers among a network's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Layer and field: `conv1.weight`.
    pub name: &'static str,
    /// Index of its first number in [`Network::parameters`].
    pub offset: usize,
    /// How many numbers it has.
    pub len: usize,
    /// Rows and columns as stored, column by column.
    pub shape: [usize; 2],
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
    /// A mean or variance that the forward pass keeps.
    RunningStatistic,
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

struct Infer<'a, N: Network, const L: usize> {
    network: &'a N,
    input: &'a [N::Scalar],
    output: &'a mut [N::Scalar],
    workspace: &'a mut N::Workspace<L>,
}

impl<N: Network, const L: usize> WithSimd for Infer<'_, N, L> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.infer::<S, L>(simd, self.input, self.output, self.workspace);
    }
}

struct InferSamples<'a, N: Network, const L: usize> {
    network: &'a N,
    samples: &'a [N::Scalar],
    lanes: &'a mut [N::Scalar],
    output: &'a mut [N::Scalar],
    workspace: &'a mut N::Workspace<L>,
}

impl<N: Network, const L: usize> WithSimd for InferSamples<'_, N, L> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.infer_samples::<S, L>(simd, self.samples, self.lanes, self.output, self.workspace);
    }
}
