//! Rates that fall as the step, or its square root, grows.

use super::Schedule;
use super::settings::check_at_least_one;
use crate::{Error, Scalar};

/// `rate(step) = rate / (1 + decay * step)`, the 1/t decay: Robbins and Monro 1951, "A Stochastic Approximation Method", ask for
/// rates that fall so.
///
/// ```
/// use castnet::schedules::{InverseTimeDecay, Schedule};
///
/// let schedule = InverseTimeDecay { rate: 0.1, decay: 0.25 };
/// assert_eq!([0, 4, 12].map(|step| schedule.rate(step)), [0.1, 0.05, 0.025]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseTimeDecay {
    /// The rate of step 0.
    pub rate: f64,
    /// How fast it falls: after `1 / decay` steps it is half.
    pub decay: f64,
}

impl Schedule for InverseTimeDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate / (1.0 + self.decay * step as f64)
    }
}

/// `rate(step) = rate / sqrt(1 + step / timescale)`.
///
/// With a timescale of 1 it is `rate / sqrt(t)` of step number `t` counted from 1. Behind a [warm-up](Schedule::warm_up) of as
/// many steps as the timescale it is the schedule of the transformer (Vaswani et al. 2017, "Attention Is All You Need", formula
/// 3), which goes on as one over the root of the number of all steps.
///
/// ```
/// use castnet::schedules::{InverseSquareRootDecay, Schedule};
///
/// let schedule = InverseSquareRootDecay { rate: 0.1, timescale: 1 };
/// assert_eq!([0, 3, 24].map(|step| schedule.rate(step)), [0.1, 0.05, 0.02]);
///
/// let transformer = InverseSquareRootDecay { rate: 0.1, timescale: 4_000 }.warm_up(4_000);
/// assert_eq!(transformer.rate(16_000), 0.05);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseSquareRootDecay {
    /// The rate of step 0.
    pub rate: f64,
    /// After three times as many steps it is half; at least 1.
    pub timescale: u64,
}

impl Schedule for InverseSquareRootDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate / Scalar::sqrt(1.0 + step as f64 / self.timescale as f64)
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if `timescale` is 0.
    fn check(&self) -> Result<(), Error> {
        check_at_least_one("timescale", self.timescale)
    }
}
