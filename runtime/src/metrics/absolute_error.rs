//! Absolute differences.

use super::{Mean, Metric};
use crate::Scalar;

/// The mean absolute difference between outputs and targets, over the outputs of a sample and the samples.
///
/// ```
/// use castnet::metrics::{MeanAbsoluteError, score};
///
/// assert_eq!(score(&MeanAbsoluteError, [([1.0_f32, 5.0], [2.0_f32, 3.0])]), 1.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl<T: Scalar, Y: AsRef<[T]>> Metric<T, Y> for MeanAbsoluteError {
    type Fold = Mean;

    fn name(&self) -> &str {
        "mean absolute error"
    }

    fn start(&self) -> Mean {
        Mean::default()
    }

    fn add(&self, fold: &mut Mean, output: &[T], target: &Y) {
        let pairs = output.iter().zip(target.as_ref());
        fold.add(pairs.map(|(&output, &target)| (output - target).to_f64().abs()).sum::<f64>() / output.len() as f64);
    }

    fn merge(&self, fold: &mut Mean, other: Mean) {
        fold.merge(other);
    }

    fn finish(&self, fold: Mean) -> f64 {
        fold.value()
    }
}
