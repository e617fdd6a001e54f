//! How far outputs are from targets: squared, and in parts of the target.

use super::{Mean, Metric};
use crate::Scalar;

/// The root of the mean squared difference between outputs and targets, over the outputs of a sample and the samples: in the
/// unit of the targets, and larger than [`MeanAbsoluteError`](super::MeanAbsoluteError) where few errors are large.
///
/// scikit-learn's `sqrt(mean_squared_error)`; its `root_mean_squared_error` is the mean of the roots for each output, which is
/// the same for one output. Squares are added as they come: parts that are merged come to the same number but for rounding.
///
/// ```
/// use castnet::metrics::{RootMeanSquaredError, score};
///
/// assert_eq!(score(&RootMeanSquaredError, [([1.0_f64, 5.0], [2.0_f64, 12.0])]), 5.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootMeanSquaredError;

/// The mean absolute difference in parts of the target, `|y - t| / |t|`: 0.1 is ten percent. scikit-learn's
/// `mean_absolute_percentage_error`, which counts a target as at least `2^-52` from zero.
///
/// Errors are added as they come: parts that are merged come to the same number but for rounding.
///
/// ```
/// use castnet::metrics::{MeanAbsolutePercentageError, score};
///
/// assert_eq!(score(&MeanAbsolutePercentageError, [([3.0_f64], [4.0_f64]), ([-1.5], [-1.0])]), 0.375);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsolutePercentageError;

macro_rules! mean_of_errors {
    ($metric:ident, $name:literal, $error:expr, $finish:expr) => {
        impl<T: Scalar, Y: AsRef<[T]>> Metric<T, Y> for $metric {
            type Fold = Mean;

            fn name(&self) -> &str {
                $name
            }

            fn start(&self) -> Mean {
                Mean::default()
            }

            fn add(&self, fold: &mut Mean, output: &[T], target: &Y) {
                let error: fn(f64, f64) -> f64 = $error;
                let pairs = output.iter().zip(target.as_ref());
                let errors = pairs.map(|(output, target)| error(output.to_f64(), target.to_f64()));
                fold.add(errors.sum::<f64>() / output.len() as f64);
            }

            fn merge(&self, fold: &mut Mean, other: Mean) {
                fold.merge(other);
            }

            fn finish(&self, fold: Mean) -> f64 {
                let finish: fn(f64) -> f64 = $finish;
                finish(fold.value())
            }
        }
    };
}

mean_of_errors! {
    RootMeanSquaredError, "root mean squared error",
    |output, target| (output - target) * (output - target), Scalar::sqrt
}

mean_of_errors! {
    MeanAbsolutePercentageError, "mean absolute percentage error",
    |output, target| Scalar::abs(output - target) / Scalar::abs(target).max(f64::EPSILON), |mean| mean
}

#[cfg(test)]
mod tests {
    use super::super::score;
    use super::*;

    #[test]
    fn nan_is_an_error_without_an_end() {
        let samples = [([f64::NAN], [1.0]), ([1.0], [1.0])];
        assert!(score(&RootMeanSquaredError, samples).is_nan());
        assert!(score(&MeanAbsolutePercentageError, samples).is_nan());
    }

    #[test]
    fn a_target_of_zero_is_not_divided_by() {
        assert_eq!(score(&MeanAbsolutePercentageError, [([1e-3], [0.0])]), 1e-3 / f64::EPSILON);
        assert_eq!(score(&MeanAbsolutePercentageError, [([0.0], [0.0])]), 0.0);
    }

    #[test]
    fn two_halves_are_the_whole() {
        let fold = |samples: core::ops::Range<u32>| {
            let mut fold = Metric::<f64, [f64; 1]>::start(&RootMeanSquaredError);
            samples.for_each(|i| RootMeanSquaredError.add(&mut fold, &[f64::from(i).sin()], &[0.25]));
            fold
        };
        let (mut one, other) = (fold(0..20), fold(20..50));
        Metric::<f64, [f64; 1]>::merge(&RootMeanSquaredError, &mut one, other);
        let [parts, whole] =
            [one, fold(0..50)].map(|fold| Metric::<f64, [f64; 1]>::finish(&RootMeanSquaredError, fold));
        assert!((parts - whole).abs() < 1e-15);
    }
}
