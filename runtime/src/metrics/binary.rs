//! Metrics of classes for networks of one output.

use super::{Metric, Scores};
use crate::Scalar;

/// A metric of classes, for one output that says how likely class 1 is: the metric sees two outputs, and the target as a label.
///
/// A logit becomes `[0, logit]`, of which a softmax makes what a sigmoid makes of the logit; a probability becomes
/// `[1 - p, p]`. A logit of 0 and a probability of a half count for class 0.
///
/// ```
/// use castnet::metrics::{Accuracy, Average, Binary, F1, Scores, score};
///
/// let logits = [([-1.0_f32], [0.0_f32]), ([0.5], [1.0]), ([2.0], [0.0])];
/// assert_eq!(score(&Binary::of(Accuracy), logits), 2.0 / 3.0);
/// let f1 = Binary { metric: F1(Average::Class(1)), scores: Scores::Probabilities };
/// assert_eq!(score(&f1, [([0.9_f64], true), ([0.4], true)]), 2.0 / 3.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binary<M> {
    /// The metric of two outputs. If it asks what they are, it is to be told the same.
    pub metric: M,
    /// What the output is.
    pub scores: Scores,
}

impl<M> Binary<M> {
    /// Of a logit.
    pub const fn of(metric: M) -> Self {
        Self { metric, scores: Scores::Logits }
    }
}

/// Whether a sample is of class 1.
pub trait BinaryTarget {
    /// Whether it is.
    fn is_one(&self) -> bool;
}

impl BinaryTarget for bool {
    fn is_one(&self) -> bool {
        *self
    }
}

impl BinaryTarget for usize {
    fn is_one(&self) -> bool {
        *self == 1
    }
}

/// As a probability of class 1: more than a half.
impl<T: Scalar> BinaryTarget for [T; 1] {
    fn is_one(&self) -> bool {
        self[0].to_f64() > 0.5
    }
}

impl<T: Scalar, Y: BinaryTarget, M: Metric<T, usize>> Metric<T, Y> for Binary<M> {
    type Fold = M::Fold;

    fn name(&self) -> &str {
        self.metric.name()
    }

    fn start(&self) -> M::Fold {
        self.metric.start()
    }

    fn add(&self, fold: &mut M::Fold, output: &[T], target: &Y) {
        let output = output[0];
        let other = match self.scores {
            // NaN says nothing of either class.
            _ if output.is_nan() => output,
            Scores::Logits => T::ZERO,
            Scores::Probabilities => T::ONE - output,
        };
        self.metric.add(fold, &[other, output], &usize::from(target.is_one()));
    }

    fn merge(&self, fold: &mut M::Fold, other: M::Fold) {
        self.metric.merge(fold, other);
    }

    fn finish(&self, fold: M::Fold) -> f64 {
        self.metric.finish(fold)
    }
}
