//! Epochs instead of steps.

use super::Schedule;
use super::settings::check_at_least_one;
use crate::Error;

/// A schedule that counts epochs of some steps each; made by [`Schedule::per_epoch`].
///
/// `rate(step) = schedule.rate(floor(step / steps))`. An epoch of `n` samples in batches of `b` has `n.div_ceil(b)` steps.
///
/// ```
/// use castnet::schedules::{Schedule, StepDecay};
///
/// // A tenth after every 30 epochs, of 1,000 samples in batches of 32.
/// let schedule = StepDecay { rate: 0.1, factor: 0.1, every: 30 }.per_epoch(1_000_u64.div_ceil(32));
/// assert_eq!((schedule.steps, schedule.rate(959)), (32, 0.1));
/// assert!((schedule.rate(960) - 0.01).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerEpoch<S> {
    /// How many steps make an epoch; at least 1.
    pub steps: u64,
    /// The schedule, whose steps are the epochs.
    pub schedule: S,
}

impl<S: Schedule + Clone + 'static> Schedule for PerEpoch<S> {
    fn rate(&self, step: u64) -> f64 {
        // NaN, which no step is made with, if an epoch has no steps.
        step.checked_div(self.steps).map_or(f64::NAN, |epoch| self.schedule.rate(epoch))
    }

    fn momentum(&self, step: u64) -> Option<f64> {
        self.schedule.momentum(step.checked_div(self.steps)?)
    }

    fn observe(&mut self, step: u64, loss: f64) {
        self.schedule.observe(step.checked_div(self.steps).unwrap_or(0), loss);
    }

    fn state(&self) -> &[f64] {
        self.schedule.state()
    }

    fn state_mut(&mut self) -> &mut [f64] {
        self.schedule.state_mut()
    }

    /// # Errors
    ///
    /// Those of the schedule, and [`Error::Setting`] if `steps` is 0.
    fn check(&self) -> Result<(), Error> {
        check_at_least_one("steps", self.steps)?;
        self.schedule.check()
    }
}
