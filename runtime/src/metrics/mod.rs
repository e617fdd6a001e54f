//! What a person wants to know of a network, besides its loss.
//!
//! A metric scores the output of one sample; reported is the mean over a data set.

use crate::{Network, Scalar};

/// A score of one output.
///
/// A name with a closure is a metric:
///
/// ```
/// use castnet::metrics::{Accuracy, Metric};
/// use castnet::network;
///
/// network! {
///     struct Three {
///         input: [4],
///         dense(3),
///     }
/// }
///
/// assert_eq!(Metric::<Three, usize>::score(&Accuracy, &[0.1, 2.0, 0.3], &1), 1.0);
///
/// let margin = ("margin", |output: &[f32; 3], &label: &usize| f64::from(output[label] - output[0]));
/// assert_eq!(Metric::<Three, usize>::name(&margin), "margin");
/// assert_eq!(Metric::<Three, usize>::score(&margin, &[1.0, 3.0, 0.0], &1), 2.0);
/// ```
pub trait Metric<N: Network, Y>: Sync {
    /// What reports and columns call it.
    fn name(&self) -> &str;

    /// The score of one sample's `output`, given its `target`.
    fn score(&self, output: &N::Output, target: &Y) -> f64;
}

impl<N: Network, Y, F: Fn(&N::Output, &Y) -> f64 + Sync> Metric<N, Y> for (&'static str, F) {
    fn name(&self) -> &str {
        self.0
    }

    fn score(&self, output: &N::Output, target: &Y) -> f64 {
        self.1(output, target)
    }
}

/// The part of the samples whose largest output is that of their class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy;

impl<N: Network> Metric<N, usize> for Accuracy {
    fn name(&self) -> &str {
        "accuracy"
    }

    fn score(&self, output: &N::Output, &label: &usize) -> f64 {
        f64::from(predicted_class(output.as_ref()) == label)
    }
}

/// The part of the samples whose class is among those of the `best` largest outputs; of equal outputs the first counts
/// as larger, as in [`Accuracy`].
///
/// ```
/// use castnet::metrics::{Metric, TopAccuracy};
/// use castnet::network;
///
/// network! {
///     struct Three {
///         input: [4],
///         dense(3),
///     }
/// }
///
/// let top = TopAccuracy { best: 2 };
/// assert_eq!([0, 1, 2].map(|label| Metric::<Three, usize>::score(&top, &[0.1, 2.0, 0.3], &label)), [0.0, 1.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopAccuracy {
    /// How many classes may be named.
    pub best: usize,
}

impl<N: Network> Metric<N, usize> for TopAccuracy {
    fn name(&self) -> &str {
        "top accuracy"
    }

    fn score(&self, output: &N::Output, &label: &usize) -> f64 {
        let outputs = output.as_ref();
        let before = outputs[..label].iter().filter(|&&value| value >= outputs[label]).count();
        let after = outputs[label + 1..].iter().filter(|&&value| value > outputs[label]).count();
        f64::from(before + after < self.best && outputs[label].is_finite())
    }
}

/// The mean absolute difference between outputs and targets.
///
/// ```
/// use castnet::metrics::{MeanAbsoluteError, Metric};
/// use castnet::network;
///
/// network! {
///     struct Plane {
///         input: [2],
///         dense(2),
///     }
/// }
///
/// assert_eq!(Metric::<Plane, [f32; 2]>::score(&MeanAbsoluteError, &[1.0, 5.0], &[2.0, 3.0]), 1.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl<N: Network> Metric<N, N::Output> for MeanAbsoluteError {
    fn name(&self) -> &str {
        "mean absolute error"
    }

    fn score(&self, output: &N::Output, target: &N::Output) -> f64 {
        let pairs = output.as_ref().iter().zip(target.as_ref());
        pairs.map(|(&output, &target)| (output - target).to_f64().abs()).sum::<f64>() / N::OUTPUT_LEN as f64
    }
}

/// The number of the largest output; of the first, if several are equally large.
///
/// ```
/// use castnet::metrics::predicted_class;
///
/// assert_eq!(predicted_class(&[0.1_f32, 2.5, -1.0, 2.5]), 1);
/// ```
pub fn predicted_class<T: Scalar>(outputs: &[T]) -> usize {
    predicted_class_in_lane::<T, 1>(outputs, 0)
}

/// [`predicted_class`] for one lane of a lane group.
pub(crate) fn predicted_class_in_lane<T: Scalar, const L: usize>(outputs: &[T], lane: usize) -> usize {
    let mut best = 0;
    for class in 1..outputs.len() / L {
        if outputs[class * L + lane] > outputs[best * L + lane] {
            best = class;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Affine;

    #[test]
    fn the_best_of_equal_outputs_is_the_first() {
        let scores =
            |metric: &dyn Metric<Affine<false>, usize>, output: [f64; 2]| [0, 1].map(|l| metric.score(&output, &l));
        for output in [[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]] {
            assert_eq!(scores(&TopAccuracy { best: 1 }, output), scores(&Accuracy, output), "{output:?}");
            assert_eq!(scores(&TopAccuracy { best: 2 }, output), [1.0, 1.0]);
        }
        assert_eq!(scores(&Accuracy, [0.0, 0.0]), [1.0, 0.0]);
    }

    #[test]
    fn what_is_not_a_number_is_not_among_the_best() {
        let top = TopAccuracy { best: 2 };
        assert_eq!(Metric::<Affine<false>, usize>::score(&top, &[f64::NAN, 1.0], &0), 0.0);
    }
}
