//! The loss of support vector machines.

use pulp::Simd;

use super::logits::{self, OfLogits, SOFTMAX_BEFORE_SCORES};
use super::perceptron::check_label;
use super::{Loss, clear_masked_lanes};
use crate::metrics::is_predicted_in_lane;
use crate::simd::dispatch::vectorize;
use crate::simd::places::{at, put};
use crate::{Error, Outputs, Pass, Scalar};

/// The hinge loss: by how much other classes come within a margin of the right one.
///
/// With outputs (scores) `s`, target class `c` and margin `m`: `loss = sum over j != c of max(0, s_j - s_c + m)`, the loss of a support
/// vector machine of several classes in the form of Weston and Watkins 1999; with a margin of 1, PyTorch's `multi_margin_loss` times
/// the number of classes. The derivative at a corner is 0.
///
/// Of a network with one output the targets are 0 and 1, and with `t` -1 and 1 for them, `loss = max(0, m - t s)`.
///
/// ```
/// use castnet::losses::Hinge;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Animals { input: [3], dense(3, init = zeros, bias = false) } }
///
/// let mut animals = Animals::init(&mut StdRng::seed_from_u64(1));
/// // Cat, car and frog, with the scores of one image: 3.2, 5.1 and -1.7.
/// animals.parameters_mut().copy_from_slice(&[3.2, 5.1, -1.7, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
/// let mut trainer = Trainer::new(animals, Hinge::default(), Sgd::default());
/// assert!((trainer.step(&[[1.0, 0.0, 0.0]], &[0])?.loss - 2.9).abs() < 1e-6);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge {
    /// How far the right class is to be ahead; 0 or greater.
    pub margin: f64,
}

/// A margin of 1.
impl Default for Hinge {
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

/// The squared hinge loss: [`Hinge`] with the square of each term.
///
/// `loss = sum over j != c of max(0, s_j - s_c + m)^2`, which counts a large excess more; with a margin of 1, PyTorch's
/// `multi_margin_loss` with `p = 2`, times the number of classes.
///
/// ```
/// use castnet::losses::SquaredHinge;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Two { input: [1], dense(2, init = zeros) } }
///
/// let two = Two::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(two, SquaredHinge { margin: 3.0 }, Sgd::default());
/// assert_eq!(trainer.step(&[[1.0]], &[1])?.loss, 9.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquaredHinge {
    /// How far the right class is to be ahead; 0 or greater.
    pub margin: f64,
}

/// A margin of 1.
impl Default for SquaredHinge {
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl OfLogits for Hinge {
    const NAME: &'static str = "Hinge";
    const ONE_OUTPUT: bool = true;
    const SOFTMAX: &'static str = SOFTMAX_BEFORE_SCORES;
}

impl OfLogits for SquaredHinge {
    const NAME: &'static str = "SquaredHinge";
    const ONE_OUTPUT: bool = true;
    const SOFTMAX: &'static str = SOFTMAX_BEFORE_SCORES;
}

impl<N: Outputs> Loss<N> for Hinge {
    type Target = usize;

    const FITS: () = logits::check::<N, Self>();

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`], and [`Error::Setting`] if the margin is negative.
    fn check(&self, label: &usize, sample: usize) -> Result<(), Error> {
        check_margin(self.margin)?;
        check_label::<N>(*label, sample)
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
        Terms::<_, false>::new(self.margin, pass).value::<S, L>(simd, pass, outputs, targets, gradient)
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        Some(count_correct::<_, L>(outputs, targets))
    }
}

impl<N: Outputs> Loss<N> for SquaredHinge {
    type Target = usize;

    const FITS: () = logits::check::<N, Self>();

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`], and [`Error::Setting`] if the margin is negative.
    fn check(&self, label: &usize, sample: usize) -> Result<(), Error> {
        check_margin(self.margin)?;
        check_label::<N>(*label, sample)
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
        Terms::<_, true>::new(self.margin, pass).value::<S, L>(simd, pass, outputs, targets, gradient)
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        Some(count_correct::<_, L>(outputs, targets))
    }
}

fn check_margin(value: f64) -> Result<(), Error> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::Setting { setting: "margin", value, expected: "0 or greater" })
}

/// How many samples have the largest score in their class, or of one output on their side of 0.
pub(super) fn count_correct<T: Scalar, const L: usize>(outputs: &[T], targets: &[usize]) -> usize {
    let is_right = |&(lane, &target): &(usize, &usize)| {
        if outputs.len() == L {
            let output = at(outputs, lane);
            return !output.is_nan() && (output > T::ZERO) == (target == 1);
        }
        is_predicted_in_lane::<_, L>(outputs, lane, target)
    };
    targets.iter().enumerate().filter(is_right).count()
}

/// The terms of the loss, `SQUARED` or not.
struct Terms<T, const SQUARED: bool> {
    margin: T,
    /// What the derivative is multiplied by.
    factor: T,
}

impl<T: Scalar, const SQUARED: bool> Terms<T, SQUARED> {
    fn new(margin: f64, pass: &Pass) -> Self {
        Self { margin: T::from_f64(margin), factor: T::from_f64(1.0 / pass.batch as f64) }
    }

    /// The group's part of the loss and of the gradient.
    #[inline]
    fn value<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[T],
        targets: &[usize],
        gradient: &mut [T],
    ) -> f64 {
        let sum = vectorize(
            simd,
            #[inline(always)]
            || self.sum::<L>(outputs, targets, gradient),
        );
        clear_masked_lanes::<_, L>(pass.real, gradient);
        sum / pass.batch as f64
    }

    /// The value and the derivative of one term, whose excess may be negative.
    #[inline(always)]
    fn of(&self, excess: T) -> [T; 2] {
        // NaN is not passed over.
        let counted = if excess < T::ZERO { T::ZERO } else { excess };
        if SQUARED {
            return [counted * counted, (counted + counted) * self.factor];
        }
        [counted, if excess > T::ZERO { self.factor } else { T::ZERO }]
    }

    /// The sum over all samples; what is in masked lanes of `gradient` says nothing.
    #[inline(always)]
    fn sum<const L: usize>(&self, outputs: &[T], targets: &[usize], gradient: &mut [T]) -> f64 {
        if outputs.len() == L {
            return self.sum_of_one_output(outputs, targets, gradient);
        }
        let mut own = [T::ZERO; L];
        for (lane, &target) in targets.iter().enumerate() {
            put(&mut own, lane, at(outputs, target * L + lane));
        }
        let (mut values, mut slopes) = ([T::ZERO; L], [T::ZERO; L]);
        for (outputs, gradient) in outputs.chunks_exact(L).zip(gradient.chunks_exact_mut(L)) {
            for lane in 0..L {
                let [value, slope] = self.of(outputs[lane] - own[lane] + self.margin);
                gradient[lane] = slope;
                values[lane] += value;
                slopes[lane] += slope;
            }
        }
        let mut sum = 0.0;
        let [value, slope] = self.of(self.margin);
        for (lane, &target) in targets.iter().enumerate() {
            // The class itself was among the others.
            put(gradient, target * L + lane, slope - at(&slopes, lane));
            sum += (at(&values, lane) - value).to_f64();
        }
        sum
    }

    #[inline(always)]
    fn sum_of_one_output(&self, outputs: &[T], targets: &[usize], gradient: &mut [T]) -> f64 {
        let mut sum = 0.0;
        for ((&output, slope), &target) in outputs.iter().zip(gradient).zip(targets) {
            let sign = if target == 1 { T::ONE } else { -T::ONE };
            let [value, of_excess] = self.of(self.margin - sign * output);
            *slope = -sign * of_excess;
            sum += value.to_f64();
        }
        sum
    }
}
