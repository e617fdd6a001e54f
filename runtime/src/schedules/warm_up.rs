//! Small steps first.

use super::Schedule;
use crate::Error;

/// Another schedule, after a rate that grows evenly to its first; made by [`Schedule::warm_up`].
///
/// `rate(step) = then.rate(0) * (step + 1) / steps` in the first `steps` steps, `then.rate(step - steps)` from there
/// on; the momentum is the first of the other's meanwhile. Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2.
///
/// ```
/// use castnet::schedules::{CosineDecay, Schedule};
///
/// let schedule = CosineDecay { from: 0.1, to: 0.0, steps: 100 }.warm_up(10);
/// assert!((schedule.rate(0) - 0.01).abs() < 1e-15);
/// assert_eq!(schedule.rate(9), 0.1);
/// assert_eq!(schedule.rate(10), 0.1);
/// assert_eq!(schedule.rate(110), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp<S> {
    /// How many steps the rate grows.
    pub steps: u64,
    /// The schedule from there on; its steps are counted from 0.
    pub then: S,
}

impl<S: Schedule + Clone + 'static> Schedule for WarmUp<S> {
    fn rate(&self, step: u64) -> f64 {
        if step < self.steps {
            return self.then.rate(0) * ((step + 1) as f64 / self.steps as f64);
        }
        self.then.rate(step - self.steps)
    }

    fn momentum(&self, step: u64) -> Option<f64> {
        self.then.momentum(step.saturating_sub(self.steps))
    }

    fn observe(&mut self, step: u64, loss: f64) {
        self.then.observe(step.saturating_sub(self.steps), loss);
    }

    fn state(&self) -> &[f64] {
        self.then.state()
    }

    fn state_mut(&mut self) -> &mut [f64] {
        self.then.state_mut()
    }

    fn check(&self) -> Result<(), Error> {
        self.then.check()
    }
}
