//! One step over a network, for all rules.

use core::ops::Range;

use super::caution::{self, Caution};
use super::rule::{Array as _, Rule, Slices, update};
use super::runs::{Run, Settings, runs, segments};
use super::state::Memory;
use crate::kernels::each::largest_magnitude;
use crate::simd::places::{within, within_mut};
use crate::{Error, Parameters, Scalar, Segment};

/// A rule, and what each segment of a network has of it.
pub(super) struct Driver<'a, R, F> {
    pub rule: &'a R,
    pub settings: F,
}

impl<R: Rule, F: Fn(&Segment) -> Settings> Driver<'_, R, F> {
    /// Moves the parameters one step of learning rate `rate`.
    pub fn step<N: Parameters>(&self, state: &mut impl Memory<N>, network: &mut N, gradient: &N, rate: f64) {
        state.count();
        let steps = state.steps();
        let mut slots = state.of_rule_mut(self.rule);
        let (parameters, gradient) = (network.parameters_mut(), gradient.parameters());
        let factors = |settings: Settings| self.rule.factors(steps, rate * settings.rate, settings.decay);
        if R::BY_SEGMENT {
            for (segment, settings) in segments::<N>(&self.settings).filter(|(_, settings)| !settings.is_frozen) {
                let range = segment.offset..segment.offset + segment.len;
                let Slices { parameters, slots, gradient } = slices::<_, R>(parameters, &mut slots, gradient, range);
                self.rule.update_segment(segment, &factors(settings), parameters, slots, gradient);
            }
            return;
        }
        for Run { range, settings } in runs::<N>(&self.settings).filter(|run| !run.settings.is_frozen) {
            update(self.rule, factors(settings), slices::<_, R>(parameters, &mut slots, gradient, range));
        }
    }

    /// As [`step`](Self::step), unless that would make a number infinite or NaN. To look ahead costs as much as the step
    /// itself, so it is done only where the bounds of the rule leave the possibility.
    pub fn checked_step<N: Parameters, S>(
        &self,
        caution: &mut Caution<N, S>,
        state: &mut impl Memory<N>,
        network: &mut N,
        gradient: &N,
        (step, rate): (u64, f64),
    ) -> Result<(), Error> {
        state.follow(self.rule)?;
        let largest_gradient = caution::largest_of_gradient(gradient, step)?;
        let mut bounds = self.bounds_after::<N>(rate, largest_gradient, caution.bound, state.bounds(self.rule));
        if !are_tame::<N::Scalar, R>(&bounds) && R::BY_SEGMENT {
            bounds = self.measured_bounds::<N>(rate, largest_gradient, state, network);
            if !are_tame::<N::Scalar, R>(&bounds) {
                let segment = self.suspect(state, network, gradient, rate);
                return Err(Error::NonFiniteUpdate { step, rate, segment });
            }
        } else if !are_tame::<N::Scalar, R>(&bounds) {
            bounds = self.largest_after(state, network, gradient, rate, None);
            if !are_finite::<R>(&bounds) {
                let segment = self.fault(state, network, gradient, rate);
                return Err(Error::NonFiniteUpdate { step, rate, segment });
            }
            let resting = self.largest_at_rest(state, network);
            grow::<R>(&mut bounds, resting.0, resting.1);
        }
        self.step(state, network, gradient, rate);
        caution.bound = bounds.0;
        state.set_bounds(self.rule, &bounds.1);
        Ok(())
    }

    /// Bounds of all parameters and slots after a step, given what they are before it.
    fn measured_bounds<N: Parameters>(
        &self,
        rate: f64,
        largest_gradient: f64,
        state: &impl Memory<N>,
        network: &N,
    ) -> (f64, R::Slots<f64>) {
        let mut now = (0.0, R::Slots::from_fn(|_| 0.0));
        let slots = state.of_rule(self.rule);
        for Run { range, .. } in runs::<N>(&self.settings) {
            let of_slots = slots.as_ref().iter().map(|slot| slot.get(range.clone()).map_or(0.0, largest_magnitude));
            grow::<R>(&mut now, largest_magnitude(within(network.parameters(), range.clone())), of_slots);
        }
        self.bounds_after::<N>(rate, largest_gradient, now.0, now.1)
    }

    /// The name of the first segment of which a step might leave something other than numbers, by the bounds of the rule.
    fn suspect<N: Parameters>(&self, state: &impl Memory<N>, network: &N, gradient: &N, rate: f64) -> &'static str {
        let slots = state.of_rule(self.rule);
        let mut moved = segments::<N>(&self.settings).filter(|(_, settings)| !settings.is_frozen);
        let suspect = moved.find(|(segment, settings)| {
            let range = segment.offset..segment.offset + segment.len;
            let largest = |numbers: &[N::Scalar]| numbers.get(range.clone()).map_or(0.0, largest_magnitude);
            let of_slots = R::Slots::from_fn(|index| largest(slots.as_ref()[index]));
            let (slope, parameter) = (largest(gradient.parameters()), largest(network.parameters()));
            let rate = rate * settings.rate;
            !are_tame::<N::Scalar, R>(&self.rule.bounds_after(rate, settings.decay, slope, parameter, of_slots))
        });
        suspect.map_or("parameters", |(segment, _)| segment.name)
    }

    /// Bounds of all parameters and slots after a step, given those before it.
    fn bounds_after<N: Parameters>(
        &self,
        rate: f64,
        gradient: f64,
        parameter: f64,
        slots: R::Slots<f64>,
    ) -> (f64, R::Slots<f64>) {
        // What is not moved keeps its bound.
        let mut after = (parameter, copy_of::<R>(&slots));
        if !are_finite::<R>(&after) {
            return after;
        }
        for Run { settings, .. } in runs::<N>(&self.settings).filter(|run| !run.settings.is_frozen) {
            let rate = rate * settings.rate;
            let of_run = self.rule.bounds_after(rate, settings.decay, gradient, parameter, copy_of::<R>(&slots));
            // The factor is more than all rounding errors of a step, in both scalars.
            grow::<R>(&mut after, of_run.0 * 1.000_01, of_run.1.into_iter().map(|bound| bound * 1.000_01));
            grow::<R>(&mut after, rate, []);
        }
        after
    }

    /// The largest magnitudes of the parameters and slots that a step would leave, in `range` or in all that it moves;
    /// infinite where a number would be infinite or NaN.
    fn largest_after<N: Parameters>(
        &self,
        state: &impl Memory<N>,
        network: &N,
        gradient: &N,
        rate: f64,
        range: Option<Range<usize>>,
    ) -> (f64, R::Slots<f64>) {
        let slots = state.of_rule(self.rule);
        let mut largest = (0.0, R::Slots::from_fn(|_| 0.0));
        for run in runs::<N>(&self.settings).filter(|run| !run.settings.is_frozen) {
            let factors = self.rule.factors(state.steps() + 1, rate * run.settings.rate, run.settings.decay);
            let range = range.as_ref().map_or(run.range.clone(), |range| overlap(&run.range, range));
            for place in range.clone().step_by(CHUNK) {
                let chunk = place..range.end.min(place + CHUNK);
                let mut copy = Chunk::<N::Scalar, R>::new(network.parameters(), &slots, chunk.clone());
                update(self.rule, factors, copy.slices(within(gradient.parameters(), chunk)));
                let of_chunk = copy.largest();
                grow::<R>(&mut largest, of_chunk.0, of_chunk.1);
            }
        }
        largest
    }

    /// The largest magnitudes of the parameters and slots that are in a frozen group.
    fn largest_at_rest<N: Parameters>(&self, state: &impl Memory<N>, network: &N) -> (f64, R::Slots<f64>) {
        let slots = state.of_rule(self.rule);
        let mut largest = (0.0, R::Slots::from_fn(|_| 0.0));
        for Run { range, .. } in runs::<N>(&self.settings).filter(|run| run.settings.is_frozen) {
            let of_slots = slots.as_ref().iter().map(|slot| slot.get(range.clone()).map_or(0.0, largest_magnitude));
            grow::<R>(&mut largest, largest_magnitude(within(network.parameters(), range.clone())), of_slots);
        }
        largest
    }

    /// The name of the first segment of which a step would leave something other than numbers.
    fn fault<N: Parameters>(&self, state: &impl Memory<N>, network: &N, gradient: &N, rate: f64) -> &'static str {
        caution::first_segment::<N>(|range| {
            !are_finite::<R>(&self.largest_after(state, network, gradient, rate, Some(range)))
        })
    }
}

/// A range of all slices; of a slot that is not used there is nothing.
fn slices<'a, 'b: 'a, T: Scalar, R: Rule>(
    parameters: &'a mut [T],
    slots: &'a mut R::Slots<&'b mut [T]>,
    gradient: &'a [T],
    range: Range<usize>,
) -> Slices<'a, T, R> {
    let mut slots = slots.as_mut().iter_mut();
    Slices {
        parameters: within_mut(parameters, range.clone()),
        slots: R::Slots::from_fn(|_| slots.next().and_then(|slot| slot.get_mut(range.clone())).unwrap_or_default()),
        gradient: within(gradient, range),
    }
}

fn copy_of<R: Rule>(bounds: &R::Slots<f64>) -> R::Slots<f64> {
    R::Slots::from_fn(|index| bounds.as_ref()[index])
}

/// Raises the bounds that are less; NaN counts as infinite.
fn grow<R: Rule>(bounds: &mut (f64, R::Slots<f64>), parameter: f64, slots: impl IntoIterator<Item = f64>) {
    let larger = |bound: f64, other: f64| if other.is_nan() { f64::INFINITY } else { bound.max(other) };
    bounds.0 = larger(bounds.0, parameter);
    for (bound, other) in bounds.1.as_mut().iter_mut().zip(slots) {
        *bound = larger(*bound, other);
    }
}

/// Whether all bounds are far below the largest number of the scalar.
fn are_tame<T: Scalar, R: Rule>(bounds: &(f64, R::Slots<f64>)) -> bool {
    let limit = if size_of::<T>() == 4 { f64::from(f32::MAX) } else { f64::MAX } / 1e3;
    bounds.0 <= limit && bounds.1.as_ref().iter().all(|&bound| bound <= limit)
}

fn are_finite<R: Rule>(bounds: &(f64, R::Slots<f64>)) -> bool {
    bounds.0.is_finite() && bounds.1.as_ref().iter().all(|bound| bound.is_finite())
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    let start = one.start.max(other.start);
    start..one.end.min(other.end).max(start)
}

/// Numbers that are copied at a time.
const CHUNK: usize = 128;

/// A copy of some parameters and their slots, for a step to be tried on.
struct Chunk<T, R: Rule> {
    len: usize,
    parameters: [T; CHUNK],
    slots: R::Slots<[T; CHUNK]>,
}

impl<T: Scalar, R: Rule> Chunk<T, R> {
    fn new(parameters: &[T], slots: &R::Slots<&[T]>, range: Range<usize>) -> Self {
        let copy = |from: &[T]| {
            let mut copy = [T::ZERO; CHUNK];
            // A slot that is not used stays empty.
            if let Some(from) = from.get(range.clone()) {
                copy.iter_mut().zip(from).for_each(|(copy, &number)| *copy = number);
            }
            copy
        };
        let slots = R::Slots::from_fn(|index| copy(slots.as_ref()[index]));
        Self { len: range.len(), parameters: copy(parameters), slots }
    }

    fn slices<'a>(&'a mut self, gradient: &'a [T]) -> Slices<'a, T, R> {
        let mut slots = self.slots.as_mut().iter_mut();
        let slots = R::Slots::from_fn(|_| slots.next().map_or(&mut [][..], |slot| within_mut(slot, 0..self.len)));
        Slices { parameters: within_mut(&mut self.parameters, 0..self.len), slots, gradient }
    }

    fn largest(&self) -> (f64, R::Slots<f64>) {
        let largest = |numbers: &[T; CHUNK]| largest_magnitude(within(numbers, 0..self.len));
        (largest(&self.parameters), R::Slots::from_fn(|index| largest(&self.slots.as_ref()[index])))
    }
}
