//! The loss whose steps are the perceptron's rule.

use pulp::Simd;

use super::Loss;
use super::hinge::count_correct;
use super::logits::{self, OfLogits, SOFTMAX_BEFORE_SCORES};
use crate::simd::places::{at, put};
use crate::{Error, Outputs, Pass, Scalar};

/// The perceptron criterion: by how much a sample is on the wrong side.
///
/// Of a network with one output `s` the targets are 0 and 1, and with `t` -1 and 1 for them, `loss = max(0, -t s)`: a step of plain
/// gradient descent with one sample is the rule of Rosenblatt 1957, which adds a sample of 1 to the weights or takes one of 0 away if it
/// is on the wrong side. Of several outputs, `loss = max(0, s_j - s_c)` with the target class `c` and the largest other score `s_j`:
/// the weights of the one move towards the sample, those of the other away from it.
///
/// A sample on the border is on the wrong side, so that weights of zero learn.
///
/// ```
/// use castnet::losses::Perceptron;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Or { input: [2], dense(1, init = zeros) } }
///
/// let or = Or::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(or, Perceptron, Sgd::default()).schedule(1.0);
/// let samples = [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 1)];
/// for _ in 0..10 {
///     for (input, target) in samples {
///         trainer.step(&[input], &[target])?;
///     }
/// }
/// assert!(samples.iter().all(|(input, target)| (trainer.predict(input)[0] > 0.0) == (*target == 1)));
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Perceptron;

impl OfLogits for Perceptron {
    const NAME: &'static str = "Perceptron";
    const ONE_OUTPUT: bool = true;
    const SOFTMAX: &'static str = SOFTMAX_BEFORE_SCORES;
}

/// Whether a label is one of the classes: of one output there are two.
pub(super) fn check_label<N: Outputs>(label: usize, sample: usize) -> Result<(), Error> {
    let classes = N::LEN.max(2);
    if label < classes { Ok(()) } else { Err(Error::LabelOutOfRange { sample, label, classes }) }
}

impl<N: Outputs> Loss<N> for Perceptron {
    type Target = usize;

    const FITS: () = logits::check::<N, Self>();

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`].
    fn check(&self, label: &usize, sample: usize) -> Result<(), Error> {
        check_label::<N>(*label, sample)
    }

    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        _simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[usize],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        gradient.fill(N::Scalar::ZERO);
        let part = N::Scalar::from_f64(1.0 / pass.batch as f64);
        let mut sum = 0.0;
        for (lane, &target) in targets.iter().enumerate() {
            if N::LEN == 1 {
                let sign = if target == 1 { N::Scalar::ONE } else { -N::Scalar::ONE };
                let excess = -sign * at(outputs, lane);
                if excess >= N::Scalar::ZERO || excess.is_nan() {
                    put(gradient, lane, -sign * part);
                    sum += excess.to_f64();
                }
                continue;
            }
            let largest = largest_other::<_, L>(outputs, lane, target);
            let excess = at(outputs, largest * L + lane) - at(outputs, target * L + lane);
            if excess >= N::Scalar::ZERO || excess.is_nan() {
                put(gradient, largest * L + lane, part);
                put(gradient, target * L + lane, -part);
                sum += excess.to_f64();
            }
        }
        sum / pass.batch as f64
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        Some(count_correct::<_, L>(outputs, targets))
    }
}

/// The class other than `target` that has the largest score in a lane, the first of several; one whose score is NaN if there is
/// such a one.
fn largest_other<T: Scalar, const L: usize>(outputs: &[T], lane: usize, target: usize) -> usize {
    let mut largest = usize::from(target == 0);
    for (class, scores) in outputs.chunks_exact(L).enumerate().filter(|(class, _)| *class != target) {
        let score = at(scores, lane);
        if score > at(outputs, largest * L + lane) || score.is_nan() {
            largest = class;
        }
    }
    largest
}
