//! Softmax and cross-entropy with probabilities as targets.

use pulp::Simd;

use super::logits::{self, OfLogits};
use super::softmax_cross_entropy::{Sums, softmax};
use super::{Loss, clear_masked_lanes};
use crate::metrics::{is_predicted_in_lane, predicted_class};
use crate::simd::dispatch::vectorize;
use crate::simd::places::{at, put};
use crate::{Error, Outputs, Pass, Scalar};

/// How far the sum of probabilities may be from 1: their rounding errors in `f32`, of a thousand classes and more.
const TOLERANCE: f64 = 1e-3;

/// The cross-entropy between probabilities of the classes and the softmax of the outputs.
///
/// With outputs (logits) `y` and probabilities `t`: `loss = sum t_i (ln(sum exp(y_j)) - y_i)`, with the gradient
/// `softmax(y)_i - t_i`; PyTorch's `cross_entropy` with probabilities as targets. A target has the type of the network's
/// output, `[scalar; classes]`: no number in it is negative, and their sum is 1. For one that is 1 for a class and 0 for the
/// others it is [`SoftmaxCrossEntropy`](super::SoftmaxCrossEntropy).
///
/// Such targets come from label smoothing ([`OneHot`](crate::data::augment::OneHot)), from
/// [`Mixup`](crate::data::augment::Mixup), or from another network that is imitated. A sample counts as classified correctly
/// if its largest output is that of its largest probability.
///
/// ```
/// use castnet::losses::SoftTargetCrossEntropy;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Three {
///         input: [2],
///         dense(3),
///     }
/// }
///
/// let three = Three::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(three, SoftTargetCrossEntropy, Adam::default()).schedule(0.1);
/// for _ in 0..300 {
///     trainer.step(&[[0.0, 1.0], [1.0, 0.0]], &[[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])?;
/// }
/// let [first, second, _] = trainer.predict(&[0.0, 1.0]);
/// // Twice as likely.
/// assert!((first - second - 2.0_f32.ln()).abs() < 0.01);
///
/// let error = trainer.step(&[[0.5, 0.5]], &[[0.5, 0.5, 0.5]]).unwrap_err();
/// assert!(error.to_string().starts_with("the target of sample 0 sums to 1.5"));
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftTargetCrossEntropy;

impl OfLogits for SoftTargetCrossEntropy {
    const NAME: &'static str = "SoftTargetCrossEntropy";
}

impl<N: Outputs> Loss<N> for SoftTargetCrossEntropy {
    type Target = N::Output;

    const FITS: () = logits::check::<N, Self>();

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`] and [`Error::NotProbabilities`].
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        let (mut sum, mut least) = (0.0, f64::INFINITY);
        for (output, value) in target.as_ref().iter().map(|value| value.to_f64()).enumerate() {
            if !value.is_finite() {
                return Err(Error::NonFiniteTarget { sample, output, value });
            }
            sum += value;
            least = least.min(value);
        }
        let are_probabilities = least >= 0.0 && (sum - 1.0).abs() <= TOLERANCE;
        if are_probabilities { Ok(()) } else { Err(Error::NotProbabilities { sample, sum, least }) }
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[N::Output],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let mut sums = Sums::ZERO;
        let part = N::Scalar::from_f64(1.0 / pass.batch as f64);
        vectorize(
            simd,
            #[inline(always)]
            || softmax::<_, S, L>(simd, part, outputs, gradient, &mut sums),
        );

        let mut loss = 0.0;
        for (lane, target) in targets.iter().enumerate() {
            let target = target.as_ref();
            // 1 but for rounding.
            let all = target.iter().fold(N::Scalar::ZERO, |sum, &probability| sum + probability);
            let logarithm = Scalar::ln(at(&sums.exponentials, lane).to_f64());
            for (class, &probability) in target.iter().enumerate() {
                let place = class * L + lane;
                put(gradient, place, at(gradient, place) * all - part * probability);
                // What is impossible costs nothing, not even where its logarithm is infinite.
                if probability != N::Scalar::ZERO {
                    let difference = (at(&sums.largest, lane) - at(outputs, place)).to_f64();
                    loss += probability.to_f64() * (logarithm + difference);
                }
            }
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        loss / pass.batch as f64
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[N::Output]) -> Option<usize> {
        let right = |&(lane, target): &(usize, &N::Output)| {
            predicted_class(target.as_ref()).is_some_and(|class| is_predicted_in_lane::<_, L>(outputs, lane, class))
        };
        Some(targets.iter().enumerate().filter(right).count())
    }
}
