//! Which classes are taken for which.

use alloc::vec;
use alloc::vec::Vec;

use super::{Metric, predicted_class};
use crate::Scalar;

/// How often samples of each class were taken for each other class.
///
/// ```
/// use castnet::metrics::ConfusionMatrix;
///
/// let mut matrix = ConfusionMatrix::default();
/// for (output, label) in [([0.9_f32, 0.1], 0), ([0.2, 0.8], 0), ([0.3, 0.7], 1)] {
///     matrix.add(&output, label);
/// }
/// assert_eq!((matrix.count(0, 0), matrix.count(0, 1), matrix.count(1, 0), matrix.count(1, 1)), (1, 1, 0, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    /// A row for each class, with a column for each class that it was taken for, and one for outputs that name none.
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// Adds a sample of class `label`. Outputs that are [no class](predicted_class) count as wrong, and for none.
    ///
    /// # Panics
    ///
    /// If there is no output for `label`, or there are not as many outputs as before.
    pub fn add<T: Scalar>(&mut self, output: &[T], label: usize) {
        self.reserve(output.len());
        assert!(label < self.classes, "label {label} of {} classes", self.classes);
        let predicted = predicted_class(output).unwrap_or(self.classes);
        self.counts[label * (self.classes + 1) + predicted] += 1;
    }

    /// Adds the samples of another matrix.
    ///
    /// # Panics
    ///
    /// If both have samples, of different numbers of classes.
    pub fn merge(&mut self, other: &Self) {
        if other.classes > 0 {
            self.reserve(other.classes);
            self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
        }
    }

    fn reserve(&mut self, classes: usize) {
        if self.classes == 0 {
            *self = Self { classes, counts: vec![0; classes * (classes + 1)] };
        }
        assert_eq!(classes, self.classes, "all samples have as many classes");
    }

    /// How many classes there are; 0 before the first sample.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many samples of class `label` were taken for class `predicted`.
    ///
    /// # Panics
    ///
    /// If there is no such class.
    pub fn count(&self, label: usize, predicted: usize) -> u64 {
        assert!(predicted < self.classes, "class {predicted} of {}", self.classes);
        self.row(label)[predicted]
    }

    fn row(&self, label: usize) -> &[u64] {
        &self.counts[label * (self.classes + 1)..][..self.classes + 1]
    }

    /// The F1 score of a class, the harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`, where `TP` samples of
    /// the class were taken for it, `FN` were not, and `FP` of other classes were. `None` if the class neither occurred
    /// nor was predicted.
    ///
    /// # Panics
    ///
    /// If there is no such class.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let right = self.count(class, class);
        let occurred: u64 = self.row(class).iter().sum();
        let predicted: u64 = (0..self.classes).map(|label| self.count(label, class)).sum();
        (occurred + predicted > 0).then(|| 2.0 * right as f64 / (occurred + predicted) as f64)
    }

    /// The mean of the [F1 scores](ConfusionMatrix::f1) of the classes that occurred or were predicted; NaN without
    /// samples.
    pub fn macro_f1(&self) -> f64 {
        let scores: Vec<f64> = (0..self.classes).filter_map(|class| self.f1(class)).collect();
        scores.iter().sum::<f64>() / scores.len() as f64
    }
}

/// The mean of the classes' F1 scores: [`ConfusionMatrix::macro_f1`], scikit-learn's `f1_score(average="macro")`.
///
/// Unlike accuracy it does not look better where one class is most of the samples; it is no mean over samples.
///
/// ```
/// use castnet::metrics::{Accuracy, MacroF1, score};
///
/// // Nine samples of class 0, one of class 1, and a network that says 0 to all.
/// let samples = || (0..10).map(|sample| ([1.0_f32, 0.0], usize::from(sample == 9)));
/// assert_eq!(score(&Accuracy, samples()), 0.9);
/// assert_eq!(score(&MacroF1, samples()), 18.0 / 19.0 / 2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MacroF1;

impl<T: Scalar> Metric<T, usize> for MacroF1 {
    type Fold = ConfusionMatrix;

    fn name(&self) -> &str {
        "macro F1"
    }

    fn start(&self) -> ConfusionMatrix {
        ConfusionMatrix::default()
    }

    fn add(&self, fold: &mut ConfusionMatrix, output: &[T], &label: &usize) {
        fold.add(output, label);
    }

    fn merge(&self, fold: &mut ConfusionMatrix, other: ConfusionMatrix) {
        fold.merge(&other);
    }

    fn finish(&self, fold: ConfusionMatrix) -> f64 {
        fold.macro_f1()
    }
}

#[cfg(test)]
mod tests {
    use super::super::score;
    use super::*;

    /// A sample of class `label` that is taken for `predicted`.
    fn sample(label: usize, predicted: usize) -> ([f64; 4], usize) {
        (core::array::from_fn(|class| f64::from(class == predicted)), label)
    }

    #[test]
    fn f1_is_that_of_scikit_learn() {
        // f1_score([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0], average="macro") = 0.3571428571428571: class 3 is absent.
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 0)];
        let found = score(&MacroF1, pairs.map(|(label, predicted)| sample(label, predicted)));
        assert!((found - 0.357_142_857_142_857_1).abs() < 1e-15, "{found}");
    }

    #[test]
    fn outputs_that_are_no_class_are_wrong() {
        let mut matrix = ConfusionMatrix::default();
        matrix.add(&[f64::NAN, 1.0], 0);
        assert_eq!((matrix.count(0, 0), matrix.count(0, 1), matrix.f1(0), matrix.f1(1)), (0, 0, Some(0.0), None));
        matrix.add(&[1.0, 0.0], 0);
        assert_eq!(matrix.f1(0), Some(2.0 / 3.0));
    }

    #[test]
    fn parts_are_the_whole() {
        let samples: Vec<_> = (0..40).map(|index| sample(index % 3, index * index % 4)).collect();
        let whole = score(&MacroF1, samples.clone());
        let mut parts = ConfusionMatrix::default();
        parts.merge(&ConfusionMatrix::default());
        for part in samples.chunks(7) {
            let mut matrix = ConfusionMatrix::default();
            part.iter().for_each(|(output, label)| matrix.add(output, *label));
            parts.merge(&matrix);
        }
        assert_eq!(parts.macro_f1(), whole);
        assert!(ConfusionMatrix::default().macro_f1().is_nan());
    }
}
