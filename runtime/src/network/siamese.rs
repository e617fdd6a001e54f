//! One network for several samples at once.

use bytemuck::{Pod, Zeroable};
use pulp::Simd;
use rand::Rng;

use super::{Infer, LayerInfo, Network, Parameters, Segment, Trace};
use crate::data::Sample;
use crate::{Pass, Scalar};

/// A network that is applied to each of `COPIES` samples that belong together, with the same parameters: a siamese network of
/// pairs, or of triples.
///
/// Its input is [`Copies`] of the network's, its output those of the network's, one behind the other, as the losses
/// [`Contrastive`](crate::losses::Contrastive) and [`Triplet`](crate::losses::Triplet) take them. The network itself is its only field:
/// to be predicted with, saved and loaded. It has no batch norm, which would mix the copies.
///
/// ```
/// use castnet::{Copies, Siamese, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Embedding { input: [3], dense(2) } }
///
/// let pairs = Siamese::<Embedding, 2>::init(&mut StdRng::seed_from_u64(1));
/// let Copies([one, other]) = pairs.predict(&Copies([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]));
/// assert_eq!(one, pairs.0.predict(&[0.1, 0.2, 0.3]));
/// assert_eq!(other, pairs.0.predict(&[0.4, 0.5, 0.6]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Siamese<N, const COPIES: usize>(
    /// The network of single samples.
    pub N,
);

/// Samples that belong together, or the outputs for them.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Copies<I, const COPIES: usize>(
    /// One behind the other.
    pub [I; COPIES],
);

impl<T: Scalar, I: Pod + AsRef<[T]>, const COPIES: usize> AsRef<[T]> for Copies<I, COPIES> {
    fn as_ref(&self) -> &[T] {
        bytemuck::cast_slice(&self.0)
    }
}

impl<T: Scalar, I: Pod + AsMut<[T]>, const COPIES: usize> AsMut<[T]> for Copies<I, COPIES> {
    fn as_mut(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

impl<I: Sample, const COPIES: usize> Sample for Copies<I, COPIES> {
    type Scalar = I::Scalar;
}

impl<N: Parameters, const COPIES: usize> Parameters for Siamese<N, COPIES> {
    type Scalar = N::Scalar;

    const NAME: &'static str = N::NAME;
    const SEGMENTS: &'static [Segment] = N::SEGMENTS;

    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.0.initialize(rng);
    }
}

impl<N: Infer, const COPIES: usize> Infer for Siamese<N, COPIES> {
    type Input = Copies<N::Input, COPIES>;
    type Output = Copies<N::Output, COPIES>;
    type Workspace<const L: usize> = N::Workspace<L>;

    const INPUT_SHAPE: &'static [usize] = &[COPIES * N::INPUT_LEN];
    const OUTPUT_SHAPE: &'static [usize] = &[COPIES * N::OUTPUT_LEN];
    const INPUT_LEN: usize = COPIES * N::INPUT_LEN;
    const OUTPUT_LEN: usize = COPIES * N::OUTPUT_LEN;
    const LAYERS: &'static [LayerInfo] = N::LAYERS;

    fn infer<S: Simd, const L: usize>(
        &self,
        simd: S,
        input: &[N::Scalar],
        output: &mut [N::Scalar],
        workspace: &mut N::Workspace<L>,
    ) {
        let outputs = output.chunks_exact_mut(N::OUTPUT_LEN * L);
        for (input, output) in input.chunks_exact(N::INPUT_LEN * L).zip(outputs) {
            self.0.infer::<S, L>(simd, input, output, workspace);
        }
    }
}

impl<N: Network, const COPIES: usize> Network for Siamese<N, COPIES> {
    type Trace<const L: usize> = SiameseTrace<N, COPIES, L>;

    const STAGES: usize = {
        assert!(
            N::STAGES == 1,
            "a siamese network has no batch norm, which would mix the samples that belong together"
        );
        1
    };

    fn forward_stage<S: Simd, const L: usize>(
        &self,
        simd: S,
        stage: usize,
        pass: &Pass,
        trace: &mut SiameseTrace<N, COPIES, L>,
    ) {
        let SiameseTrace { inputs, outputs, copies, .. } = trace;
        let inputs = numbers(inputs).chunks_exact(N::INPUT_LEN * L);
        let outputs = numbers_mut(outputs).chunks_exact_mut(N::OUTPUT_LEN * L);
        for (copy, (input, output)) in copies.iter_mut().zip(inputs.zip(outputs)) {
            copy.input_mut().copy_from_slice(input);
            self.0.forward_stage::<S, L>(simd, stage, pass, copy);
            output.copy_from_slice(copy.output());
        }
    }

    fn backward_stage<S: Simd, const L: usize>(
        &self,
        simd: S,
        stage: usize,
        pass: &Pass,
        trace: &mut SiameseTrace<N, COPIES, L>,
        gradient: &mut Self,
    ) {
        let SiameseTrace { gradients, input_gradients, copies, .. } = trace;
        let of_outputs = numbers(gradients).chunks_exact(N::OUTPUT_LEN * L);
        let of_inputs = numbers_mut(input_gradients).chunks_exact_mut(N::INPUT_LEN * L);
        for (number, (copy, (of_output, of_input))) in copies.iter_mut().zip(of_outputs.zip(of_inputs)).enumerate() {
            copy.output_and_gradient().1.copy_from_slice(of_output);
            let pass = Pass { overwrite: pass.overwrite && number == 0, ..*pass };
            self.0.backward_stage::<S, L>(simd, stage, &pass, copy, &mut gradient.0);
            if pass.input_gradient {
                of_input.copy_from_slice(copy.input_gradient(&pass));
            }
        }
    }

    fn update_running_statistics<const L: usize>(&mut self, _: &mut SiameseTrace<N, COPIES, L>, _: usize) {}
}

/// The numbers of arrays of samples.
fn numbers<T: Scalar, I: Pod>(samples: &[I]) -> &[T] {
    bytemuck::cast_slice(samples)
}

/// The numbers of arrays of samples, to be written.
fn numbers_mut<T: Scalar, I: Pod>(samples: &mut [I]) -> &mut [T] {
    bytemuck::cast_slice_mut(samples)
}

/// The [`Trace`] of a [`Siamese`] network: one of the network for each copy, and what they take and make side by side.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct SiameseTrace<N: Network, const COPIES: usize, const L: usize> {
    inputs: [[N::Input; COPIES]; L],
    outputs: [[N::Output; COPIES]; L],
    gradients: [[N::Output; COPIES]; L],
    input_gradients: [[N::Input; COPIES]; L],
    copies: [N::Trace<L>; COPIES],
}

impl<N: Network, const COPIES: usize, const L: usize> Trace for SiameseTrace<N, COPIES, L> {
    type Scalar = N::Scalar;
    const LANES: usize = L;

    fn input_mut(&mut self) -> &mut [N::Scalar] {
        numbers_mut(&mut self.inputs)
    }
    fn output(&self) -> &[N::Scalar] {
        numbers(&self.outputs)
    }
    fn output_and_gradient(&mut self) -> (&[N::Scalar], &mut [N::Scalar]) {
        (numbers(&self.outputs), numbers_mut(&mut self.gradients))
    }
    fn input_gradient_buffer(&self) -> &[N::Scalar] {
        numbers(&self.input_gradients)
    }
    fn statistics(&mut self, _stage: usize) -> &mut [N::Scalar] {
        &mut []
    }
    fn sums(&mut self, _stage: usize) -> &mut [N::Scalar] {
        &mut []
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::check_gradients;
    use crate::losses::{Contrastive, Loss, SampleWeighted, Triplet};
    use crate::testing::Affine;

    /// Asserts gradients in the parameters; [`Affine`] has none in its input.
    fn assert_right<C: Loss<Siamese<Affine<false>, COPIES>>, const COPIES: usize, const L: usize>(
        loss: &C,
        targets: [C::Target; 7],
    ) {
        let rng = &mut StdRng::seed_from_u64(2);
        let network = Siamese::<Affine<false>, COPIES>::init(rng);
        let check = check_gradients::<_, _, L>(&*network, loss, &samples(rng), &targets).unwrap();
        let mut errors = check.relative_errors.iter().filter(|(name, _)| *name != "input");
        assert!(errors.all(|(_, error)| *error < 1e-7), "{check:?}");
    }

    fn samples<const COPIES: usize>(rng: &mut StdRng) -> [Copies<[f64; 3], COPIES>; 7] {
        core::array::from_fn(|_| Copies(core::array::from_fn(|_| rng.random())))
    }

    #[test]
    fn gradients_are_those_of_the_network_that_all_copies_share() {
        let together = [true, false, true, true, false, false, true];
        assert_right::<_, 2, 8>(&Contrastive { margin: 3.0 }, together);
        let weights = [1.0, 0.5, 2.0, 0.0, 3.0, 1.0, 0.25].map(|weight| ((), weight));
        assert_right::<_, 3, 16>(&SampleWeighted(Triplet { margin: 5.0 }), weights);
    }
}
