//! From one rate to another along a line, or a power of it.

use super::Schedule;
use crate::math;

/// From one rate to another along a straight line; then the last rate for good.
///
/// `rate(step) = from + (to - from) * step / steps`: PyTorch's `LinearLR`, and the usual way of large language models, to 0.
///
/// ```
/// use castnet::schedules::{LinearDecay, Schedule};
///
/// let schedule = LinearDecay { from: 0.1, to: 0.0, steps: 100 };
/// assert_eq!([0, 50, 100, 1_000].map(|step| schedule.rate(step)), [0.1, 0.05, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearDecay {
    /// The rate of step 0.
    pub from: f64,
    /// The rate of step `steps` and all that follow.
    pub to: f64,
    /// How many steps the way takes.
    pub steps: u64,
}

impl Schedule for LinearDecay {
    fn rate(&self, step: u64) -> f64 {
        let Self { from, to, steps } = *self;
        PolynomialDecay { from, to, steps, power: 1.0 }.rate(step)
    }
}

/// From one rate to another along a power of what is left of the way; then the last rate for good.
///
/// `rate(step) = to + (from - to) * (1 - step / steps)^power`: with `to` 0, PyTorch's `PolynomialLR`.
///
/// ```
/// use castnet::schedules::{PolynomialDecay, Schedule};
///
/// let schedule = PolynomialDecay { from: 0.4, to: 0.0, steps: 100, power: 2.0 };
/// assert_eq!([0, 50, 100, 101].map(|step| schedule.rate(step)), [0.4, 0.1, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolynomialDecay {
    /// The rate of step 0.
    pub from: f64,
    /// The rate of step `steps` and all that follow.
    pub to: f64,
    /// How many steps the way takes.
    pub steps: u64,
    /// The power: with 1 a line, with more a way that falls faster at first.
    pub power: f64,
}

impl Schedule for PolynomialDecay {
    fn rate(&self, step: u64) -> f64 {
        if step >= self.steps {
            return self.to;
        }
        let left = (self.steps - step) as f64 / self.steps as f64;
        self.to + (self.from - self.to) * math::powf(left, self.power)
    }
}
