//! Precision, recall and F1 of all classes together.

use super::confusion_matrix::Counts;
use super::{ConfusionMatrix, Metric};
use crate::Scalar;

/// How the scores of several classes become one, as scikit-learn's `average` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// The mean of the scores of the classes that occurred or were predicted: a rare class counts as much as a frequent one.
    #[default]
    Macro,
    /// The score of the counts of all classes together. Where every output names a class, it is the accuracy.
    Micro,
    /// The mean of the scores, each as often as its class occurred.
    Weighted,
    /// The score of this class alone; scikit-learn's `binary` for class 1.
    Class(usize),
}

impl Average {
    /// Of a score that follows from the counts of a class; a quotient by nothing is 0, and what has no class to score is NaN.
    fn of(self, matrix: &ConfusionMatrix, score: fn(Counts) -> (u64, u64)) -> f64 {
        let quotient = |counts: Counts| match score(counts) {
            (_, 0) => 0.0,
            (part, whole) => part as f64 / whole as f64,
        };
        let is_there = |counts: &Counts| counts.occurred + counts.predicted > 0;
        let classes = || (0..matrix.classes()).map(|class| matrix.counts(class)).filter(is_there);
        match self {
            Self::Macro => classes().map(quotient).sum::<f64>() / classes().count() as f64,
            Self::Micro => {
                let add = |sum: Counts, one: Counts| Counts {
                    right: sum.right + one.right,
                    occurred: sum.occurred + one.occurred,
                    predicted: sum.predicted + one.predicted,
                };
                classes().reduce(add).map_or(f64::NAN, quotient)
            }
            Self::Weighted => {
                let occurred: u64 = classes().map(|counts| counts.occurred).sum();
                classes().map(|counts| counts.occurred as f64 * quotient(counts)).sum::<f64>() / occurred as f64
            }
            Self::Class(class) if class < matrix.classes() => {
                Some(matrix.counts(class)).filter(is_there).map_or(f64::NAN, quotient)
            }
            Self::Class(_) => f64::NAN,
        }
    }
}

/// A metric that follows from the counts of each class.
macro_rules! of_classes {
    (
        $(#[$docs:meta])*
        $name:ident, $score:expr, $macro:literal, $micro:literal, $weighted:literal, $class:literal
    ) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(pub Average);

        impl<T: Scalar> Metric<T, usize> for $name {
            type Fold = ConfusionMatrix;

            fn name(&self) -> &str {
                match self.0 {
                    Average::Macro => $macro,
                    Average::Micro => $micro,
                    Average::Weighted => $weighted,
                    Average::Class(_) => $class,
                }
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
                self.0.of(&fold, $score)
            }
        }
    };
}

of_classes! {
    /// How many of the samples that were taken for a class are of it, `TP / (TP + FP)`; scikit-learn's `precision_score`. Of a
    /// class that nothing was taken for it is 0.
    ///
    /// Sums are of whole numbers: parts merged in any order come to the same bits.
    ///
    /// ```
    /// use castnet::metrics::{Average, Precision, score};
    ///
    /// // Two samples are taken for class 1, and one of them is of it.
    /// let samples = [([0.1_f32, 0.9], 1), ([0.2, 0.8], 0), ([0.9, 0.1], 0)];
    /// assert_eq!(score(&Precision(Average::Class(1)), samples), 0.5);
    /// ```
    Precision, |counts| (counts.right, counts.predicted),
    "macro precision", "micro precision", "weighted precision", "precision"
}

of_classes! {
    /// How many samples of a class were taken for it, `TP / (TP + FN)`; scikit-learn's `recall_score`. The macro average is also
    /// called balanced accuracy, where every class occurs.
    ///
    /// Sums are of whole numbers: parts merged in any order come to the same bits.
    ///
    /// ```
    /// use castnet::metrics::{Average, Recall, score};
    ///
    /// let samples = [([0.1_f32, 0.9], 1), ([0.2, 0.8], 0), ([0.9, 0.1], 0)];
    /// assert_eq!(score(&Recall(Average::Class(0)), samples), 0.5);
    /// assert_eq!(score(&Recall(Average::Macro), samples), 0.75);
    /// ```
    Recall, |counts| (counts.right, counts.occurred),
    "macro recall", "micro recall", "weighted recall", "recall"
}

of_classes! {
    /// The harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`; scikit-learn's `f1_score`.
    ///
    /// The macro average does not look better, unlike accuracy, where one class is most of the samples; none is a mean over
    /// samples. Sums are of whole numbers: parts merged in any order come to the same bits.
    ///
    /// ```
    /// use castnet::metrics::{Accuracy, Average, F1, score};
    ///
    /// // Nine samples of class 0, one of class 1, and a network that says 0 to all.
    /// let samples = || (0..10).map(|sample| ([1.0_f32, 0.0], usize::from(sample == 9)));
    /// assert_eq!(score(&Accuracy, samples()), 0.9);
    /// assert_eq!(score(&F1(Average::Micro), samples()), 0.9);
    /// assert_eq!(score(&F1(Average::Macro), samples()), 18.0 / 19.0 / 2.0);
    /// ```
    F1, |counts| (2 * counts.right, counts.occurred + counts.predicted),
    "macro F1", "micro F1", "weighted F1", "F1"
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::score;
    use super::*;

    /// A sample of class `label` that is taken for `predicted`.
    fn sample(label: usize, predicted: usize) -> ([f64; 4], usize) {
        (core::array::from_fn(|class| f64::from(class == predicted)), label)
    }

    #[test]
    fn classes_that_are_not_there_do_not_count() {
        // f1_score([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0], average="macro") = 0.3571428571428571: class 3 is absent.
        let samples = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 0)].map(|(label, taken)| sample(label, taken));
        let found = score(&F1(Average::Macro), samples);
        assert!((found - 0.357_142_857_142_857_1).abs() < 1e-15, "{found}");
        for class in [3, 4] {
            assert!(score(&F1(Average::Class(class)), samples).is_nan());
        }
        let nothing = [([0.0_f64; 4], 0); 0];
        for average in [Average::Macro, Average::Micro, Average::Weighted] {
            assert!(score(&Recall(average), nothing).is_nan());
        }
    }

    #[test]
    fn parts_in_any_order_are_the_whole() {
        let samples: Vec<_> = (0..40).map(|index| sample(index % 3, index * index % 4)).collect();
        for average in [Average::Macro, Average::Micro, Average::Weighted, Average::Class(1)] {
            let metric = Precision(average);
            let whole = score(&metric, samples.clone());
            let mut parts = Metric::<f64, usize>::start(&metric);
            for part in samples.chunks(7).rev() {
                let mut fold = Metric::<f64, usize>::start(&metric);
                part.iter().for_each(|(output, label)| metric.add(&mut fold, output, label));
                Metric::<f64, usize>::merge(&metric, &mut parts, fold);
            }
            assert_eq!(Metric::<f64, usize>::finish(&metric, parts).to_bits(), whole.to_bits());
        }
    }
}
