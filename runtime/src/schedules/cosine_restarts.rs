//! Half a wave after the other.

use super::settings::check_at_least_one;
use super::{CosineDecay, Schedule};
use crate::Error;

/// [`CosineDecay`] again and again, each time from the first rate, in cycles that grow: SGDR.
///
/// With `s` steps since the start of a cycle of `n` steps: `rate = to + (from - to) / 2 * (1 + cos(pi * s / n))`; the first cycle
/// has `steps` steps, and each `growth` times as many as the one before. Loshchilov and Hutter 2017, "SGDR: Stochastic Gradient
/// Descent with Warm Restarts", formula 5; PyTorch's `CosineAnnealingWarmRestarts`.
///
/// Just before a restart the rate is small and the network near a minimum: a good moment for a snapshot.
///
/// ```
/// use castnet::schedules::{CosineRestarts, Schedule};
///
/// let schedule = CosineRestarts { from: 0.1, to: 0.0, steps: 10, growth: 2 };
/// assert_eq!([0, 10, 30].map(|step| schedule.rate(step)), [0.1; 3]);
/// assert!((schedule.rate(5) - 0.05).abs() < 1e-12 && (schedule.rate(20) - 0.05).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    /// The rate at the start of each cycle.
    pub from: f64,
    /// The rate that each cycle goes down to, which the step after its last would have.
    pub to: f64,
    /// How many steps the first cycle takes; at least 1.
    pub steps: u64,
    /// How many times as long each cycle is as the one before; at least 1.
    pub growth: u64,
}

impl CosineRestarts {
    /// Steps since the start of the cycle that `step` is in, and the length of that cycle; `None` if cycles have no length.
    fn in_cycle(&self, step: u64) -> Option<(u64, u64)> {
        if self.growth <= 1 {
            return Some((step.checked_rem(self.steps)?, self.steps));
        }
        let (mut since, mut length) = (step, self.steps);
        while length > 0 && since >= length {
            since -= length;
            length = length.saturating_mul(self.growth);
        }
        (length > 0).then_some((since, length))
    }
}

impl Schedule for CosineRestarts {
    fn rate(&self, step: u64) -> f64 {
        // NaN, which no step is made with, if cycles have no length.
        self.in_cycle(step).map_or(f64::NAN, |(since, steps)| {
            let Self { from, to, .. } = *self;
            CosineDecay { from, to, steps }.rate(since)
        })
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if `steps` or `growth` is 0.
    fn check(&self) -> Result<(), Error> {
        check_at_least_one("steps", self.steps)?;
        check_at_least_one("growth", self.growth)
    }
}
