//! Whether samples of a class are scored higher than others.

use alloc::vec::Vec;

use super::{Metric, Scores};
use crate::Scalar;

/// The area under the receiver operating characteristic: how likely a sample of a class is scored higher than one of another
/// class, where one that is scored equally counts as half; scikit-learn's `roc_auc_score`.
///
/// Of two classes it is that of class 1 (which is also that of class 0); of more, the mean over the classes that some samples
/// are of and some are not, each against all others (`multi_class="ovr"`). NaN if there is none. A sample of the class
/// whose score is NaN ranks below all others, and one of another class above all.
///
/// It is exact, so that it remembers every sample: 16 bytes for two classes, `8 (classes + 1)` for more, and half as many again
/// while it finishes. It counts pairs in whole numbers: parts merged in any order come to the same bits, but for the order
/// in which classes are averaged, which is theirs.
///
/// ```
/// use castnet::metrics::{RocAuc, score};
///
/// // Of four pairs of a sample of class 1 and one of class 0, three are in order.
/// let samples = [([0.0_f32, 0.1], 0), ([0.0, 0.4], 0), ([0.0, 0.35], 1), ([0.0, 0.8], 1)];
/// assert_eq!(score(&RocAuc::default(), samples), 0.75);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RocAuc {
    /// What the outputs are.
    pub scores: Scores,
}

/// The mean precision over the thresholds at which recall grows, weighted by how much it does; scikit-learn's
/// `average_precision_score`.
///
/// With the samples in order of their scores, the highest first, `sum (R_n - R_(n-1)) P_n`, where `P_n` and `R_n` are precision
/// and recall of taking those for the class that are scored at least as high as the n-th score. Of two classes it is that of
/// class 1; of more, the mean over those that occurred. Unlike [`RocAuc`], it says little good of a rare class whose samples
/// stand behind many others. Memory, merging and NaN are as there.
///
/// ```
/// use castnet::metrics::{AveragePrecision, score};
///
/// let samples = [([0.0_f32, 0.1], 0), ([0.0, 0.4], 0), ([0.0, 0.35], 1), ([0.0, 0.8], 1)];
/// assert!((score(&AveragePrecision::default(), samples) - (0.5 * 1.0 + 0.5 * 2.0 / 3.0)).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AveragePrecision {
    /// What the outputs are.
    pub scores: Scores,
}

/// The scores of all samples so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// For each sample a score of class 1, or of more than two classes one for each.
    scores: Vec<f64>,
    labels: Vec<usize>,
}

impl Ranking {
    fn add<T: Scalar>(&mut self, kind: Scores, output: &[T], label: usize) {
        assert!(label < output.len(), "label {label} of {} classes", output.len());
        self.labels.push(label);
        match output {
            [_, _] => self.scores.push(class_score(kind, output, 1)),
            _ => self.scores.extend((0..output.len()).map(|class| class_score(kind, output, class))),
        }
    }

    fn merge(&mut self, other: Self) {
        self.scores.extend(other.scores);
        self.labels.extend(other.labels);
    }

    /// The mean of what `curve` makes of the samples in the order of their scores for a class, the lowest first, over the
    /// classes for which it makes a number.
    fn mean(&self, curve: fn(&[(f64, bool)]) -> Option<f64>) -> f64 {
        let width = self.scores.len().checked_div(self.labels.len()).unwrap_or(0);
        let of_column = |column: usize| {
            let class = if width == 1 { 1 } else { column };
            let scores = self.scores.iter().skip(column).step_by(width);
            let mut ranked: Vec<_> =
                scores.zip(&self.labels).map(|(&score, &label)| ranked(score, label == class)).collect();
            ranked.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
            curve(&ranked)
        };
        let (sum, count) = (0..width).filter_map(of_column).fold((0.0, 0), |(sum, count), one| (sum + one, count + 1));
        sum / f64::from(count)
    }
}

/// A number that grows with the probability of a class and does not round to that of certainty: the logarithm of its odds.
fn class_score<T: Scalar>(kind: Scores, output: &[T], class: usize) -> f64 {
    let own = output[class].to_f64();
    if kind == Scores::Probabilities {
        return own;
    }
    let others =
        || output.iter().enumerate().filter(move |&(other, _)| other != class).map(|(_, value)| value.to_f64());
    let largest = others().fold(f64::NEG_INFINITY, f64::max);
    let has_nan = others().any(f64::is_nan);
    match (own - largest, output.len()) {
        _ if has_nan => f64::NAN,
        (difference, 0..=2) => difference,
        (difference, _) if !largest.is_finite() => difference,
        (difference, _) => difference - others().map(|other| (other - largest).exp()).sum::<f64>().ln(),
    }
}

/// A score in the order of `total_cmp`: zeros are alike, and NaN counts against its sample.
fn ranked(score: f64, is_of_class: bool) -> (f64, bool) {
    let worst = f64::NAN.copysign(if is_of_class { -1.0 } else { 1.0 });
    (if score.is_nan() { worst } else { score + 0.0 }, is_of_class)
}

/// How many samples of equal scores are of the class and how many are not, from the lowest score to the highest.
fn ties(ranked: &[(f64, bool)]) -> impl DoubleEndedIterator<Item = (u64, u64)> {
    ranked.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()).map(|ties| {
        let of_class = ties.iter().filter(|(_, is_of_class)| *is_of_class).count() as u64;
        (of_class, ties.len() as u64 - of_class)
    })
}

fn area(ranked: &[(f64, bool)]) -> Option<f64> {
    let (mut below, mut twice, mut all) = (0, 0_u128, 0);
    for (of_class, others) in ties(ranked) {
        twice += u128::from(of_class) * u128::from(2 * below + others);
        below += others;
        all += of_class;
    }
    let pairs = u128::from(all) * u128::from(below);
    (pairs > 0).then(|| twice as f64 / (2 * pairs) as f64)
}

fn average_precision(ranked: &[(f64, bool)]) -> Option<f64> {
    let all = ranked.iter().filter(|(_, is_of_class)| *is_of_class).count() as f64;
    let (mut right, mut taken, mut sum) = (0, 0, 0.0);
    for (of_class, others) in ties(ranked).rev() {
        right += of_class;
        taken += of_class + others;
        sum += of_class as f64 / all * (right as f64 / taken as f64);
    }
    (all > 0.0).then_some(sum)
}

macro_rules! by_ranking {
    ($metric:ident, $name:literal, $curve:ident) => {
        impl<T: Scalar> Metric<T, usize> for $metric {
            type Fold = Ranking;

            fn name(&self) -> &str {
                $name
            }

            fn start(&self) -> Ranking {
                Ranking::default()
            }

            /// # Panics
            ///
            /// If there is no output for the label.
            fn add(&self, fold: &mut Ranking, output: &[T], &label: &usize) {
                fold.add(self.scores, output, label);
            }

            fn merge(&self, fold: &mut Ranking, other: Ranking) {
                fold.merge(other);
            }

            fn finish(&self, fold: Ranking) -> f64 {
                fold.mean($curve)
            }
        }
    };
}

by_ranking!(RocAuc, "ROC AUC", area);
by_ranking!(AveragePrecision, "average precision", average_precision);

#[cfg(test)]
mod tests {
    use super::super::score;
    use super::*;

    #[test]
    fn the_area_counts_pairs() {
        let samples: Vec<_> = (0..60_u32).map(|i| ([0.0, f64::from(i * 37 % 11)], (i * i % 3) as usize % 2)).collect();
        let (mut twice, mut pairs) = (0, 0);
        for (high, _) in samples.iter().filter(|(_, label)| *label == 1) {
            for (low, _) in samples.iter().filter(|(_, label)| *label == 0) {
                twice += if high[1] > low[1] { 2 } else { i32::from(high[1] == low[1]) };
                pairs += 1;
            }
        }
        assert_eq!(score(&RocAuc::default(), samples), f64::from(twice) / f64::from(2 * pairs));
    }

    #[test]
    fn parts_in_any_order_are_the_whole() {
        let samples: Vec<_> =
            (0..50_u32).map(|i| ([0, 1, 2].map(|j| f64::from(i * (j + 3) % 7).sin()), i as usize % 3)).collect();
        fn both(fold: &Ranking) -> [u64; 2] {
            [fold.mean(area).to_bits(), fold.mean(average_precision).to_bits()]
        }
        let fold = |samples: &[([f64; 3], usize)]| {
            let mut fold = Ranking::default();
            samples.iter().for_each(|(output, label)| fold.add(Scores::Logits, output, *label));
            fold
        };
        let mut parts = Ranking::default();
        samples.chunks(8).rev().for_each(|part| parts.merge(fold(part)));
        assert_eq!(both(&parts), both(&fold(&samples)));
    }

    #[test]
    fn nan_never_counts_in_favour() {
        let auc = |high: f64, low: f64| score(&RocAuc::default(), [([0.0, high], 1), ([0.0, low], 0)]);
        assert_eq!([auc(f64::NAN, f64::NEG_INFINITY), auc(f64::INFINITY, f64::NAN), auc(f64::NAN, f64::NAN)], [0.0; 3]);
        assert_eq!((auc(0.0, -0.0), auc(f64::INFINITY, f64::MAX)), (0.5, 1.0));
        assert!(score(&RocAuc::default(), [([0.0, 1.0], 1)]).is_nan());
        assert!(score(&AveragePrecision::default(), [([0.0, 1.0], 0)]).is_nan());
        assert!(score(&RocAuc::default(), [([0.0, 1.0], 0); 0]).is_nan());
    }

    #[test]
    fn certainty_keeps_its_order() {
        // Both probabilities round to 1.
        let samples = [([0.0, 800.0, 0.0], 1), ([0.0, 700.0, 0.0], 0), ([0.0, 0.0, 1.0], 2)];
        let mut fold = Ranking::default();
        samples.iter().for_each(|(output, label)| fold.add(Scores::Logits, output, *label));
        assert!(fold.scores[1] > fold.scores[4], "{:?}", fold.scores);
    }
}
