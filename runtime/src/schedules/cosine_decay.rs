//! Half a wave from the first rate to the last.

use core::f64::consts::PI;

use super::Schedule;
use crate::math;

/// From one rate to another along half a cosine wave, slowly at both ends; then the last rate for good.
///
/// `rate(step) = to + (from - to) / 2 * (1 + cos(pi * step / steps))`: Loshchilov and Hutter 2017, "SGDR: Stochastic
/// Gradient Descent with Warm Restarts", formula 5, without the restarts; PyTorch's `CosineAnnealingLR`.
///
/// ```
/// use castnet::schedules::{CosineDecay, Schedule};
///
/// let schedule = CosineDecay { from: 0.1, to: 0.0, steps: 100 };
/// assert_eq!(schedule.rate(0), 0.1);
/// assert!((schedule.rate(50) - 0.05).abs() < 1e-12);
/// assert_eq!(schedule.rate(100), 0.0);
/// assert_eq!(schedule.rate(1_000), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecay {
    /// The rate of step 0.
    pub from: f64,
    /// The rate of step `steps` and all that follow.
    pub to: f64,
    /// How many steps the way takes.
    pub steps: u64,
}

impl Schedule for CosineDecay {
    fn rate(&self, step: u64) -> f64 {
        if step >= self.steps {
            return self.to;
        }
        let angle = PI * step as f64 / self.steps as f64;
        self.to + (self.from - self.to) / 2.0 * (1.0 + math::cos(angle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_symmetric_and_falls() {
        let schedule = CosineDecay { from: 0.3, to: 0.1, steps: 40 };
        for step in 0..40 {
            assert!(schedule.rate(step + 1) < schedule.rate(step));
            assert!((schedule.rate(step) + schedule.rate(40 - step) - 0.4).abs() < 1e-12);
        }
    }

    #[test]
    fn no_steps_are_the_end() {
        assert_eq!(CosineDecay { from: 0.3, to: 0.1, steps: 0 }.rate(0), 0.1);
    }
}
