//! Cross-entropy that looks at what is still wrong.

use pulp::Simd;

use super::cross_entropy::check_class_weights;
use super::logits::{self, OfLogits};
use super::softmax_cross_entropy::{Sums, softmax};
use super::{Loss, SoftmaxCrossEntropy, clear_masked_lanes};
use crate::simd::dispatch::vectorize;
use crate::simd::places::{at, put};
use crate::{Error, Outputs, Pass, Scalar, math};

/// The focal loss of the softmax: cross-entropy in which samples count little that are classified well already.
///
/// With the probability `p` that the softmax of the outputs gives to the target class, and its weight `w`:
/// `loss = -w (1 - p)^gamma ln(p)`; Lin et al. 2017, "Focal Loss for Dense Object Detection", formula 5. With `gamma = 0` it is
/// [`SoftmaxCrossEntropy`].
///
/// ```
/// use castnet::losses::Focal;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Two { input: [1], dense(2, init = zeros) } }
///
/// let two = Two::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(two, Focal::default(), Adam::default());
/// assert!((trainer.step(&[[1.0]], &[1])?.loss - 0.25 * 2.0_f64.ln()).abs() < 1e-6);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focal<const WEIGHTS: usize> {
    /// How much less a sample counts that is classified well; 0 or greater.
    pub gamma: f64,
    /// What a sample of each class counts, not negative. Without any, all count alike.
    pub class_weights: [f64; WEIGHTS],
}

/// The paper's: a `gamma` of 2, and no weights.
impl Default for Focal<0> {
    fn default() -> Self {
        Self { gamma: 2.0, class_weights: [] }
    }
}

impl<const WEIGHTS: usize> OfLogits for Focal<WEIGHTS> {
    const NAME: &'static str = "Focal";
}

impl<N: Outputs, const WEIGHTS: usize> Loss<N> for Focal<WEIGHTS> {
    type Target = usize;

    const FITS: () = {
        logits::check::<N, Self>();
        logits::check_weights::<N>(WEIGHTS);
    };

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`], and [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self, label: &usize, sample: usize) -> Result<(), Error> {
        let value = self.gamma;
        if !(value.is_finite() && value >= 0.0) {
            return Err(Error::Setting { setting: "gamma", value, expected: "0 or greater" });
        }
        check_class_weights(&self.class_weights)?;
        Loss::<N>::check(&SoftmaxCrossEntropy, label, sample)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[usize],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let mut sums = Sums::ZERO;
        vectorize(
            simd,
            #[inline(always)]
            || softmax::<_, S, L>(simd, N::Scalar::ONE, outputs, gradient, &mut sums),
        );

        let mut loss = 0.0;
        for (lane, &target) in targets.iter().enumerate() {
            let place = target * L + lane;
            let part = self.class_weights.get(target).copied().unwrap_or(1.0) / pass.batch as f64;
            let probability = at(gradient, place).to_f64();
            // The others' sum, because a difference to 1 would leave few digits of it.
            let others =
                (0..N::LEN).filter(|&class| class != target).map(|class| at(gradient, class * L + lane).to_f64());
            let rest: f64 = others.sum();
            let logarithm = if rest < 0.5 {
                -math::ln_1p(-rest)
            } else {
                let difference = at(&sums.largest, lane) - at(outputs, place);
                Scalar::ln(at(&sums.exponentials, lane).to_f64()) + difference.to_f64()
            };
            let focus = math::powf(rest, self.gamma);
            loss += part * focus * logarithm;
            // d loss / d y_i = f (p_i - [i = c]) with f = (1 - p)^gamma - gamma p (1 - p)^(gamma - 1) ln(p); where p is 1, so is
            // -ln(p) / (1 - p).
            let steepness = if rest > 0.0 { probability * logarithm / rest } else { 1.0 };
            let factor = N::Scalar::from_f64(part * focus * (1.0 + self.gamma * steepness));
            for class in 0..N::LEN {
                let place = class * L + lane;
                let difference = if class == target { -N::Scalar::from_f64(rest) } else { at(gradient, place) };
                put(gradient, place, difference * factor);
            }
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        loss
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        Loss::<N>::correct::<L>(&SoftmaxCrossEntropy, outputs, targets)
    }
}
