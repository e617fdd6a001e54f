//! Smaller steps where training no longer helps.

use super::Schedule;
use crate::Error;

/// The rate is multiplied by `factor` when more than `patience` losses in a row were no better than the best before.
///
/// A loss is better if it is below the best by more than the part `threshold` of it; one that is NaN is not. PyTorch's
/// `ReduceLROnPlateau` in its mode `min` with a relative threshold. [`Schedule::observe`] says which losses it sees.
///
/// ```
/// use castnet::schedules::{ReduceOnPlateau, Schedule};
///
/// let mut schedule = ReduceOnPlateau { factor: 0.5, patience: 1, ..ReduceOnPlateau::new(0.1) };
/// for (loss, rate) in [(2.0, 0.1), (1.0, 0.1), (1.1, 0.1), (1.0, 0.05), (0.9, 0.05)] {
///     schedule.observe(0, loss);
///     assert_eq!(schedule.rate(0), rate);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// The first rate.
    pub rate: f64,
    /// What the rate is multiplied by; from 0 to less than 1.
    pub factor: f64,
    /// How many losses in a row may be no better.
    pub patience: u64,
    /// How many losses after a reduction do not count as no better.
    pub cooldown: u64,
    /// By what part of the best loss a better one is less; from 0 to less than 1.
    pub threshold: f64,
    /// The rate does not get less than this.
    pub minimum: f64,
    /// What the losses so far have come to.
    pub seen: Seen,
}

/// What a [`ReduceOnPlateau`] has seen: the part of the first rate that is left, the best loss, how many losses since were no
/// better, and how many are left of those that do not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen([f64; 4]);

impl Default for Seen {
    /// No losses.
    fn default() -> Self {
        Self([1.0, f64::INFINITY, 0.0, 0.0])
    }
}

impl ReduceOnPlateau {
    /// Starts at `rate`, and goes to a tenth of it after more than ten losses without progress: PyTorch's settings.
    pub fn new(rate: f64) -> Self {
        Self { rate, factor: 0.1, patience: 10, cooldown: 0, threshold: 1e-4, minimum: 0.0, seen: Seen::default() }
    }
}

impl Schedule for ReduceOnPlateau {
    fn rate(&self, _step: u64) -> f64 {
        (self.rate * self.seen.0[0]).max(self.minimum)
    }

    fn observe(&mut self, _step: u64, loss: f64) {
        let Seen([part, best, waited, resting]) = &mut self.seen;
        if loss < *best - best.abs() * self.threshold || best.is_infinite() && loss < *best {
            (*best, *waited) = (loss, 0.0);
        } else {
            *waited += 1.0;
        }
        if *resting > 0.0 {
            (*resting, *waited) = (*resting - 1.0, 0.0);
        }
        if *waited > self.patience as f64 {
            (*part, *waited, *resting) = (*part * self.factor, 0.0, self.cooldown as f64);
        }
    }

    fn state(&self) -> &[f64] {
        &self.seen.0
    }

    fn state_mut(&mut self) -> &mut [f64] {
        &mut self.seen.0
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if `factor` or `threshold` is not in its range.
    fn check(&self) -> Result<(), Error> {
        for (setting, value) in [("factor", self.factor), ("threshold", self.threshold)] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::Setting { setting, value, expected: "from 0 to less than 1" });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(mut schedule: ReduceOnPlateau, losses: &[f64]) -> Vec<f64> {
        let mut rate = |&loss: &f64| {
            schedule.observe(0, loss);
            schedule.rate(0)
        };
        losses.iter().map(&mut rate).collect()
    }

    #[test]
    fn it_stops_at_the_minimum() {
        let schedule = ReduceOnPlateau { patience: 0, minimum: 0.05, ..ReduceOnPlateau::new(1.0) };
        assert_eq!(rates(schedule, &[1.0, 1.0, 1.0, 1.0]), [1.0, 0.1, 0.05, 0.05]);
    }

    #[test]
    fn losses_may_be_negative() {
        let schedule = ReduceOnPlateau { patience: 0, threshold: 0.1, ..ReduceOnPlateau::new(1.0) };
        assert_eq!(rates(schedule, &[-1.0, -1.05, -1.2]), [1.0, 0.1, 0.1]);
    }

    #[test]
    fn settings_that_make_no_sense_are_errors() {
        let check = |schedule: ReduceOnPlateau| schedule.check().unwrap_err().to_string();
        assert!(check(ReduceOnPlateau { factor: 1.0, ..ReduceOnPlateau::new(0.1) }).starts_with("`factor` is 1"));
        assert!(check(ReduceOnPlateau { threshold: f64::NAN, ..ReduceOnPlateau::new(0.1) }).contains("threshold"));
        ReduceOnPlateau::new(0.1).check().unwrap();
    }
}
