//! What an optimizer remembers from step to step.

use core::fmt::Debug;

use super::rule::Rule;
use crate::{Error, Parameters, Scalar};

/// What an optimizer remembers from step to step: a count of steps, and named numbers, its *slots*.
///
/// All of it can be read and set, so that a run can be saved and go on to the same bits:
///
/// ```
/// use castnet::optimizers::{Adam, Optimizer, OptimizerState};
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let (mut line, adam) = (Line::init(&mut StdRng::seed_from_u64(1)), Adam::default());
/// let mut state = Optimizer::<Line>::start(&adam);
/// let gradient = line.clone();
/// adam.step(&mut state, &mut line, &gradient, 0.01);
///
/// let mut copy = Optimizer::<Line>::start(&adam);
/// copy.set_steps(state.steps());
/// for (name, numbers) in state.slots() {
///     copy.slot_mut(name).unwrap().copy_from_slice(numbers);
/// }
/// let names: Vec<_> = copy.slots().map(|(name, _)| name).collect();
/// assert_eq!((copy.steps(), names), (1, vec!["first", "second"]));
/// ```
pub trait OptimizerState<T: Scalar>: Clone + Debug + Send + Sync {
    /// Steps so far.
    fn steps(&self) -> u64;

    /// Sets the count of steps.
    fn set_steps(&mut self, steps: u64);

    /// The slots with their names. All numbers that are remembered from step to step are here: a
    /// [`checked_step`](super::Optimizer::checked_step) lets none of them become infinite or NaN.
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[T])>;

    /// The slots with their names, to be set.
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [T])>;

    /// The slot of that name, if there is one.
    fn slot(&self, name: &str) -> Option<&[T]> {
        self.slots().find(|(other, _)| *other == name).map(|(_, numbers)| numbers)
    }

    /// The slot of that name, if there is one, to be set.
    fn slot_mut(&mut self, name: &str) -> Option<&mut [T]> {
        self.slots_mut().find(|(other, _)| *other == name).map(|(_, numbers)| numbers)
    }
}

/// Nothing is remembered.
impl<T: Scalar> OptimizerState<T> for () {
    fn steps(&self) -> u64 {
        0
    }
    fn set_steps(&mut self, _: u64) {}
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[T])> {
        core::iter::empty()
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [T])> {
        core::iter::empty()
    }
}

/// Where the slots of a rule are, for the [`Driver`](super::driver::Driver).
pub(super) trait Memory<N: Parameters>: OptimizerState<N::Scalar> {
    /// Makes room for slots that the rule uses since its settings have changed, or says that there is none.
    fn follow<R: Rule>(&mut self, rule: &R) -> Result<(), Error>;

    /// Counts a step, after which nothing is known of the magnitudes.
    fn count(&mut self);

    /// The numbers of each slot that the rule uses; nothing for those that it does not.
    fn of_rule<R: Rule>(&self, rule: &R) -> R::Slots<&[N::Scalar]>;

    /// As [`of_rule`](Self::of_rule), to be changed.
    fn of_rule_mut<R: Rule>(&mut self, rule: &R) -> R::Slots<&mut [N::Scalar]>;

    /// A bound of the magnitudes in each slot; 0 for those that the rule does not use.
    fn bounds<R: Rule>(&self, rule: &R) -> R::Slots<f64>;

    /// Notes what is known of the magnitudes.
    fn set_bounds<R: Rule>(&mut self, rule: &R, bounds: &R::Slots<f64>);
}
