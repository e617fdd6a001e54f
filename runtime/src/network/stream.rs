//! Networks that are run frame by frame.

use bytemuck::{Pod, Zeroable};
use pulp::{Simd, WithSimd};

use crate::Infer;
use crate::simd::dispatch::dispatch;

/// A network of a sequence that can be run frame by frame, as its columns come: audio, a sensor.
///
/// A frame is a column of the input, one number for each channel; what comes out for it is a column of the output. What
/// a layer needs of earlier frames is carried in a [`State`](Stream::State). After the first frame the outputs are those of
/// [`Infer::predict`] for the sequence so far, however long it is: the length in the declaration is that of the sequences
/// that the network is trained on.
///
/// [`network!`](crate::network) implements it if no layer needs what has not come yet: `conv1d` with `padding = causal` and a
/// stride of one, or with `kernel = 1`; activations, `prelu`, `dropout`, `batch_norm`; `residual`, `sum` and `concat` of
/// these. Of another network of a sequence the compiler says which layer stands in the way.
///
/// ```
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     /// A distortion: trained on half a second at 8 kHz, then run sample by sample.
///     struct Amplifier {
///         input: [1, 4000],
///         conv1d(8, kernel = 3, padding = causal), tanh,
///         residual { conv1d(8, kernel = 3, dilation = 4, padding = causal), tanh },
///         conv1d(1, kernel = 1),
///     }
/// }
///
/// let amplifier = Amplifier::init(&mut StdRng::seed_from_u64(1));
/// let mut state = Amplifier::start();
/// let sine = |time: u32| (time as f32 * 0.3).sin();
/// let sound: Vec<f32> = (0..4000).map(|time| amplifier.advance(&mut state, &[sine(time)])[0]).collect();
///
/// let at_once = Predictor::new(&amplifier).predict(&std::array::from_fn(|time| sine(time as u32)));
/// assert!(sound.iter().zip(at_once).all(|(one, other)| (one - other).abs() < 1e-5));
/// assert_eq!(Amplifier::STATE, 1 * 2 + 8 * 2 * 4);
/// # use castnet::Predictor;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be run frame by frame",
    note = "a stream is a network of a sequence, `input: [channels, length]`, whose layers need nothing that comes later"
)]
pub trait Stream: Infer {
    /// What is carried from frame to frame. Zeros are a start: nothing has been heard.
    type State: Zeroable + Clone + Send + Sync + 'static;
    /// One column of the input: `[Scalar; channels]`.
    type Frame: Pod + Send + Sync;
    /// One column of the output: `[Scalar; channels]`.
    type Sound: Pod + Send + Sync;

    /// Numbers that a state has, of all layers together.
    const STATE: usize;

    /// The state before the first frame.
    fn start() -> Self::State {
        Self::State::zeroed()
    }

    /// The output for the next frame. Allocates nothing.
    fn advance(&self, state: &mut Self::State, frame: &Self::Frame) -> Self::Sound {
        let mut sound = Self::Sound::zeroed();
        dispatch::<1, _>(Advance { network: self, state, frame, sound: &mut sound });
        sound
    }

    /// [`advance`](Stream::advance) with the instruction set `S`.
    #[doc(hidden)]
    fn advance_column<S: Simd>(&self, simd: S, state: &mut Self::State, frame: &Self::Frame, sound: &mut Self::Sound);
}

struct Advance<'a, N: Stream> {
    network: &'a N,
    state: &'a mut N::State,
    frame: &'a N::Frame,
    sound: &'a mut N::Sound,
}

impl<N: Stream> WithSimd for Advance<'_, N> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.advance_column(simd, self.state, self.frame, self.sound);
    }
}

/// The state of a stream: how many frames have come, and what the layers keep of them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Zeroable)]
pub struct StreamState<M> {
    pub frames: usize,
    pub memory: M,
}

/// A layer of a network that is run frame by frame: none that stands in the way.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` of `{N}` stands in the way of running it frame by frame",
    label = "needs a network without this layer",
    note = "a stream is made of `conv1d` with `padding = causal` or `kernel = 1`, activations, `prelu`, `dropout`, `batch_norm`, and \
            `residual`, `sum` and `concat` of these"
)]
pub trait RunsByFrames<N> {}
