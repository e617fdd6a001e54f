//! A staircase of rates.

use super::Schedule;

/// The rate is multiplied by `factor` after every `every` steps.
///
/// `rate(step) = rate * factor^floor(step / every)`: PyTorch's `StepLR`.
///
/// ```
/// use castnet::schedules::{Schedule, StepDecay};
///
/// let schedule = StepDecay { rate: 0.4, factor: 0.5, every: 10 };
/// assert_eq!([0, 9, 10, 25].map(|step| schedule.rate(step)), [0.4, 0.4, 0.2, 0.1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// The rate of the first `every` steps.
    pub rate: f64,
    /// What the rate is multiplied by.
    pub factor: f64,
    /// How many steps share a rate; 0 is taken as 1.
    pub every: u64,
}

impl Schedule for StepDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate * self.factor.powf((step / self.every.max(1)) as f64)
    }
}
