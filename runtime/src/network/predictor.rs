//! Inference with its buffers on the heap.

use alloc::boxed::Box;
use core::ops::Deref;

use bytemuck::{Zeroable, zeroed_box};

use crate::buffer::Buffer;
use crate::pass::is_lane_count;
use crate::{Infer, IntoNetwork, Predict};

use super::infer::{infer_group, infer_samples_group};

/// A network at inference, with room to work.
///
/// [`Infer::predict`] has its buffers on the stack, for one sample at a time; a predictor has them on the heap, so it
/// serves networks of any size, and takes `L` samples at once where there are many. It allocates nothing after its
/// construction.
///
/// It borrows the network, owns it or shares it, as the pointer `P` does: `Predictor<&Small>`, `Predictor<Box<Small>>`,
/// `Predictor<Arc<Small>>`.
///
/// ```
/// use castnet::{Predictor, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Small {
///         input: [3],
///         dense(8), tanh,
///         dense(2),
///     }
/// }
///
/// /// Keeps a network and the room that it needs.
/// struct Player {
///     predictor: Predictor<Box<Small>>,
/// }
///
/// let small = Small::init(&mut StdRng::seed_from_u64(1));
/// let mut predictor = Predictor::new(&small);
/// let inputs: Vec<[f32; 3]> = (0..20).map(|index| [index as f32 / 20.0; 3]).collect();
/// let mut outputs = [[0.0; 2]; 20];
/// predictor.predict_batch(&inputs, &mut outputs);
/// let mut player = Player { predictor: Predictor::new(small) };
/// for (input, output) in inputs.iter().zip(outputs) {
///     let alone = player.predictor.predict(input);
///     assert!((alone[0] - output[0]).abs() < 1e-5 && (alone[1] - output[1]).abs() < 1e-5);
/// }
/// ```
pub struct Predictor<P: Deref<Target: Infer>, const L: usize = 16> {
    network: P,
    buffers: Buffers<P::Target, L>,
}

impl<P: Deref<Target: Infer>> Predictor<P> {
    /// A predictor that takes 16 samples at once in [`predict_batch`](Predictor::predict_batch).
    pub fn new(network: impl IntoNetwork<P>) -> Self {
        Self::with_lanes(network)
    }
}

impl<P: Deref<Target: Infer>, const L: usize> Predictor<P, L> {
    /// A predictor that takes `L` samples at once in [`predict_batch`](Predictor::predict_batch): 1, 8, 16 or 32.
    ///
    /// Any other number is a compile error.
    pub fn with_lanes(network: impl IntoNetwork<P>) -> Self {
        const { assert!(is_lane_count(L), "a lane group holds 1, 8, 16 or 32 samples") }
        Self { network: network.into_network(), buffers: Buffers::new() }
    }

    /// The output for one sample.
    pub fn predict(&mut self, input: &Input<P>) -> Output<P> {
        self.buffers.predict(&self.network, input)
    }

    /// The outputs for any number of samples.
    ///
    /// # Panics
    ///
    /// If `outputs` is not as long as `inputs`.
    pub fn predict_batch(&mut self, inputs: &[Input<P>], outputs: &mut [Output<P>]) {
        self.buffers.predict_batch(&self.network, inputs, outputs);
    }

    /// The network.
    pub fn network(&self) -> &P::Target {
        &self.network
    }

    /// What holds the network.
    pub fn into_network(self) -> P {
        self.network
    }
}

/// # Panics
///
/// If there are not as many outputs as inputs.
impl<P: Deref<Target: Infer>, const L: usize> Predict for Predictor<P, L> {
    type Input = Input<P>;
    type Output = Output<P>;

    fn predict_batch(&mut self, inputs: &[Input<P>], outputs: &mut [Output<P>]) {
        Predictor::predict_batch(self, inputs, outputs);
    }
}

type Input<P> = <<P as Deref>::Target as Infer>::Input;
type Output<P> = <<P as Deref>::Target as Infer>::Output;

/// What inference needs besides the network.
pub(crate) struct Buffers<N: Infer, const L: usize> {
    single: Box<N::Workspace<1>>,
    group: Box<N::Workspace<L>>,
    /// The samples of a lane group.
    pub(crate) input: Buffer<N::Scalar>,
    /// Their outputs.
    pub(crate) output: Buffer<N::Scalar>,
}

impl<N: Infer, const L: usize> Buffers<N, L> {
    pub(crate) fn new() -> Self {
        Self {
            single: zeroed_box(),
            group: zeroed_box(),
            input: Buffer::zeroed(N::INPUT_LEN * L),
            output: Buffer::zeroed(N::OUTPUT_LEN * L),
        }
    }

    pub(crate) fn predict(&mut self, network: &N, input: &N::Input) -> N::Output {
        let mut output = N::Output::zeroed();
        infer_group::<_, 1>(network, input.as_ref(), output.as_mut(), &mut self.single);
        output
    }

    pub(crate) fn predict_batch(&mut self, network: &N, inputs: &[N::Input], outputs: &mut [N::Output]) {
        assert_eq!(inputs.len(), outputs.len(), "each input has an output");
        for (inputs, outputs) in inputs.chunks(L).zip(outputs.chunks_mut(L)) {
            // What is not finite in a sample stays in its lane: it comes out in the sample's own output.
            let samples = bytemuck::cast_slice(inputs);
            infer_samples_group::<_, L>(network, samples, &mut self.input, &mut self.output, &mut self.group);
            for (lane, output) in outputs.iter_mut().enumerate() {
                self.copy_output(lane, output);
            }
        }
    }

    /// Inference from `input` to `output`.
    pub(crate) fn infer_group(&mut self, network: &N) {
        infer_group::<_, L>(network, &self.input, &mut self.output, &mut self.group);
    }

    /// Copies the output of one sample out of the lanes.
    pub(crate) fn copy_output(&self, lane: usize, output: &mut N::Output) {
        for (value, lanes) in output.as_mut().iter_mut().zip(self.output.chunks_exact(L)) {
            *value = lanes[lane];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::prelude::*;
    use crate::testing::Affine;

    fn check<const L: usize>(count: usize) {
        let network = Affine::<false>::init(&mut StdRng::seed_from_u64(1));
        let inputs: Vec<[f64; 3]> = (0..count).map(|index| [index as f64, 1.0, -(index as f64)]).collect();
        let mut outputs = vec![[f64::NAN; 2]; count];
        let mut predictor = Predictor::<_, L>::with_lanes(&network);
        predictor.predict_batch(&inputs, &mut outputs);
        for (input, output) in inputs.iter().zip(outputs) {
            assert_eq!(network.predict(input), output);
            assert_eq!(predictor.predict(input), output);
        }
    }

    #[test]
    fn samples_together_are_as_samples_alone() {
        check::<1>(3);
        check::<8>(0);
        check::<16>(16);
        check::<16>(37);
    }

    #[test]
    fn a_network_is_borrowed_owned_or_shared() {
        fn output<P: Deref<Target = Affine<false>>>(network: impl IntoNetwork<P>) -> [f64; 2] {
            Predictor::new(network).predict(&[1.0, 2.0, 3.0])
        }
        let network = Affine::<false>::init(&mut StdRng::seed_from_u64(1));
        let expected = network.predict(&[1.0, 2.0, 3.0]);
        let shared = Arc::new(*network);
        let leaked: &'static Affine<false> = Box::leak(network.clone());
        let outputs = [output(&network), output(&*network), output(&shared), output(leaked)];
        assert_eq!(outputs, [expected; 4]);
        let mut kept: (Predictor<Arc<Affine<false>>>, Predictor<Box<Affine<false>>>) =
            (Predictor::new(shared), Predictor::new(network));
        assert_eq!((kept.0.predict(&[1.0, 2.0, 3.0]), kept.1.predict(&[1.0, 2.0, 3.0])), (expected, expected));
        assert_eq!(kept.0.network(), &*kept.1.into_network());
    }

    #[test]
    fn a_fault_stays_in_its_own_output() {
        let network = Affine::<false>::init(&mut StdRng::seed_from_u64(1));
        let mut outputs = [[0.0; 2]; 3];
        Predictor::new(&*network).predict_batch(&[[1.0; 3], [f64::NAN; 3], [2.0; 3]], &mut outputs);
        assert_eq!(outputs.map(|[first, _]| first.is_nan()), [false, true, false]);
    }

    #[test]
    #[should_panic(expected = "each input has an output")]
    fn too_few_outputs_are_a_mistake_of_the_caller() {
        let network = Affine::<false>::init(&mut StdRng::seed_from_u64(1));
        Predictor::new(&*network).predict_batch(&[[1.0; 3]], &mut []);
    }
}
