//! A staircase of rates.

use super::Schedule;
use super::settings::check_at_least_one;
use crate::{Error, math};

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
    /// How many steps share a rate; at least 1.
    pub every: u64,
}

impl Schedule for StepDecay {
    fn rate(&self, step: u64) -> f64 {
        // NaN, which no step is made with, if no step has a rate.
        step.checked_div(self.every).map_or(f64::NAN, |falls| self.rate * math::powf(self.factor, falls as f64))
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if `every` is 0.
    fn check(&self) -> Result<(), Error> {
        check_at_least_one("every", self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stair_has_a_length() {
        let schedule = StepDecay { rate: 0.1, factor: 0.5, every: 0 };
        assert!(matches!(schedule.check(), Err(Error::Setting { setting: "every", .. })));
        assert!(schedule.rate(3).is_nan());
        StepDecay { every: 1, ..schedule }.check().unwrap();
    }
}
