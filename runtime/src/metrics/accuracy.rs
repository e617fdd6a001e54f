//! How many samples are classified correctly.

use super::class::rank;
use super::{Mean, Metric};
use crate::Scalar;

/// The part of the samples whose largest output is that of their class; as [`TopAccuracy`] of one.
///
/// ```
/// use castnet::metrics::{Accuracy, score};
///
/// assert_eq!(score(&Accuracy, [([0.1_f32, 2.0, 0.3], 1)]), 1.0);
/// // What is not a number is not the class, and no other output is it either.
/// assert_eq!(score(&Accuracy, [([f32::NAN, 1.0, 0.0], 0), ([f32::NAN, 1.0, 0.0], 1)]), 0.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy;

impl<T: Scalar> Metric<T, usize> for Accuracy {
    type Fold = Mean;

    fn name(&self) -> &str {
        "accuracy"
    }

    fn start(&self) -> Mean {
        Mean::default()
    }

    fn add(&self, fold: &mut Mean, output: &[T], label: &usize) {
        TopAccuracy { best: 1 }.add(fold, output, label);
    }

    fn merge(&self, fold: &mut Mean, other: Mean) {
        fold.merge(other);
    }

    fn finish(&self, fold: Mean) -> f64 {
        fold.value()
    }
}

/// The part of the samples whose class is among those of the `best` largest outputs; of equal outputs the first counts
/// as larger. A sample with an output that is NaN counts as wrong.
///
/// ```
/// use castnet::metrics::{TopAccuracy, score};
///
/// let top = TopAccuracy { best: 2 };
/// assert_eq!([0, 1, 2].map(|label| score(&top, [([0.1_f32, 2.0, 0.3], label)])), [0.0, 1.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopAccuracy {
    /// How many classes may be named.
    pub best: usize,
}

impl<T: Scalar> Metric<T, usize> for TopAccuracy {
    type Fold = Mean;

    fn name(&self) -> &str {
        "top accuracy"
    }

    fn start(&self) -> Mean {
        Mean::default()
    }

    fn add(&self, fold: &mut Mean, output: &[T], &label: &usize) {
        fold.add(f64::from(rank(output, label).is_some_and(|rank| rank < self.best)));
    }

    fn merge(&self, fold: &mut Mean, other: Mean) {
        fold.merge(other);
    }

    fn finish(&self, fold: Mean) -> f64 {
        fold.value()
    }
}

#[cfg(test)]
mod tests {
    use super::super::score;
    use super::*;

    #[test]
    fn accuracy_is_top_accuracy_of_one() {
        let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1.0];
        for output in values.iter().flat_map(|&one| values.map(|other| [one, other])) {
            let scores = |metric: TopAccuracy| [0, 1].map(|label| score(&metric, [(output, label)]));
            let one = [0, 1].map(|label| score(&Accuracy, [(output, label)]));
            assert_eq!(scores(TopAccuracy { best: 1 }), one, "{output:?}");
            let has_nan = output.iter().any(|value| value.is_nan());
            assert_eq!(one.iter().sum::<f64>(), f64::from(!has_nan), "{output:?}");
            assert_eq!(scores(TopAccuracy { best: 2 }), [f64::from(!has_nan); 2], "{output:?}");
        }
        assert_eq!(score(&Accuracy, [([0.0, 0.0], 0), ([0.0, 0.0], 1), ([0.0, f64::INFINITY], 1)]), 2.0 / 3.0);
    }
}
