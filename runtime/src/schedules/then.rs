//! One schedule after the other.

use super::Schedule;
use crate::Error;

/// One schedule for some steps, and another from there on; made by [`Schedule::then`].
///
/// `rate(step) = first.rate(step)` in the first `steps` steps, `second.rate(step - steps)` from there on; PyTorch's
/// `SequentialLR`. A momentum that only the first moves stays where it was at its last step. A loss is [observed](Schedule::observe) by the one whose step comes next. One of the two may look at losses, not
/// both.
///
/// ```
/// use castnet::schedules::{LinearDecay, ReduceOnPlateau, Schedule};
///
/// let decay = LinearDecay { from: 0.1, to: 0.05, steps: 10 };
/// let schedule = 0.2.then(5, decay).then(15, ReduceOnPlateau::new(0.05));
/// assert_eq!([0, 4, 5, 15, 100].map(|step| schedule.rate(step)), [0.2, 0.2, 0.1, 0.05, 0.05]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Then<A, B> {
    /// How many steps the first has.
    pub steps: u64,
    /// The schedule at first.
    pub first: A,
    /// The schedule from there on; its steps are counted from 0.
    pub second: B,
}

impl<A, B> Then<A, B>
where
    A: Schedule + Clone + 'static,
    B: Schedule + Clone + 'static,
{
    /// The schedule whose turn it is, and its step.
    fn at(&self, step: u64) -> (&dyn Schedule, u64) {
        match step.checked_sub(self.steps) {
            None => (&self.first, step),
            Some(step) => (&self.second, step),
        }
    }
}

impl<A, B> Schedule for Then<A, B>
where
    A: Schedule + Clone + 'static,
    B: Schedule + Clone + 'static,
{
    fn rate(&self, step: u64) -> f64 {
        let (schedule, step) = self.at(step);
        schedule.rate(step)
    }

    fn momentum(&self, step: u64) -> Option<f64> {
        let (schedule, inner) = self.at(step);
        // Where the second leaves it alone it is as the first has left it, in a run that goes on from a checkpoint too.
        let left = || if step < self.steps { None } else { self.first.momentum(self.steps.checked_sub(1)?) };
        schedule.momentum(inner).or_else(left)
    }

    fn observe(&mut self, step: u64, loss: f64) {
        match step.checked_sub(self.steps) {
            None => self.first.observe(step, loss),
            Some(step) => self.second.observe(step, loss),
        }
    }

    fn state(&self) -> &[f64] {
        if self.first.state().is_empty() { self.second.state() } else { self.first.state() }
    }

    fn state_mut(&mut self) -> &mut [f64] {
        if self.first.state().is_empty() { self.second.state_mut() } else { self.first.state_mut() }
    }

    /// # Errors
    ///
    /// Those of both, and [`Error::Setting`] if both look at losses.
    fn check(&self) -> Result<(), Error> {
        self.first.check()?;
        self.second.check()?;
        if self.first.state().is_empty() || self.second.state().is_empty() {
            return Ok(());
        }
        let setting = "the number of schedules in a series that look at losses";
        Err(Error::Setting { setting, value: 2.0, expected: "at most 1" })
    }
}
