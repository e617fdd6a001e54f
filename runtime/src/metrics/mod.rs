//! What a person wants to know of a network, besides its loss.
//!
//! A metric is a fold: it starts with nothing, [adds](Metric::add) the output of one sample after another, and
//! [finishes](Metric::finish) with a number. So it may be a mean over samples, as [`Accuracy`] is, or something that no
//! mean is, as [`F1`] and [`RSquared`] are. [`evaluate`](crate::evaluate) folds over a data set; nothing here needs
//! a trainer, and [`score`] not even a network. Where a metric sums whole numbers, samples that were folded apart and merged in any
//! order come to the same bits; where it sums others, in one order they do. A network of one output takes the metrics of
//! classes as [`Binary`].

mod absolute_error;
mod accuracy;
#[cfg(feature = "alloc")]
mod any;
#[cfg(feature = "alloc")]
mod averages;
mod binary;
mod calibration;
mod class;
#[cfg(feature = "alloc")]
mod confusion_matrix;
mod mean;
mod of_head;
#[cfg(feature = "alloc")]
mod r_squared;
#[cfg(feature = "alloc")]
mod ranking;
mod regression;
mod scores;

pub use absolute_error::MeanAbsoluteError;
pub use accuracy::{Accuracy, TopAccuracy};
#[cfg(feature = "alloc")]
pub use any::AnyMetric;
#[cfg(feature = "alloc")]
pub use averages::{Average, F1, Precision, Recall};
pub use binary::{Binary, BinaryTarget};
pub use calibration::{CalibrationBin, CalibrationError};
pub(crate) use class::is_predicted_in_lane;
pub use class::predicted_class;
#[cfg(feature = "alloc")]
pub use confusion_matrix::ConfusionMatrix;
pub use mean::Mean;
pub use of_head::OfHead;
#[cfg(feature = "alloc")]
pub use r_squared::{RSquared, SquaredSums};
#[cfg(feature = "alloc")]
pub use ranking::{AveragePrecision, Ranking, RocAuc};
pub use regression::{MeanAbsolutePercentageError, RootMeanSquaredError};
pub use scores::Scores;

/// A number that says how good outputs of scalar `T` are, given their targets `Y`.
///
/// A name with a closure is a metric, the mean of what the closure says of each sample:
///
/// ```
/// use castnet::metrics::{Metric, score};
///
/// let margin = ("margin", |output: &[f32], &label: &usize| f64::from(output[label] - output[0]));
/// assert_eq!(Metric::name(&margin), "margin");
/// assert_eq!(score(&margin, [([1.0, 3.0, 0.0], 1), ([2.0, 0.0, 5.0], 2)]), 2.5);
/// ```
///
/// A metric that is no mean says what it remembers:
///
/// ```
/// use castnet::metrics::{Metric, score};
///
/// /// The largest absolute difference.
/// struct LargestError;
///
/// impl Metric<f32, [f32; 1]> for LargestError {
///     type Fold = f64;
///
///     fn name(&self) -> &str {
///         "largest error"
///     }
///     fn start(&self) -> f64 {
///         0.0
///     }
///     fn add(&self, largest: &mut f64, output: &[f32], target: &[f32; 1]) {
///         *largest = largest.max(f64::from(output[0] - target[0]).abs());
///     }
///     fn merge(&self, largest: &mut f64, other: f64) {
///         *largest = largest.max(other);
///     }
///     fn finish(&self, largest: f64) -> f64 {
///         largest
///     }
/// }
///
/// assert_eq!(score(&LargestError, [([1.0], [1.5]), ([2.0], [0.0])]), 2.0);
/// ```
pub trait Metric<T, Y>: Sync {
    /// What is remembered from sample to sample; a copy of it is finished where a value in between is shown.
    type Fold: Clone + Send + Sync + 'static;

    /// What reports and columns call it.
    fn name(&self) -> &str;

    /// The fold over no samples.
    fn start(&self) -> Self::Fold;

    /// Adds one sample: the network's `output` for it, and what it should have been.
    fn add(&self, fold: &mut Self::Fold, output: &[T], target: &Y);

    /// Adds samples that were folded apart: those of `other` follow those of `fold`.
    fn merge(&self, fold: &mut Self::Fold, other: Self::Fold);

    /// The number that the samples come to.
    fn finish(&self, fold: Self::Fold) -> f64;
}

/// The score of outputs that are there already.
///
/// ```
/// use castnet::metrics::{Accuracy, score};
///
/// assert_eq!(score(&Accuracy, [([0.1_f32, 0.9], 1), ([0.3, 0.2], 1)]), 0.5);
/// ```
pub fn score<T, Y, O: AsRef<[T]>>(metric: &impl Metric<T, Y>, samples: impl IntoIterator<Item = (O, Y)>) -> f64 {
    let mut fold = metric.start();
    for (output, target) in samples {
        metric.add(&mut fold, output.as_ref(), &target);
    }
    metric.finish(fold)
}
