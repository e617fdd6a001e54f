//! What a rule remembers, without a heap.

use core::fmt::{self, Debug, Formatter};
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::rule::{Array as _, Rule};
use super::state::{Memory, OptimizerState};
use super::{Caution, Optimizer, alone};
use crate::{Error, Parameters};

/// A rule as an optimizer that needs no heap: what it remembers is `SLOTS` networks side by side, wherever the user puts
/// them.
///
/// `SLOTS` is how many slots the rule uses: none for [`Sgd`](super::Sgd) and one with momentum, two for
/// [`Adam`](super::Adam) and [`AdamW`](super::AdamW). With fewer, [`check`](Optimizer::check) and
/// [`checked_step`](Optimizer::checked_step) are an error, and [`step`](Optimizer::step) does nothing.
///
/// ```
/// use castnet::optimizers::{Adam, InPlace, Optimizer, OptimizerState};
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
/// let adam = InPlace::<_, 2>(Adam::default());
/// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
/// let gradient = line.clone();
/// let mut state = Optimizer::<Line>::start(&adam);
/// adam.step(&mut state, &mut line, &gradient, 0.01);
/// assert_eq!(state.slots().map(|(name, _)| name).collect::<Vec<_>>(), ["first", "second"]);
/// assert!(Optimizer::<Line>::check(&InPlace::<_, 1>(Adam::default())).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InPlace<R, const SLOTS: usize>(pub R);

/// What an [`InPlace`] optimizer remembers. Zero is the state before the first step, so that it may lie in memory that
/// starts as zeros.
#[derive(Zeroable)]
#[zeroable(bound = "N: Zeroable")]
pub struct InPlaceState<N, R, const SLOTS: usize> {
    steps: u64,
    /// No magnitude in a slot is larger; infinite if nothing is known.
    bounds: [f64; SLOTS],
    slots: [N; SLOTS],
    rule: PhantomData<fn() -> R>,
}

impl<N: Parameters, R: Rule, const SLOTS: usize> OptimizerState<N::Scalar> for InPlaceState<N, R, SLOTS> {
    fn steps(&self) -> u64 {
        self.steps
    }
    fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[N::Scalar])> {
        R::SLOTS.into_iter().zip(self.slots.iter().map(Parameters::parameters))
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [N::Scalar])> {
        self.bounds = [f64::INFINITY; SLOTS];
        R::SLOTS.into_iter().zip(self.slots.iter_mut().map(Parameters::parameters_mut))
    }
}

impl<N: Parameters, R: Rule, const SLOTS: usize> Memory<N> for InPlaceState<N, R, SLOTS> {
    fn follow<O: Rule>(&mut self, rule: &O) -> Result<(), Error> {
        check_room(rule, SLOTS)
    }

    fn count(&mut self) {
        self.steps += 1;
        self.bounds = [f64::INFINITY; SLOTS];
    }

    fn of_rule<O: Rule>(&self, rule: &O) -> O::Slots<&[N::Scalar]> {
        let uses = rule.uses();
        O::Slots::from_fn(|index| match self.slots.get(index) {
            Some(slot) if uses.as_ref()[index] => slot.parameters(),
            _ => &[],
        })
    }

    fn of_rule_mut<O: Rule>(&mut self, rule: &O) -> O::Slots<&mut [N::Scalar]> {
        let uses = rule.uses();
        let mut slots = self.slots.iter_mut();
        O::Slots::from_fn(|index| match slots.next() {
            Some(slot) if uses.as_ref()[index] => slot.parameters_mut(),
            _ => &mut [],
        })
    }

    fn bounds<O: Rule>(&self, rule: &O) -> O::Slots<f64> {
        let uses = rule.uses();
        O::Slots::from_fn(|index| match self.bounds.get(index) {
            Some(&bound) if uses.as_ref()[index] => bound,
            _ => 0.0,
        })
    }

    fn set_bounds<O: Rule>(&mut self, rule: &O, bounds: &O::Slots<f64>) {
        for ((own, &bound), is_used) in self.bounds.iter_mut().zip(bounds.as_ref()).zip(rule.uses()) {
            if is_used {
                *own = bound;
            }
        }
    }
}

/// Whether there is room for all slots that a rule uses.
fn check_room<R: Rule>(rule: &R, slots: usize) -> Result<(), Error> {
    let last = rule.uses().into_iter().enumerate().filter(|(_, is_used)| *is_used).last();
    let needed = last.map_or(0, |(index, _)| index + 1);
    if needed <= slots { Ok(()) } else { Err(Error::Slots { found: slots, expected: needed }) }
}

impl<N: Parameters, R: Rule, const SLOTS: usize> Optimizer<N> for InPlace<R, SLOTS> {
    type State = InPlaceState<N, R, SLOTS>;
    const DEFAULT_RATE: f64 = R::DEFAULT_RATE;

    fn start(&self) -> Self::State {
        Self::State::zeroed()
    }

    fn step(&self, state: &mut Self::State, network: &mut N, gradient: &N, rate: f64) {
        if check_room(&self.0, SLOTS).is_ok() {
            alone(&self.0).step(state, network, gradient, rate);
        }
    }

    fn set_momentum(&mut self, momentum: f64) -> bool {
        self.0.momentum_mut().map(|setting| *setting = momentum).is_some()
    }

    /// # Errors
    ///
    /// Those of the rule, and [`Error::Slots`] if it uses more slots than there are.
    fn check(&self) -> Result<(), Error> {
        self.0.check_settings()?;
        check_room(&self.0, SLOTS)
    }

    /// # Errors
    ///
    /// [`Error::Slots`], [`Error::NonFiniteGradient`] and [`Error::NonFiniteUpdate`]; network and state are as before then.
    fn checked_step(
        &self,
        caution: &mut Caution<N, Self::State>,
        state: &mut Self::State,
        network: &mut N,
        gradient: &N,
        (step, rate): (u64, f64),
    ) -> Result<(), Error> {
        alone(&self.0).checked_step(caution, state, network, gradient, (step, rate))
    }
}

impl<N: Copy, R, const SLOTS: usize> Clone for InPlaceState<N, R, SLOTS> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Copy, R, const SLOTS: usize> Copy for InPlaceState<N, R, SLOTS> {}

/// Without the numbers, which may be many.
impl<N, R: Rule, const SLOTS: usize> Debug for InPlaceState<N, R, SLOTS> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = R::SLOTS;
        let names = names.as_ref().get(..SLOTS).unwrap_or(names.as_ref());
        f.debug_struct("InPlaceState").field("steps", &self.steps).field("slots", &names).finish_non_exhaustive()
    }
}
