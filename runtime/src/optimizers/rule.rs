//! The arithmetic of an optimizer.

use pulp::{Simd, WithSimd};

#[cfg(feature = "alloc")]
use super::groups::{Grouped, ParameterGroup};
use crate::simd::dispatch::dispatch;
use crate::simd::places::{part, part_mut, put, vector_at};
use crate::{Error, Order, ParameterKind, Role, Scalar, Segment};

/// The arithmetic of an optimizer that moves each parameter by what it alone remembers of it, or each
/// [segment](Rule::BY_SEGMENT) by itself.
///
/// A rule is a value that holds its settings. It says which numbers it remembers of each parameter, its *slots*, and what
/// one step makes of a vector of parameters, their slots and their gradient. Everything else is done for all rules by
/// [`Optimizer`](super::Optimizer), which each of them is: the step over a network, groups of parameters, weight decay,
/// the state, and the promise that a step which would overflow is an error and is not made.
///
/// A rule of your own is written in the vector functions of [`Scalar`], so that it is compiled for every instruction set:
///
/// ```
/// use castnet::optimizers::Rule;
/// use castnet::{Scalar, pulp::Simd};
///
/// /// Steps of one size, against the sign of the gradient: `p = p - r * sign(g)`.
/// struct SignDescent;
///
/// impl Rule for SignDescent {
///     type Slots<X> = [X; 0];
///     type Factors<T: Scalar> = T;
///     const SLOTS: [&'static str; 0] = [];
///     const DEFAULT_RATE: f64 = 0.001;
///
///     fn factors<T: Scalar>(&self, _step: u64, rate: f64, _decay: f64) -> T {
///         T::from_f64(rate)
///     }
///
///     #[inline(always)]
///     fn update<T: Scalar, S: Simd>(
///         simd: S,
///         &rate: &T,
///         parameter: T::Vector<S>,
///         []: [T::Vector<S>; 0],
///         gradient: T::Vector<S>,
///     ) -> (T::Vector<S>, [T::Vector<S>; 0]) {
///         let [zero, up, down] = [T::ZERO, rate, -rate].map(|value| T::splat(simd, value));
///         let move_of_negative = T::select_greater(simd, zero, gradient, up, zero);
///         let step = T::select_greater(simd, gradient, zero, down, move_of_negative);
///         (T::add_lanes(simd, parameter, step), [])
///     }
/// }
///
/// let mut parameters = [1.0_f64, 1.0, 1.0];
/// SignDescent.apply(1, 0.25, &mut parameters, [], &[5.0, -0.1, 0.0]);
/// assert_eq!(parameters, [0.75, 1.25, 1.0]);
/// ```
pub trait Rule: Send + Sync {
    /// Something for each slot: `[X; 2]` for a rule that has two.
    type Slots<X>: Array<X>;
    /// The numbers that one step has for all parameters.
    type Factors<T: Scalar>: Copy;

    /// The names of the slots.
    const SLOTS: Self::Slots<&'static str>;
    /// The learning rate of a trainer that is given no schedule.
    const DEFAULT_RATE: f64;
    /// Whether a step at one parameter depends on others of its segment: on a norm, on the matrix that they are. Then
    /// [`update_segment`](Rule::update_segment) is called for each segment, and the rule has to state
    /// [bounds](Rule::bounds_after): its steps are not tried out, and one that might overflow by its bounds is an error.
    const BY_SEGMENT: bool = false;

    /// Which slots these settings need; all of them unless a rule says otherwise. No memory is taken for the others, which
    /// are zero in every [`update`](Rule::update).
    #[inline(always)]
    fn uses(&self) -> Self::Slots<bool> {
        Self::Slots::from_fn(|_| true)
    }

    /// The weight decay that is set; 0 for rules without. In a network it falls on weights only, unless a
    /// [group](Rule::group) says otherwise.
    fn weight_decay(&self) -> f64 {
        0.0
    }

    /// The setting that a schedule may move as the momentum; `None`, as it is without an implementation, for rules without.
    ///
    /// [`Sgd`](super::Sgd) has `momentum`, [`Adam`](super::Adam) has `beta1`.
    fn momentum_mut(&mut self) -> Option<&mut f64> {
        None
    }

    /// Checks the settings, before every step of a trainer.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check_settings(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The numbers of step `step`, counted from 1, with learning rate `rate` and weight decay `decay`.
    fn factors<T: Scalar>(&self, step: u64, rate: f64, decay: f64) -> Self::Factors<T>;

    /// What a step makes of a vector of parameters and their slots.
    ///
    /// Mark it `#[inline(always)]`, or it is not compiled for the instruction set `S`.
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Self::Factors<T>,
        parameter: T::Vector<S>,
        slots: Self::Slots<T::Vector<S>>,
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, Self::Slots<T::Vector<S>>);

    /// What a step makes of a whole segment, if the rule is [by segment](Rule::BY_SEGMENT).
    ///
    /// A slot that these settings do not [use](Rule::uses) is empty.
    fn update_segment<T: Scalar>(
        &self,
        segment: &Segment,
        factors: &Self::Factors<T>,
        parameters: &mut [T],
        slots: Self::Slots<&mut [T]>,
        gradient: &[T],
    ) where
        Self: Sized,
    {
        let _ = segment;
        self.update_slices(factors, parameters, slots, gradient);
    }

    /// What [`update`](Rule::update) makes of slices, for [`update_segment`](Rule::update_segment) to begin with. They are of one
    /// length, as those of a segment are, but for slots that are not [used](Rule::uses).
    fn update_slices<T: Scalar>(
        &self,
        factors: &Self::Factors<T>,
        parameters: &mut [T],
        slots: Self::Slots<&mut [T]>,
        gradient: &[T],
    ) where
        Self: Sized,
    {
        // Of one lifetime with the others.
        let mut slots = slots.into_iter();
        let slots = Self::Slots::from_fn(|_| slots.next().unwrap_or_default());
        update(self, *factors, Slices { parameters, slots, gradient });
    }

    /// Bounds of the magnitudes of parameters and slots after a step, given bounds of those of `gradient`, `parameter` and
    /// `slots` before it. No number that comes up within the step may exceed the bound of the parameters or of a slot.
    ///
    /// With bounds, only steps that might overflow are tried out before they are made. A rule that leaves this method out
    /// has none: every step of it is tried out, which makes it take about twice as long.
    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        slots: Self::Slots<f64>,
    ) -> (f64, Self::Slots<f64>) {
        let _ = (rate, decay, gradient, parameter, slots);
        (f64::INFINITY, Self::Slots::from_fn(|_| f64::INFINITY))
    }

    /// This rule with settings of their own for a group of parameters.
    ///
    /// ```
    /// use castnet::ParameterKind;
    /// use castnet::optimizers::{Adam, ParameterGroup, Rule};
    ///
    /// let adam = Adam { weight_decay: 1e-4, ..Adam::default() }
    ///     .group(ParameterGroup::of_kind(ParameterKind::Bias).rate_factor(2.0))
    ///     .group(ParameterGroup::named("conv1.*").frozen());
    /// ```
    #[cfg(feature = "alloc")]
    fn group(self, group: ParameterGroup) -> Grouped<Self>
    where
        Self: Sized,
    {
        Grouped::new(self).group(group)
    }

    /// Moves a slice of parameters by step number `step`, counted from 1, of learning rate `rate`; the weight decay that
    /// is set falls on all of them. To a rule [by segment](Rule::BY_SEGMENT) they are the weights of one unit.
    ///
    /// `slots` are zero before step 1. A slot that these settings do not [use](Rule::uses) is not looked at and may be
    /// empty.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    fn apply<T: Scalar>(&self, step: u64, rate: f64, parameters: &mut [T], slots: Self::Slots<&mut [T]>, gradient: &[T])
    where
        Self: Sized,
    {
        assert_eq!(parameters.len(), gradient.len(), "a gradient has the length of its parameters");
        for (slot, is_used) in slots.as_ref().iter().zip(self.uses()) {
            assert!(!is_used || slot.len() == parameters.len(), "a slot has the length of its parameters");
        }
        let factors = self.factors(step, rate, self.weight_decay());
        if Self::BY_SEGMENT {
            self.update_segment(&one_unit(parameters.len()), &factors, parameters, slots, gradient);
        } else {
            self.update_slices(&factors, parameters, slots, gradient);
        }
    }
}

/// The weights of one unit, as a segment.
fn one_unit(len: usize) -> Segment {
    let (order, role, kind) = (Order::RowByRow, Role::Trainable, ParameterKind::Weight);
    Segment { name: "parameters", offset: 0, len, shape: &[1], order, role, kind }
}

/// An array of a length that a [`Rule`] states: one item for each of its slots.
pub trait Array<X>: AsRef<[X]> + AsMut<[X]> + IntoIterator<Item = X> {
    /// The array of `item(0)`, `item(1)`, ..
    fn from_fn(item: impl FnMut(usize) -> X) -> Self;
}

impl<X, const COUNT: usize> Array<X> for [X; COUNT] {
    #[inline(always)]
    fn from_fn(item: impl FnMut(usize) -> X) -> Self {
        core::array::from_fn(item)
    }
}

/// What a step reads and writes: slices of one length, but for the slots that are not used.
pub(super) struct Slices<'a, T: 'a, R: Rule> {
    pub parameters: &'a mut [T],
    pub slots: R::Slots<&'a mut [T]>,
    pub gradient: &'a [T],
}

/// Moves slices of parameters.
pub(super) fn update<T: Scalar, R: Rule>(rule: &R, factors: R::Factors<T>, slices: Slices<'_, T, R>) {
    dispatch::<1, _>(Update { rule, factors, slices });
}

pub(super) struct Update<'r, 'a, T: Scalar, R: Rule> {
    pub rule: &'r R,
    pub factors: R::Factors<T>,
    pub slices: Slices<'a, T, R>,
}

impl<T: Scalar, R: Rule> WithSimd for Update<'_, '_, T, R> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rule, factors, slices: Slices { parameters, slots, gradient } } = self;
        let uses = rule.uses();
        let mut slots = slots.into_iter();
        let mut slots = R::Slots::from_fn(|index| {
            T::vectors_mut::<S>(slots.next().filter(|_| uses.as_ref()[index]).unwrap_or_default())
        });
        let (parameters, rest) = T::vectors_mut::<S>(parameters);
        let (gradients, gradient_rest) = T::vectors::<S>(gradient);
        let zero = T::splat(simd, T::ZERO);
        let count = parameters.len();
        let Some(gradients) = part(gradients, 0, count) else { return };
        if uses.as_ref().iter().all(|&is_used| is_used) {
            // Of one length, as the compiler can see: a loop without checks.
            let mut slots = slots.as_mut().iter_mut();
            let mut runs = R::Slots::from_fn(|_| slots.next().and_then(|slot| part_mut(slot.0, 0, count)));
            if runs.as_ref().iter().any(Option::is_none) {
                return;
            }
            let mut runs = runs.as_mut().iter_mut();
            let mut slots = R::Slots::from_fn(|_| runs.next().and_then(Option::take).unwrap_or_default());
            for place in 0..count {
                let before = |index: usize| slots.as_ref().get(index).map_or(zero, |slot| vector_at(slot, place, zero));
                let before = R::Slots::from_fn(before);
                let (parameter, after) = R::update::<T, S>(simd, &factors, parameters[place], before, gradients[place]);
                parameters[place] = parameter;
                for (slot, after) in slots.as_mut().iter_mut().zip(after) {
                    put(slot, place, after);
                }
            }
        } else {
            for place in 0..count {
                let before = R::Slots::from_fn(|index| slots.as_ref()[index].0.get(place).copied().unwrap_or(zero));
                let (parameter, after) = R::update::<T, S>(simd, &factors, parameters[place], before, gradients[place]);
                parameters[place] = parameter;
                for ((slot, _), after) in slots.as_mut().iter_mut().zip(after) {
                    if let Some(slot) = slot.get_mut(place) {
                        *slot = after;
                    }
                }
            }
        }
        if !rest.is_empty() {
            let load = |slice: &[T]| T::partial_load(simd, slice);
            let before = R::Slots::from_fn(|index| load(slots.as_ref()[index].1));
            let (parameter, after) = R::update::<T, S>(simd, &factors, load(rest), before, load(gradient_rest));
            T::partial_store(simd, rest, parameter);
            for ((_, slot), after) in slots.as_mut().iter_mut().zip(after) {
                T::partial_store(simd, slot, after);
            }
        }
    }
}
