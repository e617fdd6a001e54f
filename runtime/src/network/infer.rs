//! What a network does with samples once it is trained.

use bytemuck::{Pod, Zeroable};
use pulp::{Simd, WithSimd};

use super::{HeadInfo, InputInfo};
use crate::Parameters;
use crate::kernels::samples;
use crate::layers::Operation;
use crate::simd::dispatch::dispatch;

/// A network that can be asked: its inputs and outputs, and inference.
///
/// What begins with `predict` takes and gives samples, what begins with `infer` gives lane groups.
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
/// assert_eq!((Controller::INPUT_LEN, Controller::OUTPUT_SHAPE), (3, &[2][..]));
/// let output: [f32; 2] = controller.predict(&[0.1, 0.2, 0.3]);
/// ```
pub trait Infer: Parameters {
    /// One sample: `[Scalar; INPUT_LEN]`, or a struct of such arrays if there are several inputs; a sequence is flattened
    /// channel by channel, an image channel by channel, row by row.
    type Input: Pod + Send + Sync + AsRef<[Self::Scalar]> + AsMut<[Self::Scalar]>;
    /// What one sample becomes: `[Scalar; OUTPUT_LEN]`, or a struct of such arrays if the network has heads.
    type Output: Pod + Send + Sync + AsRef<[Self::Scalar]> + AsMut<[Self::Scalar]>;
    /// The buffers of `L` samples at inference.
    type Workspace<const L: usize>: Zeroable + Send + Sync + 'static;

    /// `[features]`, `[channels, length]` or `[channels, height, width]` of a sample.
    const INPUT_SHAPE: &'static [usize];
    /// `[features]`, `[channels, length]` or `[channels, height, width]` of what it becomes.
    const OUTPUT_SHAPE: &'static [usize];
    /// Numbers in a sample.
    const INPUT_LEN: usize;
    /// Numbers in an output.
    const OUTPUT_LEN: usize;
    /// The layers in their order: the rows of the layer table.
    const LAYERS: &'static [LayerInfo];
    /// The inputs by name, if there are several or if the one is of tokens; [`INPUT_SHAPE`](Infer::INPUT_SHAPE) is that of all
    /// of them together, flat.
    const INPUTS: &'static [InputInfo] = &[];
    /// The heads, if there are some: the branches of a `concat` that ends the network, if all have names.
    const HEADS: &'static [HeadInfo] = &[];
    /// Bytes of the buffers for one sample, beside the parameters, the sample and its output: the size of a
    /// [`Workspace<1>`](Infer::Workspace), whole cache lines.
    const INFERENCE_BYTES: usize = size_of::<Self::Workspace<1>>();

    /// Inference for one lane group: `input` is `INPUT_LEN * L`, `output` is `OUTPUT_LEN * L`, sample by sample in the
    /// lanes (feature `i` at `[i * L..][..L]`).
    fn infer<S: Simd, const L: usize>(
        &self,
        simd: S,
        input: &[Self::Scalar],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<L>,
    );

    /// [`infer`](Infer::infer) of samples that lie one after the other: `samples` is `INPUT_LEN` for each of them, of which
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

    /// The output for one sample. Allocates nothing: the buffers are on the stack, which is why a network that needs
    /// more than 64 KiB of them does not compile here; [`Predictor`](crate::Predictor) holds them on the heap.
    fn predict(&self, input: &Self::Input) -> Self::Output {
        const {
            assert!(
                Self::INFERENCE_BYTES <= 64 * 1024,
                "the buffers of this network are too large for the stack: use `castnet::Predictor` instead of `predict`"
            );
        }
        let mut workspace = Self::Workspace::<1>::zeroed();
        let mut output = Self::Output::zeroed();
        infer_group::<_, 1>(self, input.as_ref(), output.as_mut(), &mut workspace);
        output
    }
}

/// A layer, with all that is known of it when the program is compiled: what the layer table shows, and what other programs
/// need to compute the same.
///
/// ```
/// use castnet::layers::Operation;
/// use castnet::{Source, prelude::*};
///
/// network! {
///     struct Small {
///         input: [4],
///         concat { { dense(3), tanh }, {} },
///     }
/// }
///
/// let [dense, tanh, concat] = Small::LAYERS else { panic!("three layers") };
/// assert_eq!((dense.name, dense.operation, dense.inputs), ("concat1.branch1.dense1", Operation::Dense, &[Source::Input][..]));
/// assert_eq!((tanh.operation, tanh.inputs), (Operation::Tanh, &[Source::Layer(0)][..]));
/// assert_eq!((concat.operation, concat.inputs), (Operation::Concat, &[Source::Layer(1), Source::Input][..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerInfo {
    /// The layer's name in the declaration, or its kind and place (`relu1`) where it has none.
    pub name: &'static str,
    /// Its kind: `conv2d`, `relu`, ..
    pub kind: &'static str,
    /// What it computes, with its settings.
    pub operation: Operation,
    /// What it reads: several values where branches meet.
    pub inputs: &'static [Source],
    /// `[features]`, `[channels, length]` or `[channels, height, width]` of its output.
    pub output_shape: &'static [usize],
    /// Its trainable parameters.
    pub parameters: usize,
    /// How much of the network's input one output value depends on, along each axis of that: `[5, 5]` of height and width,
    /// `[9]` of a length. Empty if the input is flat.
    pub receptive_field: &'static [usize],
    /// Multiplications with an addition for one sample.
    pub multiply_adds: u64,
    /// Bytes that it writes for one sample at inference: those of its output, or none if it leaves its input as it is.
    pub bytes: usize,
    /// Where its output stands at inference.
    pub place: LayerPlace,
    /// Numbers that it keeps from frame to frame in a [`Stream`](crate::Stream).
    pub state: usize,
}

/// Where a layer's input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The sample.
    Input,
    /// The layer of this index in [`Infer::LAYERS`], one before it.
    Layer(usize),
}

/// Where the output of a layer stands at inference, for one sample, and at which byte of it.
///
/// Values that are not needed at the same time share memory: two layers at one byte are no mistake.
///
/// ```
/// use castnet::prelude::*;
/// use castnet::LayerPlace;
///
/// network! {
///     struct Small {
///         input: [3],
///         dense(16), tanh,
///         dense(32), tanh,
///         dense(8), tanh,
///         dense(2),
///     }
/// }
///
/// let places: Vec<_> = Small::LAYERS.iter().map(|layer| layer.place).collect();
/// let [first, second, third] = [0, 2, 4].map(|layer| places[layer]);
/// assert_eq!([first, second, third], [0, 64, 0].map(LayerPlace::Workspace));
/// assert_eq!(places[1], first, "an activation works where its input stands");
/// assert_eq!(places[6], LayerPlace::Output(0));
/// assert_eq!(Small::INFERENCE_BYTES, 4 * (16 + 32));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerPlace {
    /// In the sample, which no layer has changed.
    Input(usize),
    /// In the buffers, [`Infer::Workspace`].
    Workspace(usize),
    /// In the output of the network.
    Output(usize),
}

/// [`Infer::infer`] for the instruction set of this processor.
pub(crate) fn infer_group<N: Infer, const L: usize>(
    network: &N,
    input: &[N::Scalar],
    output: &mut [N::Scalar],
    workspace: &mut N::Workspace<L>,
) {
    dispatch::<L, _>(InferLanes { network, input, output, workspace });
}

/// [`Infer::infer_samples`] for the instruction set of this processor.
#[cfg(feature = "alloc")]
pub(crate) fn infer_samples_group<N: Infer, const L: usize>(
    network: &N,
    samples: &[N::Scalar],
    lanes: &mut [N::Scalar],
    output: &mut [N::Scalar],
    workspace: &mut N::Workspace<L>,
) {
    dispatch::<L, _>(InferSamples { network, samples, lanes, output, workspace });
}

struct InferLanes<'a, N: Infer, const L: usize> {
    network: &'a N,
    input: &'a [N::Scalar],
    output: &'a mut [N::Scalar],
    workspace: &'a mut N::Workspace<L>,
}

impl<N: Infer, const L: usize> WithSimd for InferLanes<'_, N, L> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.infer::<S, L>(simd, self.input, self.output, self.workspace);
    }
}

#[cfg(feature = "alloc")]
struct InferSamples<'a, N: Infer, const L: usize> {
    network: &'a N,
    samples: &'a [N::Scalar],
    lanes: &'a mut [N::Scalar],
    output: &'a mut [N::Scalar],
    workspace: &'a mut N::Workspace<L>,
}

#[cfg(feature = "alloc")]
impl<N: Infer, const L: usize> WithSimd for InferSamples<'_, N, L> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.infer_samples::<S, L>(simd, self.samples, self.lanes, self.output, self.workspace);
    }
}
