//! How much of the targets' variation the outputs explain.

use alloc::vec::Vec;

use super::Metric;
use crate::Scalar;

/// The coefficient of determination, the mean over the outputs: 1 where outputs are the targets, 0 where they are no
/// better than the targets' mean, and less where they are worse.
///
/// With outputs `y`, targets `t` and the mean `m` of the targets: `1 - sum (y - t)^2 / sum (t - m)^2`; scikit-learn's
/// `r2_score`. For an output whose targets are all the same it is 1 if there is no error, and else 0. It is no mean over
/// samples: the targets' mean is not known before the last one.
///
/// ```
/// use castnet::metrics::{RSquared, score};
///
/// let samples = [([2.5_f64], [3.0]), ([0.0], [-0.5]), ([2.0], [2.0]), ([8.0], [7.0])];
/// assert!((score(&RSquared, samples) - 0.948_608_137_044_967).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RSquared;

/// What [`RSquared`] remembers of one output.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquaredSums {
    /// How many samples there were.
    pub samples: u64,
    /// The mean of their targets.
    pub mean: f64,
    /// The sum of the squared distances of the targets from it.
    pub variation: f64,
    /// The sum of the squared differences between outputs and targets.
    pub errors: f64,
}

impl SquaredSums {
    fn of_sample(output: f64, target: f64) -> Self {
        Self { samples: 1, mean: target, variation: 0.0, errors: (output - target) * (output - target) }
    }

    /// Of both together: Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample Variance", which does not cancel.
    fn and(self, other: Self) -> Self {
        let samples = self.samples + other.samples;
        let (part, distance) = (other.samples as f64 / samples as f64, other.mean - self.mean);
        Self {
            samples,
            mean: self.mean + distance * part,
            variation: self.variation + other.variation + distance * distance * self.samples as f64 * part,
            errors: self.errors + other.errors,
        }
    }

    fn score(self) -> f64 {
        match (self.variation == 0.0, self.errors == 0.0) {
            (true, true) => 1.0,
            (true, false) if self.errors.is_finite() => 0.0,
            _ => 1.0 - self.errors / self.variation,
        }
    }
}

impl<T: Scalar, Y: AsRef<[T]>> Metric<T, Y> for RSquared {
    type Fold = Vec<SquaredSums>;

    fn name(&self) -> &str {
        "R squared"
    }

    fn start(&self) -> Vec<SquaredSums> {
        Vec::new()
    }

    fn add(&self, fold: &mut Vec<SquaredSums>, output: &[T], target: &Y) {
        fold.resize(output.len(), SquaredSums::default());
        for (sums, (output, target)) in fold.iter_mut().zip(output.iter().zip(target.as_ref())) {
            *sums = sums.and(SquaredSums::of_sample(output.to_f64(), target.to_f64()));
        }
    }

    fn merge(&self, fold: &mut Vec<SquaredSums>, other: Vec<SquaredSums>) {
        if fold.is_empty() {
            *fold = other;
        } else {
            fold.iter_mut().zip(other).for_each(|(sums, other)| *sums = sums.and(other));
        }
    }

    fn finish(&self, fold: Vec<SquaredSums>) -> f64 {
        fold.iter().map(|sums| sums.score()).sum::<f64>() / fold.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::score;
    use super::*;

    fn samples() -> Vec<([f64; 2], [f64; 2])> {
        let sample = |index: u32| {
            let target = [f64::from(index).sin(), 1e6 + f64::from(index)];
            ([target[0] + 0.1, target[1] - f64::from(index % 3)], target)
        };
        (0..50).map(sample).collect()
    }

    /// The formula, for one output.
    fn expected(output: usize) -> f64 {
        let samples = samples();
        let mean = samples.iter().map(|(_, target)| target[output]).sum::<f64>() / 50.0;
        let errors: f64 = samples.iter().map(|(found, target)| (found[output] - target[output]).powi(2)).sum();
        1.0 - errors / samples.iter().map(|(_, target)| (target[output] - mean).powi(2)).sum::<f64>()
    }

    #[test]
    fn it_follows_the_formula() {
        let found = score(&RSquared, samples());
        assert!((found - (expected(0) + expected(1)) / 2.0).abs() < 1e-9, "{found}");
    }

    #[test]
    fn parts_are_the_whole() {
        fn fold(samples: &[([f64; 2], [f64; 2])]) -> Vec<SquaredSums> {
            let mut fold = Metric::<f64, [f64; 2]>::start(&RSquared);
            samples.iter().for_each(|(output, target)| RSquared.add(&mut fold, output, target));
            fold
        }
        let samples = samples();
        let mut parts = Vec::new();
        for part in samples.chunks(13) {
            Metric::<f64, [f64; 2]>::merge(&RSquared, &mut parts, fold(part));
        }
        let [whole, parts] = [fold(&samples), parts].map(|fold| Metric::<f64, [f64; 2]>::finish(&RSquared, fold));
        assert!((whole - parts).abs() < 1e-12);
    }

    #[test]
    fn targets_that_do_not_vary_have_no_quotient() {
        assert_eq!(score(&RSquared, [([1.0], [1.0]), ([1.0], [1.0])]), 1.0);
        assert_eq!(score(&RSquared, [([1.5], [1.0]), ([1.0], [1.0])]), 0.0);
        assert!(score(&RSquared, [([f64::NAN], [1.0]), ([1.0], [1.0])]).is_nan());
    }
}
