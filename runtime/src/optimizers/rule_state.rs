//! What a rule remembers, on the heap.

#[cfg(feature = "serde")]
mod serde;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::rule::{Array as _, Rule};
use super::state::{Memory, OptimizerState};
use crate::{Error, Parameters};

/// What a [`Rule`] remembers: each slot has the network's own type, with every number in the place of its parameter, in
/// the order of [`Parameters::parameters`].
///
/// [`clone_from`](Clone::clone_from) allocates nothing where the slots are the same.
pub struct RuleState<N> {
    steps: u64,
    slots: Vec<Slot<N>>,
    /// Whether it was read from elsewhere, and no rule has looked at it since.
    is_foreign: bool,
}

impl<N: Clone> Clone for RuleState<N> {
    fn clone(&self) -> Self {
        Self { steps: self.steps, slots: self.slots.clone(), is_foreign: self.is_foreign }
    }

    fn clone_from(&mut self, source: &Self) {
        (self.steps, self.is_foreign) = (source.steps, source.is_foreign);
        self.slots.clone_from(&source.slots);
    }
}

/// One number for every parameter.
struct Slot<N> {
    name: &'static str,
    numbers: Box<N>,
    /// No magnitude in `numbers` is larger; infinite if nothing is known.
    bound: f64,
}

impl<N: Clone> Clone for Slot<N> {
    fn clone(&self) -> Self {
        Self { name: self.name, numbers: self.numbers.clone(), bound: self.bound }
    }

    /// Into the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        (self.name, self.bound) = (source.name, source.bound);
        self.numbers.clone_from(&source.numbers);
    }
}

impl<N: Parameters> RuleState<N> {
    /// No steps so far, and slots of these names, all zero.
    pub fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let mut state = Self { steps: 0, slots: Vec::new(), is_foreign: false };
        state.provide(names);
        state
    }

    /// Makes room for the slots that are not there yet.
    fn provide(&mut self, names: impl IntoIterator<Item = &'static str>) {
        for name in names {
            if self.slots.iter().all(|slot| slot.name != name) {
                self.slots.push(Slot { name, numbers: bytemuck::zeroed_box(), bound: 0.0 });
            }
        }
    }

    /// The state of a rule before the first step.
    pub(super) fn start<R: Rule>(rule: &R) -> Self {
        Self::new(used_names(rule))
    }

    /// Checks that the slots are those of the rule: all that it uses, and none that it does not know.
    fn check<R: Rule>(&self, rule: &R) -> Result<(), Error> {
        if let Some(slot) = used_names(rule).find(|name| self.slots.iter().all(|slot| slot.name != *name)) {
            return Err(Error::MissingSlot { slot });
        }
        match self.slots.iter().find(|slot| !R::SLOTS.as_ref().contains(&slot.name)) {
            Some(slot) => Err(Error::UnknownSlot { slot: slot.name }),
            None => Ok(()),
        }
    }

    /// Where the slots of the rule are, if it uses them.
    fn used<R: Rule>(&self, rule: &R) -> R::Slots<Option<usize>> {
        let uses = rule.uses();
        let names = R::SLOTS;
        let place = |name| self.slots.iter().position(|slot| slot.name == name);
        R::Slots::from_fn(|index| place(names.as_ref()[index]).filter(|_| uses.as_ref()[index]))
    }
}

impl<N: Parameters> Memory<N> for RuleState<N> {
    fn follow<R: Rule>(&mut self, rule: &R) -> Result<(), Error> {
        if self.is_foreign {
            self.check(rule)?;
            self.is_foreign = false;
        }
        self.provide(used_names(rule));
        Ok(())
    }

    fn count(&mut self) {
        self.steps += 1;
        self.slots.iter_mut().for_each(|slot| slot.bound = f64::INFINITY);
    }

    fn of_rule<R: Rule>(&self, rule: &R) -> R::Slots<&[N::Scalar]> {
        let used = self.used(rule);
        R::Slots::from_fn(|index| used.as_ref()[index].map_or(&[][..], |place| self.slots[place].numbers.parameters()))
    }

    fn of_rule_mut<R: Rule>(&mut self, rule: &R) -> R::Slots<&mut [N::Scalar]> {
        let uses = rule.uses();
        let names = R::SLOTS;
        let mut slots = R::Slots::from_fn(|_| &mut [][..]);
        for Slot { name, numbers, .. } in &mut self.slots {
            if let Some(index) = names.as_ref().iter().position(|other| other == name)
                && uses.as_ref()[index]
            {
                slots.as_mut()[index] = numbers.parameters_mut();
            }
        }
        slots
    }

    fn bounds<R: Rule>(&self, rule: &R) -> R::Slots<f64> {
        let used = self.used(rule);
        R::Slots::from_fn(|index| used.as_ref()[index].map_or(0.0, |place| self.slots[place].bound))
    }

    fn set_bounds<R: Rule>(&mut self, rule: &R, bounds: &R::Slots<f64>) {
        let used = self.used(rule);
        for (place, &bound) in used.into_iter().zip(bounds.as_ref()) {
            if let Some(place) = place {
                self.slots[place].bound = bound;
            }
        }
    }
}

/// The names of the slots that a rule uses.
fn used_names<R: Rule>(rule: &R) -> impl Iterator<Item = &'static str> {
    R::SLOTS.into_iter().zip(rule.uses()).filter(|(_, is_used)| *is_used).map(|(name, _)| name)
}

impl<N: Parameters> OptimizerState<N::Scalar> for RuleState<N> {
    fn steps(&self) -> u64 {
        self.steps
    }
    fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[N::Scalar])> {
        self.slots.iter().map(|slot| (slot.name, slot.numbers.parameters()))
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [N::Scalar])> {
        self.slots.iter_mut().map(|slot| {
            slot.bound = f64::INFINITY;
            (slot.name, slot.numbers.parameters_mut())
        })
    }
}

/// Without the numbers, which may be millions.
impl<N> Debug for RuleState<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.slots.iter().map(|slot| slot.name).collect();
        f.debug_struct("RuleState").field("steps", &self.steps).field("slots", &names).finish_non_exhaustive()
    }
}
