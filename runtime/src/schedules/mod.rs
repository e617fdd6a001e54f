//! The learning rate of each step.
//!
//! A schedule is a function of the step's number alone, so a resumed run goes on where it was. A number is a schedule
//! that never changes, and so is any closure `|step: u64| ..` one.

mod cosine_decay;
mod step_decay;
mod warm_up;

pub use cosine_decay::CosineDecay;
pub use step_decay::StepDecay;
pub use warm_up::WarmUp;

/// A learning rate for every step.
///
/// ```
/// use castnet::schedules::Schedule;
///
/// assert_eq!(0.01.rate(1_000), 0.01);
/// let inverse = |step: u64| 1.0 / (1 + step) as f64;
/// assert_eq!(inverse.rate(3), 0.25);
/// assert_eq!(inverse.warm_up(10).rate(4), 0.5);
/// ```
pub trait Schedule: Send {
    /// The learning rate of step number `step`, counted from 0.
    fn rate(&self, step: u64) -> f64;

    /// This schedule, after `steps` steps of a rate that grows evenly to its first.
    fn warm_up(self, steps: u64) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp { steps, then: self }
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

impl<F: Fn(u64) -> f64 + Send> Schedule for F {
    fn rate(&self, step: u64) -> f64 {
        self(step)
    }
}
