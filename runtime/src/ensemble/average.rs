//! The mean of outputs, one after the other.

use crate::Scalar;

/// What the mean is of.
#[derive(Clone, Copy, Debug)]
pub enum Average {
    /// The outputs as they are.
    OfOutputs,
    /// The probabilities that a softmax makes of them; the mean is kept as their logarithms.
    OfProbabilities,
}

/// The mean of no outputs.
pub fn nothing<T: Scalar>() -> T {
    T::from_f64(f64::NAN)
}

impl Average {
    /// Replaces a share of a mean, from 0 to 1, by further outputs; a share of 1 is all of it, whatever the mean was.
    pub fn mix<T: Scalar>(self, mean: &mut [T], outputs: &[T], share: f64) {
        match self {
            Self::OfOutputs => {
                for (mean, output) in mean.iter_mut().zip(outputs) {
                    let kept = if share < 1.0 { (1.0 - share) * mean.to_f64() } else { 0.0 };
                    *mean = T::from_f64(kept + share * output.to_f64());
                }
            }
            Self::OfProbabilities => {
                let (before, share_of_outputs) = (Scalar::ln(1.0 - share), Scalar::ln(share) - log_sum(outputs));
                for (mean, output) in mean.iter_mut().zip(outputs) {
                    let one = output.to_f64() + share_of_outputs;
                    let both = if share < 1.0 { log_of_sum(mean.to_f64() + before, one) } else { one };
                    *mean = T::from_f64(both);
                }
            }
        }
    }
}

/// `ln(sum(exp(x)))`, without a number that is too large.
fn log_sum<T: Scalar>(outputs: &[T]) -> f64 {
    let largest = outputs.iter().map(|output| output.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = outputs.iter().map(|output| Scalar::exp(output.to_f64() - largest)).sum();
    largest + Scalar::ln(sum)
}

/// `ln(exp(a) + exp(b))`; NaN if one of them is.
fn log_of_sum(a: f64, b: f64) -> f64 {
    let (less, more) = if a < b { (a, b) } else { (b, a) };
    more + Scalar::ln(1.0 + Scalar::exp(less - more))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of all outputs with these weights.
    fn mean(average: Average, all: &[([f64; 3], f64)]) -> [f64; 3] {
        let (mut mean, mut total) = ([nothing(); 3], 0.0);
        for (outputs, weight) in all {
            total += weight;
            average.mix(&mut mean, outputs, weight / total);
        }
        mean
    }

    const ALL: [([f64; 3], f64); 3] = [([1.0, 2.0, 3.0], 1.0), ([-1.0, 0.5, 0.0], 3.0), ([0.0, 700.0, -700.0], 2.0)];

    #[test]
    fn outputs_have_their_weighted_mean() {
        for (place, found) in mean(Average::OfOutputs, &ALL).into_iter().enumerate() {
            let expected = ALL.map(|(outputs, weight)| outputs[place] * weight / 6.0).iter().sum::<f64>();
            assert!((found - expected).abs() < 1e-12, "{place}: {found}, {expected}");
        }
        assert_eq!(mean(Average::OfOutputs, &ALL[..1]), ALL[0].0);
        assert!(mean(Average::OfOutputs, &[]).iter().all(|mean| mean.is_nan()));
    }

    #[test]
    fn probabilities_have_their_weighted_mean() {
        for (place, found) in mean(Average::OfProbabilities, &ALL).into_iter().enumerate() {
            let probability =
                |outputs: [f64; 3]| outputs.map(|output| (output - outputs[place]).exp()).iter().sum::<f64>().recip();
            let expected: f64 = ALL.map(|(outputs, weight)| probability(outputs) * weight / 6.0).iter().sum();
            assert!((found.exp() - expected).abs() < 1e-12, "{place}: {}, {expected}", found.exp());
        }
        assert!(
            mean(Average::OfProbabilities, &[([1.0, f64::NAN, 0.0], 1.0), ALL[0]]).iter().all(|mean| mean.is_nan())
        );
        // Far from what a number can be the exponential of.
        let [first, second, _] = mean(Average::OfProbabilities, &[([-2e3, 0.0, 0.0], 1.0), ([-3e3, 0.0, 0.0], 1.0)]);
        assert!(
            (first - (-2e3 - 2.0 * 2_f64.ln())).abs() < 1e-9 && (second + 2_f64.ln()).abs() < 1e-12,
            "{first}, {second}"
        );
    }
}
