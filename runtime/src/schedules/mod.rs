//! The learning rate of each step, and the momentum where it moves.
//!
//! Most schedules are a function of the step's number alone. A number is a schedule that never changes, and
//! [`Function`] makes one of a closure. One that looks at losses, as [`ReduceOnPlateau`] does, keeps what it has seen in
//! its [`state`](Schedule::state), so that a run that was stopped can go on as it would have.
//!
//! | schedule | PyTorch's name | the rate |
//! | --- | --- | --- |
//! | a number, [`Constant`] | `ConstantLR` with a factor of 1 | stays |
//! | [`StepDecay`], [`MultiStepDecay`] | `StepLR`, `MultiStepLR` | falls by a factor after every so many steps, at milestones |
//! | [`ExponentialDecay`] | `ExponentialLR` | falls by a factor in every step |
//! | [`InverseTimeDecay`], [`InverseSquareRootDecay`] | | falls as 1/t, as 1/sqrt(t) |
//! | [`LinearDecay`], [`PolynomialDecay`] | `LinearLR`, `PolynomialLR` | goes to another along a line, along a power |
//! | [`CosineDecay`], [`CosineRestarts`] | `CosineAnnealingLR`, `CosineAnnealingWarmRestarts` | goes down half a wave; again and again |
//! | [`Cyclic`] | `CyclicLR` | up and down, again and again; moves the momentum if asked |
//! | [`OneCycle`] | `OneCycleLR` | up once and down; moves the momentum |
//! | [`ReduceOnPlateau`] | `ReduceLROnPlateau` | falls by a factor where losses no longer do |
//! | [`warm_up`](Schedule::warm_up) | `LinearLR` | grows to the first of any other |
//! | [`then`](Schedule::then) | `SequentialLR` | one schedule after the other |
//! | [`per_epoch`](Schedule::per_epoch) | | any of them, counted in epochs |

mod cosine_decay;
mod cosine_restarts;
mod cyclic;
#[cfg(feature = "plots")]
mod drawn;
mod exponential_decay;
mod function;
mod inverse_decay;
mod multi_step_decay;
mod one_cycle;
mod per_epoch;
mod polynomial_decay;
mod reduce_on_plateau;
mod settings;
mod step_decay;
mod then;
mod warm_up;

pub use cosine_decay::CosineDecay;
pub use cosine_restarts::CosineRestarts;
pub use cyclic::{CycleShape, Cyclic};
pub use exponential_decay::ExponentialDecay;
pub use function::Function;
pub use inverse_decay::{InverseSquareRootDecay, InverseTimeDecay};
pub use multi_step_decay::MultiStepDecay;
pub use one_cycle::{Anneal, MomentumRange, OneCycle};
pub use per_epoch::PerEpoch;
pub use polynomial_decay::{LinearDecay, PolynomialDecay};
pub use reduce_on_plateau::{ReduceOnPlateau, Seen};
pub use step_decay::StepDecay;
pub use then::Then;
pub use warm_up::WarmUp;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::optimizers::Optimizer;
use crate::{Error, Parameters};

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

    /// The momentum of step number `step`, for schedules that move it: `momentum` of optimizers that have it,
    /// such as [`Sgd`](crate::optimizers::Sgd), and `beta1` of [`Adam`](crate::optimizers::Adam) and its like. `None`, as it is
    /// without an implementation, leaves the optimizer's setting alone.
    ///
    /// ```
    /// use castnet::schedules::{MomentumRange, OneCycle};
    /// use castnet::{Error, losses::MeanSquaredError, optimizers::Adam, prelude::*, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! { struct Line { input: [1], dense(1) } }
    ///
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let momentum = Some(MomentumRange { least: 0.8, most: 0.9 });
    /// let schedule = OneCycle { momentum, ..OneCycle::new(0.1, 50) };
    /// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default()).schedule(schedule);
    /// for _ in 0..15 {
    ///     trainer.step(&[[-1.0], [0.0], [1.0]], &[[-2.0], [1.0], [4.0]])?;
    /// }
    /// // At the top of the cycle.
    /// assert!((trainer.optimizer_mut().beta1 - 0.8).abs() < 1e-12);
    /// # Ok::<(), Error>(())
    /// ```
    fn momentum(&self, step: u64) -> Option<f64> {
        let _ = step;
        None
    }

    /// Takes notice of how well training goes, before step number `step`: of the loss on the validation data after each epoch
    /// of [`fit`](crate::train::Trainer::fit), or of the training loss without such data. In a loop of one's own
    /// [`Trainer::observe`](crate::train::Trainer::observe) passes it on.
    fn observe(&mut self, step: u64, loss: f64) {
        let _ = (step, loss);
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

    /// The rates of the first `steps` steps as a picture, and below them the momenta if those move.
    ///
    /// ```
    /// use castnet::schedules::{OneCycle, Schedule};
    ///
    /// let picture = OneCycle::new(0.1, 1_000).drawn("One cycle", 1_000)?;
    /// assert!(picture.svg().contains("learning rate") && picture.svg().contains("momentum"));
    /// # Ok::<(), castnet::plots::PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError`](crate::plots::PlotError) if there is no rate that can be drawn.
    #[cfg(feature = "plots")]
    fn drawn(&self, title: &str, steps: u64) -> Result<crate::plots::Picture, crate::plots::PlotError> {
        drawn::picture(title, steps, &|step| self.rate(step), &|step| self.momentum(step))
    }

    /// This schedule, after `steps` steps of a rate that grows evenly to its first.
    fn warm_up(self, steps: u64) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp { steps, then: self }
    }

    /// This schedule for `steps` steps, and another from there on.
    fn then<S: Schedule>(self, steps: u64, second: S) -> Then<Self, S>
    where
        Self: Sized,
    {
        Then { steps, first: self, second }
    }

    /// This schedule in epochs of `steps` steps, instead of steps.
    fn per_epoch(self, steps: u64) -> PerEpoch<Self>
    where
        Self: Sized,
    {
        PerEpoch { steps, schedule: self }
    }
}

/// Sets the momentum of the optimizer to that of a step, if the schedule moves it.
pub(crate) fn move_momentum<N: Parameters, O: Optimizer<N>>(
    optimizer: &mut O,
    schedule: &(impl Schedule + ?Sized),
    step: u64,
) -> Result<(), Error> {
    match schedule.momentum(step) {
        Some(momentum) if !optimizer.set_momentum(momentum) => Err(Error::NoMomentum),
        _ => Ok(()),
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

    fn momentum(&self, step: u64) -> Option<f64> {
        (**self).momentum(step)
    }

    fn observe(&mut self, step: u64, loss: f64) {
        (**self).observe(step, loss);
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
        boxed.observe(0, 1.0);
        let copy = boxed.clone();
        boxed.observe(0, 1.0);
        assert_eq!((boxed.rate(0), copy.rate(0)), (0.1 * 0.1, 0.1));
        let mut other: Box<dyn Schedule> = Box::new(ReduceOnPlateau::new(0.1).warm_up(2));
        other.state_mut().copy_from_slice(boxed.state());
        assert_eq!(other.rate(5), 0.1 * 0.1);
        let wrong: Box<dyn Schedule> = Box::new(StepDecay { rate: 0.1, factor: 0.5, every: 0 });
        assert!(wrong.check().is_err());
    }

    #[test]
    fn a_series_observes_what_comes_next_and_keeps_it() {
        let plateau = ReduceOnPlateau { patience: 0, ..ReduceOnPlateau::new(0.1) };
        let mut schedule = 0.3.then(4, plateau.warm_up(2)).per_epoch(5);
        // Five steps make an epoch: the plateau begins at step 20, behind four of them.
        (0..3).for_each(|_| schedule.observe(19, 1.0));
        assert_eq!((schedule.rate(19), schedule.rate(20), schedule.rate(100)), (0.3, 0.05, 0.1));
        (0..2).for_each(|_| schedule.observe(20, 1.0));
        assert_eq!(schedule.rate(100), 0.1 * 0.1);
        let mut other = 0.3.then(4, plateau.warm_up(2)).per_epoch(5);
        other.state_mut().copy_from_slice(schedule.state());
        assert_eq!(other, schedule);

        let backwards = plateau.then(3, 0.5);
        assert_eq!(backwards.state().len(), 4);
        backwards.check().unwrap();
        let message = plateau.then(3, plateau).check().unwrap_err().to_string();
        assert!(message.starts_with("`the number of schedules in a series that look at losses` is 2"), "{message}");
    }

    #[test]
    fn the_momentum_goes_with_the_rate() {
        let momenta = |schedule: &dyn Schedule, steps: [u64; 3]| steps.map(|step| schedule.momentum(step));
        let cycle = OneCycle { momentum: Some(MomentumRange { least: 0.5, most: 0.75 }), ..OneCycle::new(0.1, 11) };
        assert_eq!(momenta(&cycle, [0, 10, 99]), [Some(0.75); 3]);
        assert_eq!(momenta(&cycle.warm_up(3), [0, 3, 13]), [Some(0.75); 3]);
        assert_eq!(momenta(&cycle.then(4, 0.1), [0, 3, 4]), [Some(0.75), cycle.momentum(3), cycle.momentum(3)]);
        assert_eq!(momenta(&cycle.per_epoch(2), [0, 1, 6]), [Some(0.75), Some(0.75), cycle.momentum(3)]);
        let boxed: Box<dyn Schedule> = Box::new(cycle);
        assert_eq!(boxed.momentum(2), cycle.momentum(2));
    }

    #[test]
    fn settings_that_make_no_sense_are_errors_and_no_rates() {
        let setting = |schedule: &dyn Schedule| match schedule.check().unwrap_err() {
            Error::Setting { setting, .. } => setting,
            other => panic!("{other}"),
        };
        let restarts = CosineRestarts { from: 0.1, to: 0.0, steps: 4, growth: 1 };
        assert_eq!(setting(&CosineRestarts { steps: 0, ..restarts }), "steps");
        assert_eq!(setting(&CosineRestarts { growth: 0, ..restarts }), "growth");
        assert!(CosineRestarts { steps: 0, ..restarts }.rate(3).is_nan());
        assert!(CosineRestarts { steps: 0, growth: 2, ..restarts }.rate(3).is_nan());
        assert_eq!(setting(&InverseSquareRootDecay { rate: 0.1, timescale: 0 }), "timescale");
        assert_eq!(setting(&0.1.per_epoch(0)), "steps");
        assert!(0.1.per_epoch(0).rate(3).is_nan());
        assert_eq!(setting(&Cyclic::new(0.1, 0.2, 0)), "steps_up");
        assert_eq!(setting(&Cyclic { steps_down: 0, ..Cyclic::new(0.1, 0.2, 3) }), "steps_down");
        let shape = CycleShape::Falling { factor: f64::NAN };
        assert_eq!(setting(&Cyclic { shape, ..Cyclic::new(0.1, 0.2, 3) }), "factor");
        let cycle = OneCycle::new(0.1, 10);
        assert_eq!(setting(&OneCycle { steps: 0, ..cycle }), "steps");
        assert_eq!(setting(&OneCycle { divisor: 0.0, ..cycle }), "divisor");
        assert_eq!(setting(&OneCycle { rise: 0.0, ..cycle }), "rise");
        assert_eq!(setting(&OneCycle { rise: 0.75, three_phases: true, ..cycle }), "rise");
        OneCycle { rise: 0.75, ..cycle }.check().unwrap();
        // Errors of parts are errors of the whole.
        assert_eq!(setting(&0.1.then(3, 0.1.per_epoch(0)).warm_up(2)), "steps");
    }

    #[test]
    fn the_longest_cycles_end_somewhere() {
        let schedule = CosineRestarts { from: 0.1, to: 0.0, steps: 1, growth: u64::MAX };
        assert!(schedule.rate(u64::MAX).is_finite() && schedule.rate(2).is_finite());
    }
}
