//! Softmax and cross-entropy in one, with smoothed labels, class weights, and labels that are passed over.

use pulp::Simd;

use super::logits::{self, OfLogits};
use super::softmax_cross_entropy::{Sums, softmax};
use super::{Loss, SoftmaxCrossEntropy, clear_masked_lanes};
use crate::metrics::is_predicted_in_lane;
use crate::simd::dispatch::vectorize;
use crate::simd::places::{at, from_mut, put};
use crate::{Error, Outputs, Pass, Scalar};

/// [`SoftmaxCrossEntropy`] with settings: smoothed labels, a weight for each class, a label that is passed over.
///
/// With `l_i = ln(sum exp(y_j)) - y_i`, which is the loss of class `i`, weights `w`, the target class `c` of `n` and the smoothing `e`:
/// `loss = (1 - e) w_c l_c + e / n sum w_i l_i` (Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7); PyTorch's
/// `cross_entropy` with `label_smoothing`, `weight` and `ignore_index`.
///
/// The loss of a batch is the mean over all of its samples, as it is of all losses: PyTorch's sum divided by the number of samples. A
/// sample with the ignored label adds nothing and has no gradient, and counts as classified wrongly. (PyTorch's mean is divided by the
/// sum of the weights instead, so that what a sample counts depends on the others of its batch.)
///
/// ```
/// use castnet::losses::CrossEntropy;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Three { input: [2], dense(3, init = zeros) } }
///
/// let three = Three::init(&mut StdRng::seed_from_u64(1));
/// let loss = CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::weighted([1.0, 1.0, 4.0]) }.ignoring(255);
/// let mut trainer = Trainer::new(three, loss, Adam::default());
/// let report = trainer.step(&[[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]], &[0, 2, 255])?;
/// // A mean weight of 2 in the smoothed part.
/// let expected = (0.9 * (1.0 + 4.0) + 0.1 * (2.0 + 2.0)) * 3.0_f64.ln() / 3.0;
/// assert!((report.loss - expected).abs() < 1e-6);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossEntropy<const WEIGHTS: usize> {
    /// What a sample of each class counts, not negative. Without any, all count alike.
    pub class_weights: [f64; WEIGHTS],
    /// How much of a label is shared out among all classes, from 0 to less than 1.
    pub label_smoothing: f64,
    /// A label, which need not be a class, whose samples are passed over.
    pub ignored: Option<usize>,
}

/// What [`SoftmaxCrossEntropy`] is.
impl Default for CrossEntropy<0> {
    fn default() -> Self {
        Self::weighted([])
    }
}

impl<const WEIGHTS: usize> CrossEntropy<WEIGHTS> {
    /// With a weight for each class.
    pub const fn weighted(class_weights: [f64; WEIGHTS]) -> Self {
        Self { class_weights, label_smoothing: 0.0, ignored: None }
    }

    /// With a label whose samples are passed over.
    pub const fn ignoring(self, label: usize) -> Self {
        Self { ignored: Some(label), ..self }
    }

    fn weight(&self, class: usize) -> f64 {
        self.class_weights.get(class).copied().unwrap_or(1.0)
    }
}

impl<const WEIGHTS: usize> OfLogits for CrossEntropy<WEIGHTS> {
    const NAME: &'static str = "CrossEntropy";
}

impl<N: Outputs, const WEIGHTS: usize> Loss<N> for CrossEntropy<WEIGHTS> {
    type Target = usize;

    const FITS: () = {
        logits::check::<N, Self>();
        logits::check_weights::<N>(WEIGHTS);
    };

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`], and [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self, label: &usize, sample: usize) -> Result<(), Error> {
        let value = self.label_smoothing;
        if !(0.0..1.0).contains(&value) {
            return Err(Error::Setting { setting: "label_smoothing", value, expected: "from 0 to less than 1" });
        }
        check_class_weights(&self.class_weights)?;
        if self.ignored == Some(*label) { Ok(()) } else { Loss::<N>::check(&SoftmaxCrossEntropy, label, sample) }
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

        let part = 1.0 / pass.batch as f64;
        let smoothed = self.label_smoothing / N::LEN as f64;
        let whole: f64 = (0..N::LEN).map(|class| smoothed * self.weight(class)).sum();
        let mut loss = 0.0;
        for (lane, &target) in targets.iter().enumerate() {
            if self.ignored == Some(target) {
                from_mut(gradient, lane).iter_mut().step_by(L).for_each(|slope| *slope = N::Scalar::ZERO);
                continue;
            }
            let own = (1.0 - self.label_smoothing) * self.weight(target);
            let factor = N::Scalar::from_f64(part * (own + whole));
            let logarithm = Scalar::ln(at(&sums.exponentials, lane).to_f64());
            for class in 0..N::LEN {
                let place = class * L + lane;
                let is_target = if class == target { own } else { 0.0 };
                let share = is_target + smoothed * self.weight(class);
                put(gradient, place, at(gradient, place) * factor - N::Scalar::from_f64(part * share));
                // What counts nothing costs nothing, not even where its logarithm is infinite.
                if share != 0.0 {
                    loss += share * (logarithm + (at(&sums.largest, lane) - at(outputs, place)).to_f64());
                }
            }
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        loss * part
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        let counts = |label: usize| self.ignored != Some(label);
        let right =
            |&(lane, &label): &(usize, &usize)| counts(label) && is_predicted_in_lane::<_, L>(outputs, lane, label);
        Some(targets.iter().enumerate().filter(right).count())
    }
}

/// Whether all weights of classes are such.
pub(super) fn check_class_weights(weights: &[f64]) -> Result<(), Error> {
    match weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
        None => Ok(()),
        Some(&value) => Err(Error::Setting { setting: "class_weights", value, expected: "0 or greater" }),
    }
}
