//! What outputs say of a class, as probabilities.

use crate::Scalar;

/// What the outputs of a classifier are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scores {
    /// What a softmax makes probabilities of: the outputs of a network that learns by softmax cross-entropy.
    #[default]
    Logits,
    /// Probabilities.
    Probabilities,
}

impl Scores {
    /// The probability of the class that the outputs name, from 0 to 1; NaN if one of them is.
    pub(super) fn largest_probability<T: Scalar>(self, output: &[T]) -> f64 {
        let largest = output.iter().map(|value| value.to_f64()).fold(f64::NEG_INFINITY, f64::max);
        if output.iter().any(|value| value.is_nan()) {
            return f64::NAN;
        }
        match self {
            Self::Probabilities => largest.clamp(0.0, 1.0),
            Self::Logits if largest.is_infinite() => 1.0,
            Self::Logits => 1.0 / output.iter().map(|value| (value.to_f64() - largest).exp()).sum::<f64>(),
        }
    }
}
