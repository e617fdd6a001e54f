//! A gradient that comes from elsewhere.

use pulp::Simd;

use super::{Loss, MeanSquaredError};
use crate::kernels::samples;
use crate::{Error, Outputs, Pass, Scalar};

/// Steps along gradients of the outputs that are given: by a reward, or by another network.
///
/// A target is the gradient `g` in the output `y` of one sample, and the loss of a sample is the product `g * y`, summed
/// over the outputs, whose gradient is `g`. As with any loss the mean over the batch is taken: where `g` is that of a sum
/// over the batch, multiply it by the number of samples. The value of this loss says nothing about how well training goes.
///
/// A policy that learns from reward (Williams 1992, "Simple Statistical Gradient-Following Algorithms for Connectionist
/// Reinforcement Learning"): the gradient of `-advantage * ln(softmax(y)[action])` is
/// `advantage * (softmax(y) - [action])`.
///
/// ```
/// use castnet::losses::GivenGradient;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{RngExt, SeedableRng, rngs::StdRng};
///
/// network! {
///     /// Which of two levers to pull.
///     struct Policy {
///         input: [1],
///         dense(2, init = zeros),
///     }
/// }
///
/// let rng = &mut StdRng::seed_from_u64(1);
/// let mut trainer = Trainer::new(Policy::init(rng), GivenGradient, Adam::default()).schedule(0.05);
/// for _ in 0..200 {
///     let [one, other] = trainer.predict(&[1.0]);
///     let second = 1.0 / (1.0 + (one - other).exp());
///     let action = usize::from(rng.random::<f32>() < second);
///     // The second lever pays.
///     let advantage = action as f32 - 0.5;
///     let mut gradient = [1.0 - second, second].map(|probability| advantage * probability);
///     gradient[action] -= advantage;
///     trainer.step(&[[1.0]], &[gradient])?;
/// }
/// let [one, other] = trainer.predict(&[1.0]);
/// assert!(other > one + 2.0);
/// # Ok::<(), castnet::Error>(())
/// ```
///
/// A generator that learns from a critic: [`input_gradient`](crate::Network::input_gradient) of the critic is the gradient in
/// the generator's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenGradient;

impl<N: Outputs> Loss<N> for GivenGradient {
    type Target = N::Output;

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`].
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        Loss::<N>::check(&MeanSquaredError, target, sample)
    }

    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[N::Output],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        // Zero in masked lanes.
        samples::side_by_side::<_, S, L>(simd, targets.len(), |sample| samples::row(targets, sample), gradient);
        let part = 1.0 / pass.batch as f64;
        let mut value = 0.0;
        for (outputs, slopes) in outputs.chunks_exact(L).zip(gradient.chunks_exact_mut(L)) {
            for (output, slope) in outputs.iter().zip(slopes).take(pass.real) {
                value += output.to_f64() * slope.to_f64();
                *slope = N::Scalar::from_f64(slope.to_f64() * part);
            }
        }
        value * part
    }
}
