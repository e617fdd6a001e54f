//! The same part of the rate is left by every step.

use super::Schedule;
use crate::math;

/// The rate is multiplied by `factor` after every step.
///
/// `rate(step) = rate * factor^step`: PyTorch's `ExponentialLR`. In the form `rate * exp(-k * step)`, the factor is `exp(-k)`.
///
/// ```
/// use castnet::schedules::{ExponentialDecay, Schedule};
///
/// let schedule = ExponentialDecay { rate: 0.1, factor: 0.5 };
/// assert_eq!([0, 1, 2].map(|step| schedule.rate(step)), [0.1, 0.05, 0.025]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    /// The rate of step 0.
    pub rate: f64,
    /// What the rate is multiplied by; less than 1, if it is to fall.
    pub factor: f64,
}

impl Schedule for ExponentialDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate * math::powf(self.factor, step as f64)
    }
}
