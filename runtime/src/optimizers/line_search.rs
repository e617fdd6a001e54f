//! The length of a step, by the strong conditions of Wolfe.

use alloc::vec;
use alloc::vec::Vec;

use super::Objective;
use super::probe::{Probe, dot};
use super::settings::check;
use crate::kernels::each::largest_magnitude;
use crate::{Error, Parameters, Scalar};

/// What a line search asks of the length of a step, and how long it looks for it.
///
/// With the function `f` along the direction, its slope `f'` and the length `t`:
///
/// ```text
/// f(t) <= f(0) + sufficient_decrease * t * f'(0)
/// |f'(t)| <= curvature * |f'(0)|
/// ```
///
/// Nocedal and Wright 2006, "Numerical Optimization", algorithms 3.5 and 3.6, with the cubic interpolation and the safeguards
/// of Schmidt's minFunc, as in PyTorch's `LBFGS`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrongWolfe {
    /// The part of the promised decrease that is asked for, greater than 0 and less than `curvature`.
    pub sufficient_decrease: f64,
    /// The part of the slope that may be left, less than 1.
    pub curvature: f64,
    /// How many lengths are tried, at least 1.
    pub trials: u32,
    /// A bracket shorter than this, in the largest parameter's change, is not divided; from 0 on.
    pub shortest_bracket: f64,
}

/// PyTorch's: 1e-4, 0.9, 25 trials, and 1e-9.
impl Default for StrongWolfe {
    fn default() -> Self {
        Self { sufficient_decrease: 1e-4, curvature: 0.9, trials: 25, shortest_bracket: 1e-9 }
    }
}

/// A place on the line, whose gradient is in the buffer of that number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub length: f64,
    pub value: f64,
    pub slope: f64,
    pub buffer: usize,
}

/// The function along the direction: a length and room for the gradient to value and slope.
type Along<'a, T> = &'a mut dyn FnMut(f64, &mut [T]) -> Result<(f64, f64), Error>;

/// The gradients of the ends of a bracket, and of a place between.
#[derive(Clone)]
pub(super) struct Gradients<T>(pub [Vec<T>; 3]);

impl<T: Scalar> Gradients<T> {
    pub fn new(len: usize) -> Self {
        Self([(); 3].map(|()| vec![T::ZERO; len]))
    }

    fn at(&mut self, length: f64, buffer: usize, along: Along<'_, T>) -> Result<Place, Error> {
        let (value, slope) = along(length, &mut self.0[buffer])?;
        Ok(Place { length, value, slope, buffer })
    }
}

/// The buffer that neither place has.
fn other_than(one: Place, other: Place) -> usize {
    (0..3).find(|buffer| ![one.buffer, other.buffer].contains(buffer)).unwrap_or(2)
}

impl StrongWolfe {
    pub(super) fn check(&self) -> Result<(), Error> {
        let Self { sufficient_decrease, curvature, trials, shortest_bracket } = *self;
        check(
            sufficient_decrease > 0.0 && sufficient_decrease < curvature,
            "sufficient_decrease",
            sufficient_decrease,
            "greater than 0 and less than `curvature`",
        )?;
        check(curvature < 1.0, "curvature", curvature, "less than 1")?;
        check(trials > 0, "trials", trials.into(), "at least 1")?;
        check(shortest_bracket >= 0.0, "shortest_bracket", shortest_bracket, "at least 0")
    }

    /// Moves `network` along `direction` to the best place that is found, and returns it; none if the function is no less there.
    /// Where it starts it is `value`, with the `slope` along the direction that follows from its `gradient`. The first length that
    /// is tried is `first`.
    pub(super) fn descend<N: Parameters>(
        &self,
        (gradients, probe): (&mut Gradients<N::Scalar>, &mut Probe<N>),
        (objective, network): (&mut dyn Objective<N>, &mut N),
        (value, slope, gradient): (f64, f64, &[N::Scalar]),
        (first, direction): (f64, &[N::Scalar]),
    ) -> Result<Option<Place>, Error> {
        gradients.0[0].copy_from_slice(gradient);
        let found = self.search(
            gradients,
            Place { length: 0.0, value, slope, buffer: 0 },
            (first, largest_magnitude(direction)),
            &mut |length, slopes| {
                let value = probe.along(objective, network, (length, direction), slopes)?;
                Ok((value, dot(slopes, direction)))
            },
        )?;
        if found.value < value {
            probe.go(network, (found.length, direction));
            return Ok(Some(found));
        }
        Ok(None)
    }

    /// The best place that is found, which may be no better than the start. The first length that is tried is `first`; `start` is at length 0, with its gradient in
    /// buffer 0; `largest` is the largest magnitude of the direction.
    fn search<T: Scalar>(
        &self,
        gradients: &mut Gradients<T>,
        start: Place,
        (first, largest): (f64, f64),
        along: Along<'_, T>,
    ) -> Result<Place, Error> {
        let mut before = start;
        let mut now = gradients.at(first, 1, along)?;
        let mut trials = 0;
        loop {
            if self.is_too_high(start, now) || trials > 1 && now.value >= before.value {
                break;
            }
            if self.is_flat(start, now) {
                return Ok(now);
            }
            if now.slope >= 0.0 {
                break;
            }
            if trials == self.trials {
                return Ok(now);
            }
            let range = (now.length + 0.01 * (now.length - before.length), now.length * 10.0);
            let length = minimum_of_cubic(before, now, range);
            let buffer = other_than(before, now);
            (before, now) = (now, gradients.at(length, buffer, along)?);
            trials += 1;
        }
        self.divide(gradients, start, ([before, now], largest, trials), along)
    }

    /// Makes a bracket smaller until one of its ends fulfils both conditions.
    fn divide<T: Scalar>(
        &self,
        gradients: &mut Gradients<T>,
        start: Place,
        (mut bracket, largest, mut trials): ([Place; 2], f64, u32),
        along: Along<'_, T>,
    ) -> Result<Place, Error> {
        let mut was_at_the_edge = false;
        let mut low = if bracket[0].value <= bracket[1].value { 0 } else { 1 };
        while trials < self.trials {
            let [left, right] = [bracket[0].length.min(bracket[1].length), bracket[0].length.max(bracket[1].length)];
            if (right - left) * largest < self.shortest_bracket {
                break;
            }
            let mut length = minimum_of_cubic(bracket[0], bracket[1], (left, right));
            // Twice next to an end, or beyond it, is no progress.
            let edge = 0.1 * (right - left);
            if (right - length).min(length - left) < edge {
                if was_at_the_edge || length >= right || length <= left {
                    length = if (length - right).abs() < (length - left).abs() { right - edge } else { left + edge };
                    was_at_the_edge = false;
                } else {
                    was_at_the_edge = true;
                }
            } else {
                was_at_the_edge = false;
            }
            let now = gradients.at(length, other_than(bracket[0], bracket[1]), along)?;
            trials += 1;
            if self.is_too_high(start, now) || now.value >= bracket[low].value {
                bracket[1 - low] = now;
                low = if bracket[0].value <= bracket[1].value { 0 } else { 1 };
                continue;
            }
            if self.is_flat(start, now) {
                return Ok(now);
            }
            if now.slope * (bracket[1 - low].length - bracket[low].length) >= 0.0 {
                bracket[1 - low] = bracket[low];
            }
            bracket[low] = now;
        }
        Ok(bracket[low])
    }

    /// Whether it sinks too little; also where there is no value.
    fn is_too_high(&self, start: Place, now: Place) -> bool {
        let is_low = now.value <= start.value + self.sufficient_decrease * now.length * start.slope;
        !is_low
    }

    fn is_flat(&self, start: Place, now: Place) -> bool {
        now.slope.abs() <= -self.curvature * start.slope
    }
}

/// Where the cubic through two places with their slopes is smallest within a range.
fn minimum_of_cubic(one: Place, other: Place, (least, most): (f64, f64)) -> f64 {
    let (left, right) = if one.length <= other.length { (one, other) } else { (other, one) };
    let mean = left.slope + right.slope - 3.0 * (left.value - right.value) / (left.length - right.length);
    let square = mean * mean - left.slope * right.slope;
    let root = Scalar::sqrt(square);
    let share = (right.slope + root - mean) / (right.slope - left.slope + 2.0 * root);
    let place = right.length - (right.length - left.length) * share;
    // Neither holds where there is no such place, or a value is infinite.
    if square >= 0.0 && place.is_finite() { place.max(least).min(most) } else { (least + most) / 2.0 }
}
