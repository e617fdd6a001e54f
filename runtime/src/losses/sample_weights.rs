//! Samples that count more than others.

use bytemuck::Zeroable;
use pulp::Simd;

use super::Loss;
use crate::simd::places::{at, put, within};
use crate::{Error, Outputs, Pass, Scalar};

/// A loss whose samples each count as much as is said with their target: `(target, weight)`.
///
/// `loss = sum w_s L(y_s, t_s) / b` over the `b` samples of a batch: a sample of weight 2 is worth two, and one of weight 0 adds nothing.
/// Weights that are 1 in the mean leave the learning rate what it is. [`Dataset::weighted`](crate::data::Dataset::weighted) puts a
/// weight to each target of a data set.
///
/// Each sample is computed by itself, which for a loss with exponentials takes several times as long as without weights.
///
/// ```
/// use castnet::losses::{SampleWeighted, SoftmaxCrossEntropy};
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Two { input: [1], dense(2, init = zeros) } }
///
/// let two = Two::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(two, SampleWeighted(SoftmaxCrossEntropy), Adam::default());
/// let report = trainer.step(&[[1.0], [2.0]], &[(0, 0.5), (1, 3.0)])?;
/// assert!((report.loss - (0.5 + 3.0) * 2.0_f64.ln() / 2.0).abs() < 1e-6);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleWeighted<C>(
    /// The loss.
    pub C,
);

impl<N: Outputs, C: Loss<N>> Loss<N> for SampleWeighted<C> {
    type Target = (C::Target, f64);

    const FITS: () = C::FITS;

    /// # Errors
    ///
    /// Those of the loss, and [`Error::SampleWeight`] if the weight is negative or not finite.
    fn check(&self, (target, weight): &Self::Target, sample: usize) -> Result<(), Error> {
        if !(weight.is_finite() && *weight >= 0.0) {
            return Err(Error::SampleWeight { sample, weight: *weight });
        }
        self.0.check(target, sample)
    }

    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[Self::Target],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        gradient.fill(N::Scalar::ZERO);
        let (mut of_sample, mut slopes) = (N::Output::zeroed(), N::Output::zeroed());
        let mut value = 0.0;
        for (lane, (target, weight)) in targets.iter().enumerate().filter(|(_, (_, weight))| *weight != 0.0) {
            for (number, lanes) in of_sample.as_mut().iter_mut().zip(outputs.chunks_exact(L)) {
                *number = at(lanes, lane);
            }
            let pass = Pass { real: 1, first_sample: pass.first_sample + lane as u64, ..*pass };
            let target = core::slice::from_ref(target);
            let (outputs, slopes) = (of_sample.as_ref(), slopes.as_mut());
            value += weight * self.0.value_and_gradient::<S, 1>(simd, &pass, outputs, target, slopes);
            let factor = N::Scalar::from_f64(*weight);
            for (slope, lanes) in slopes.iter().zip(gradient.chunks_exact_mut(L)) {
                put(lanes, lane, *slope * factor);
            }
        }
        value
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[Self::Target]) -> Option<usize> {
        let mut own = [targets.first()?.0; L];
        for (own, (target, _)) in own.iter_mut().zip(targets) {
            *own = *target;
        }
        self.0.correct::<L>(outputs, within(&own, 0..targets.len()))
    }
}
