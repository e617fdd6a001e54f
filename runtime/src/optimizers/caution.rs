//! Steps that would leave something other than numbers are not made.

use core::ops::Range;

#[cfg(feature = "alloc")]
use super::{Optimizer, OptimizerState};
use crate::kernels::each::{largest_magnitude, sum_of_squares};
use crate::simd::places::within;
use crate::{Error, Parameters, Role, Scalar, Segment};

/// What is known of the numbers of a network and of an optimizer's state `S`, so that a
/// [`checked_step`](super::Optimizer::checked_step) tries out only such steps as might overflow.
///
/// It belongs to one network and one state. Nothing is known at first. [Forget](Caution::forget) what is known when
/// someone else has changed the parameters of the network; an optimizer's state keeps count by itself.
#[derive(Clone, Debug)]
pub struct Caution<N, S> {
    /// No magnitude among the trainable parameters is larger; infinite if nothing is known.
    pub(super) bound: f64,
    /// What a step was tried on by an optimizer that is not a rule: network and state as they were.
    #[cfg(feature = "alloc")]
    before: Option<(alloc::boxed::Box<N>, S)>,
    #[cfg(not(feature = "alloc"))]
    before: core::marker::PhantomData<(N, S)>,
}

impl<N, S> Default for Caution<N, S> {
    fn default() -> Self {
        Self { bound: f64::INFINITY, before: Default::default() }
    }
}

impl<N, S> Caution<N, S> {
    /// Takes nothing for granted in the next step.
    pub fn forget(&mut self) {
        self.bound = f64::INFINITY;
    }
}

/// Makes a step of any optimizer; if a number is infinite or NaN after it, network and state are as before.
#[cfg(feature = "alloc")]
pub(super) fn step_or_restore<N: Parameters, O: Optimizer<N>>(
    optimizer: &O,
    caution: &mut Caution<N, O::State>,
    state: &mut O::State,
    network: &mut N,
    gradient: &N,
    (step, rate): (u64, f64),
) -> Result<(), Error> {
    largest_of_gradient(gradient, step)?;
    let before = caution.before.get_or_insert_with(|| (bytemuck::zeroed_box(), state.clone()));
    *before.0 = *network;
    before.1.clone_from(state);
    optimizer.step(state, network, gradient, rate);
    let is_infinite = |numbers: &[N::Scalar]| largest_magnitude(numbers) == f64::INFINITY;
    let fault = if is_infinite(network.parameters()) {
        Some(first_segment::<N>(|range| is_infinite(&network.parameters()[range])))
    } else {
        state.slots().find(|(_, numbers)| is_infinite(numbers)).map(|(name, _)| name)
    };
    let Some(segment) = fault else { return Ok(()) };
    *network = *before.0;
    state.clone_from(&before.1);
    Err(Error::NonFiniteUpdate { step, rate, segment })
}

/// A bound of the magnitudes in a gradient, and close to the largest of them where these are few.
///
/// # Errors
///
/// [`Error::NonFiniteGradient`] if a number in it is infinite or NaN.
pub(super) fn largest_of_gradient<N: Parameters>(gradient: &N, step: u64) -> Result<f64, Error> {
    let gradient = gradient.parameters();
    // No number is larger than the norm, but for those whose square is lost.
    let norm = Scalar::sqrt(sum_of_squares(gradient));
    if norm.is_finite() {
        return Ok(norm * 1.000_01 + if size_of::<N::Scalar>() == 4 { 1e-18 } else { 1e-150 });
    }
    let largest = largest_magnitude(gradient);
    if largest < f64::INFINITY {
        return Ok(largest);
    }
    let segment = first_segment::<N>(|range| largest_magnitude(within(gradient, range)) == f64::INFINITY);
    Err(Error::NonFiniteGradient { step, segment })
}

/// The name of the first segment that is at fault, of the trainable ones if one of those is.
pub(super) fn first_segment<N: Parameters>(is_at_fault: impl Fn(Range<usize>) -> bool) -> &'static str {
    let is_at_fault = |segment: &&Segment| is_at_fault(segment.offset..segment.offset + segment.len);
    let mut trainable = N::SEGMENTS.iter().filter(|segment| segment.role == Role::Trainable);
    let segment = trainable.find(is_at_fault).or_else(|| N::SEGMENTS.iter().find(is_at_fault));
    segment.map_or("parameters", |segment| segment.name)
}
