//! The learning rate of each step.
//!
//! Most schedules are a function of the step's number alone. A number is a schedule that never changes, and
//! [`Function`] makes one of a closure. One that looks at losses, as [`ReduceOnPlateau`] does, keeps what it has seen in
//! its [`state`](Schedule::state), so that a run that was stopped can go on as it would have.

mod cosine_decay;
mod function;
mod reduce_on_plateau;
mod step_decay;
mod warm_up;

pub use cosine_decay::CosineDecay;
pub use function::Function;
pub use reduce_on_plateau::{ReduceOnPlateau, Seen};
pub use step_decay::StepDecay;
pub use warm_up::WarmUp;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::Error;

/// A learning rate for every step.
///
/// A schedule is `Clone`, because a [`Trainer`](crate::train::Trainer) is.
///
/// ```
/// use castnet::schedules::{Function, Schedule};
///
/// assert_eq!(0.01.rate(1_000), 0.01);
/// let inverse = Function(|step| 1.0 / (1 + step) as f64);
/// assert_eq!(inverse.rate(3), 0.25);
/// assert_eq!(inverse.warm_up(10).rate(4), 0.5);
/// ```
///
/// Which one it is may be decided at run time:
///
/// ```
/// use castnet::schedules::{CosineDecay, Schedule};
///
/// fn schedule(name: &str) -> Box<dyn Schedule> {
///     match name {
///         "cosine" => Box::new(CosineDecay { from: 0.1, to: 0.0, steps: 100 }),
///         _ => Box::new(0.01),
///     }
/// }
///
/// assert_eq!(schedule("cosine").warm_up(10).rate(9), 0.1);
/// ```
pub trait Schedule: CloneSchedule + Send + Sync {
    /// The learning rate of step number `step`, counted from 0.
    fn rate(&self, step: u64) -> f64;

    /// Takes notice of how well training goes: of the loss on the validation data after each epoch of
    /// [`fit`](crate::train::Trainer::fit), or of the training loss without such data. In a loop of one's own
    /// [`Trainer::observe`](crate::train::Trainer::observe) passes it on.
    fn observe(&mut self, loss: f64) {
        let _ = loss;
    }

    /// What has come of the losses that were observed: some numbers, always as many.
    fn state(&self) -> &[f64] {
        &[]
    }

    /// The [`state`](Schedule::state), to set it to what it was in another run.
    fn state_mut(&mut self) -> &mut [f64] {
        &mut []
    }

    /// Checks the settings, before every step of a trainer.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// This schedule, after `steps` steps of a rate that grows evenly to its first.
    fn warm_up(self, steps: u64) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp { steps, then: self }
    }
}

/// Copies a schedule whose type is not known. Every schedule that is `Clone` has it.
#[diagnostic::on_unimplemented(
    message = "the schedule `{Self}` cannot be copied",
    note = "a schedule is `Clone`, and borrows nothing: add `#[derive(Clone)]`"
)]
pub trait CloneSchedule {
    /// A copy.
    #[cfg(feature = "alloc")]
    fn clone_boxed(&self) -> Box<dyn Schedule>;
}

impl<S: Schedule + Clone + 'static> CloneSchedule for S {
    #[cfg(feature = "alloc")]
    fn clone_boxed(&self) -> Box<dyn Schedule> {
        Box::new(self.clone())
    }
}

#[cfg(feature = "alloc")]
impl Clone for Box<dyn Schedule> {
    fn clone(&self) -> Self {
        (**self).clone_boxed()
    }
}

#[cfg(feature = "alloc")]
impl Schedule for Box<dyn Schedule> {
    fn rate(&self, step: u64) -> f64 {
        (**self).rate(step)
    }

    fn observe(&mut self, loss: f64) {
        (**self).observe(loss);
    }

    fn state(&self) -> &[f64] {
        (**self).state()
    }

    fn state_mut(&mut self) -> &mut [f64] {
        (**self).state_mut()
    }

    fn check(&self) -> Result<(), Error> {
        (**self).check()
    }
}

/// The same learning rate at every step; what a plain number says too.
///
/// ```
/// use castnet::schedules::{Constant, Schedule};
///
/// assert_eq!(Constant { rate: 0.1 }.rate(7), 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    /// The learning rate.
    pub rate: f64,
}

impl Schedule for Constant {
    fn rate(&self, _step: u64) -> f64 {
        self.rate
    }
}

impl Schedule for f64 {
    fn rate(&self, _step: u64) -> f64 {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boxed_schedule_is_the_schedule_in_the_box() {
        let mut boxed: Box<dyn Schedule> = Box::new(ReduceOnPlateau { patience: 0, ..ReduceOnPlateau::new(0.1) });
        boxed.observe(1.0);
        let copy = boxed.clone();
        boxed.observe(1.0);
        assert_eq!((boxed.rate(0), copy.rate(0)), (0.1 * 0.1, 0.1));
        let mut other: Box<dyn Schedule> = Box::new(ReduceOnPlateau::new(0.1).warm_up(2));
        other.state_mut().copy_from_slice(boxed.state());
        assert_eq!(other.rate(5), 0.1 * 0.1);
        let wrong: Box<dyn Schedule> = Box::new(StepDecay { rate: 0.1, factor: 0.5, every: 0 });
        assert!(wrong.check().is_err());
    }
}
