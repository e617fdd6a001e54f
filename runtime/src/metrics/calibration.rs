//! Whether probabilities are as right as they say.

use super::{Metric, Scores, predicted_class};
use crate::Scalar;

/// The expected calibration error: how far the probability of the class that is named is from how often it is right.
///
/// Samples go by that probability into `BINS` bins of equal width, of which each has its lower end not and its upper end; with
/// `n` samples, of which `n_b` are in bin `b`, with the mean probability `p_b`, and the part `a_b` right:
/// `sum n_b / n |a_b - p_b|` (Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3). From 0, where of those
/// that are called 70 % likely 70 % are right, to 1. A sample with an output that is NaN counts as certain, and as wrong.
///
/// Probabilities are summed in whole multiples of 2^-60: parts merged in any order come to the same bits.
///
/// ```
/// use castnet::metrics::{CalibrationError, Scores, score};
///
/// // Four samples that are called 80 % likely, of which three are right.
/// let error = CalibrationError::<10> { scores: Scores::Probabilities };
/// let samples = [0, 0, 0, 1].map(|label| ([0.8_f64, 0.2], label));
/// assert!((score(&error, samples) - 0.05).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CalibrationError<const BINS: usize = 15> {
    /// What the outputs are.
    pub scores: Scores,
}

/// The samples whose probabilities are in one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CalibrationBin {
    samples: u64,
    right: u64,
    /// In multiples of 2^-60.
    probability: u128,
}

/// The unit of summed probabilities.
const UNIT: f64 = (1_u64 << 60) as f64;

impl CalibrationBin {
    /// How many samples there are.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The part of them for which the class that is named is theirs; NaN of none.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.samples as f64
    }

    /// The mean probability of the class that is named; NaN of none.
    pub fn probability(&self) -> f64 {
        self.probability as f64 / UNIT / self.samples as f64
    }
}

impl<T: Scalar, const BINS: usize> Metric<T, usize> for CalibrationError<BINS> {
    type Fold = [CalibrationBin; BINS];

    fn name(&self) -> &str {
        "calibration error"
    }

    fn start(&self) -> [CalibrationBin; BINS] {
        const { assert!(BINS > 0, "there is at least one bin") }
        [CalibrationBin::default(); BINS]
    }

    fn add(&self, fold: &mut [CalibrationBin; BINS], output: &[T], &label: &usize) {
        let probability = self.scores.largest_probability(output);
        let probability = if probability.is_nan() { 1.0 } else { probability };
        // A bin ends with its upper end, so that it is as many bins away as ends are less.
        let place = (1..BINS).take_while(|&end| end as f64 / (BINS as f64) < probability).count();
        let bin = &mut fold[place];
        bin.samples += 1;
        bin.right += u64::from(predicted_class(output) == Some(label));
        bin.probability += (probability * UNIT) as u128;
    }

    fn merge(&self, fold: &mut [CalibrationBin; BINS], other: [CalibrationBin; BINS]) {
        for (bin, other) in fold.iter_mut().zip(other) {
            bin.samples += other.samples;
            bin.right += other.right;
            bin.probability += other.probability;
        }
    }

    fn finish(&self, fold: [CalibrationBin; BINS]) -> f64 {
        let samples: u64 = fold.iter().map(|bin| bin.samples).sum();
        // As numbers of samples: those that are right, and those that should be.
        let gap = |bin: &CalibrationBin| (bin.right as f64 - bin.probability as f64 / UNIT).abs();
        fold.iter().map(gap).sum::<f64>() / samples as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::score;
    use super::*;

    const ERROR: CalibrationError<4> = CalibrationError { scores: Scores::Probabilities };

    #[test]
    fn bins_have_their_upper_ends() {
        let bin = |probability: f64| {
            let mut fold = Metric::<f64, usize>::start(&ERROR);
            ERROR.add(&mut fold, &[probability, 0.0], &0);
            fold.iter().position(|bin| bin.samples() == 1).unwrap()
        };
        assert_eq!([0.0, 0.25, 0.250_1, 0.5, 0.75, 0.76, 1.0, f64::NAN].map(bin), [0, 0, 1, 1, 2, 3, 3, 3]);
    }

    #[test]
    fn logits_are_probabilities_after_a_softmax() {
        let logits = CalibrationError::<15>::default();
        let samples = |outputs: [f64; 2]| [0, 0, 1].map(|label| (outputs, label));
        let error = score(&logits, samples([3.0_f64.ln(), 0.0]));
        assert!((error - (0.75 - 2.0 / 3.0)).abs() < 1e-12, "{error}");
        assert!((score(&logits, samples([f64::INFINITY, 0.0])) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(score(&logits, samples([f64::NAN, 0.0])), 1.0);
    }

    #[test]
    fn parts_in_any_order_are_the_whole() {
        let samples: Vec<_> = (0..50_u32).map(|i| ([f64::from(i) / 50.0, 0.3], i as usize % 2)).collect();
        let fold = |samples: &[([f64; 2], usize)]| {
            let mut fold = Metric::<f64, usize>::start(&ERROR);
            samples.iter().for_each(|(output, label)| ERROR.add(&mut fold, output, label));
            fold
        };
        let mut parts = Metric::<f64, usize>::start(&ERROR);
        samples.chunks(8).rev().for_each(|part| Metric::<f64, usize>::merge(&ERROR, &mut parts, fold(part)));
        assert_eq!(parts, fold(&samples));
        assert!((parts[3].accuracy() - 0.5).abs() < 0.1 && (parts[3].probability() - 0.87).abs() < 0.01);
    }
}
