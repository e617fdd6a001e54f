//! Steps that solve a linear system, as long as the function follows it.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::OptimizerState;
use super::minimizer::Objective;
use super::probe::Probe;
use super::settings::check;
use crate::{Error, Parameters, Scalar};

/// How much a system is damped, so that its solution is a step that the function follows: from the system's own, undamped, to
/// short ones along the gradient.
///
/// A step that sinks the function as the system promises makes the damping less, to a third at most; one that does not is
/// not made, and the damping grows by 2, 4, 8, .. until one is. Nielsen 1999, "Damping Parameter in Marquardt's Method".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damping {
    /// The damping of the first step, as a part of the largest curvature; greater than 0.
    pub first: f64,
    /// How many steps are tried out before it is given up, at least 1.
    pub trials: u32,
}

/// A thousandth, and 40 trials.
impl Default for Damping {
    fn default() -> Self {
        Self { first: 1e-3, trials: 40 }
    }
}

impl Damping {
    pub(super) fn check(&self) -> Result<(), Error> {
        check(self.first > 0.0 && self.first.is_finite(), "first", self.first, "a finite number greater than 0")?;
        check(self.trials > 0, "trials", self.trials.into(), "at least 1")
    }
}

/// A quadratic model of the function around a network, `value + slopes'd + d' matrix d / 2`, and room to solve it.
#[derive(Clone)]
pub(super) struct Model<N: Parameters> {
    /// Row by row, symmetric.
    pub matrix: Vec<f64>,
    pub slopes: Vec<f64>,
    factor: Vec<f64>,
    step: Vec<f64>,
    direction: Vec<N::Scalar>,
    pub probe: Probe<N>,
}

impl<N: Parameters> Model<N> {
    pub fn new() -> Self {
        let len = N::TRAINABLE_COUNT;
        Self {
            matrix: vec![0.0; len * len],
            slopes: vec![0.0; len],
            factor: vec![0.0; len * len],
            step: vec![0.0; len],
            direction: vec![N::Scalar::ZERO; len],
            probe: Probe::new(),
        }
    }

    /// The largest number on the diagonal.
    pub fn largest_curvature(&self) -> f64 {
        self.diagonal().fold(0.0, |largest, curvature| largest.max(curvature.abs()))
    }

    fn diagonal(&self) -> impl Iterator<Item = f64> {
        self.matrix.iter().step_by(self.slopes.len() + 1).copied()
    }

    /// Moves `network` to where the function is less than `value`, by the damped model, and returns its value there; where no
    /// such place is found, both stay as they are. `damping` is that of the step, and becomes that of the next one;
    /// `by_curvature` is whether each parameter is damped by its own curvature (Marquardt's scaling).
    pub fn descend(
        &mut self,
        objective: &mut dyn Objective<N>,
        network: &mut N,
        value: f64,
        (damping, by_curvature, trials): (&mut f64, bool, u32),
    ) -> Result<f64, Error> {
        if self.slopes.iter().all(|&slope| slope == 0.0) {
            return Ok(value);
        }
        let mut growth = 2.0;
        for _ in 0..trials {
            if let Some(promised) = self.solve(*damping, by_curvature) {
                let found = self.probe.value(objective, network, &self.direction)?;
                if found < value {
                    let ratio = (value - found) / promised;
                    let less = 2.0 * ratio - 1.0;
                    *damping *= (1.0 - less * less * less).max(1.0 / 3.0);
                    self.probe.go(network, (1.0, &self.direction));
                    return Ok(found);
                }
            }
            *damping *= growth;
            growth *= 2.0;
        }
        Ok(value)
    }

    /// The minimum of the damped model in `direction`, and how much the model sinks on the way; none if the damped matrix is not
    /// positive definite.
    fn solve(&mut self, damping: f64, by_curvature: bool) -> Option<f64> {
        let len = self.slopes.len();
        let floor = 1e-12 * self.largest_curvature();
        self.factor.copy_from_slice(&self.matrix);
        for index in 0..len {
            let own = self.matrix[index * len + index];
            self.factor[index * len + index] += damping * if by_curvature { own.max(floor) } else { 1.0 };
        }
        factorise(&mut self.factor, len)?;
        self.step.iter_mut().zip(&self.slopes).for_each(|(to, &slope)| *to = -slope);
        substitute(&self.factor, &mut self.step);
        let curved: f64 = (self.matrix.chunks_exact(len).zip(&self.step))
            .map(|(row, &step)| step * row.iter().zip(&self.step).map(|(one, other)| one * other).sum::<f64>())
            .sum();
        let straight: f64 = self.slopes.iter().zip(&self.step).map(|(slope, step)| slope * step).sum();
        self.direction.iter_mut().zip(&self.step).for_each(|(to, &step)| *to = N::Scalar::from_f64(step));
        let promised = -straight - 0.5 * curved;
        (promised > 0.0 && promised.is_finite()).then_some(promised)
    }
}

/// What [`LevenbergMarquardt`](super::LevenbergMarquardt) and [`Newton`](super::Newton) remember: their slot `damping` is that of the next step, 0 before the first.
#[derive(Clone)]
pub struct DampedState<N: Parameters> {
    made: u64,
    damping: [N::Scalar; 1],
    pub(super) model: Model<N>,
}

impl<N: Parameters> DampedState<N> {
    pub(super) fn new() -> Self {
        Self { made: 0, damping: [N::Scalar::ZERO], model: Model::new() }
    }

    /// A step by the model, which is that of the function at `network`.
    pub(super) fn descend(
        &mut self,
        objective: &mut dyn Objective<N>,
        network: &mut N,
        value: f64,
        (damping, by_curvature): (&Damping, bool),
    ) -> Result<f64, Error> {
        let mut now = self.damping[0].to_f64();
        if now == 0.0 {
            now = damping.first * if by_curvature { 1.0 } else { self.model.largest_curvature() };
        }
        let found = self.model.descend(objective, network, value, (&mut now, by_curvature, damping.trials))?;
        if found < value {
            self.made += 1;
            // What is less is none, and more would not be a number in f32.
            self.damping = [N::Scalar::from_f64(now.clamp(1e-30, 1e30))];
        } else {
            // From the start, next time.
            self.damping = [N::Scalar::ZERO];
        }
        Ok(found)
    }
}

impl<N: Parameters> OptimizerState<N::Scalar> for DampedState<N> {
    fn steps(&self) -> u64 {
        self.made
    }
    fn set_steps(&mut self, steps: u64) {
        self.made = steps;
    }
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[N::Scalar])> {
        core::iter::once(("damping", &self.damping[..]))
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [N::Scalar])> {
        core::iter::once(("damping", &mut self.damping[..]))
    }
}

impl<N: Parameters> Debug for DampedState<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { made, damping: [damping], .. } = self;
        f.debug_struct("DampedState").field("steps", made).field("damping", damping).finish_non_exhaustive()
    }
}

/// Overwrites the lower triangle of a symmetric matrix with its Cholesky factor; none if it is not positive definite.
fn factorise(matrix: &mut [f64], len: usize) -> Option<()> {
    for row in 0..len {
        let (above, own) = matrix.split_at_mut(row * len);
        let own = &mut own[..len];
        for column in 0..row {
            let other = &above[column * len..][..len];
            let sum: f64 = own[..column].iter().zip(other).map(|(one, other)| one * other).sum();
            own[column] = (own[column] - sum) / other[column];
        }
        let left = own[row] - own[..row].iter().map(|value| value * value).sum::<f64>();
        // Not for NaN either.
        if !(left > 0.0 && left.is_finite()) {
            return None;
        }
        own[row] = Scalar::sqrt(left);
    }
    Some(())
}

/// Solves a system in place, given the Cholesky factor of its matrix.
fn substitute(factor: &[f64], values: &mut [f64]) {
    let len = values.len();
    for row in 0..len {
        let own = &factor[row * len..][..len];
        let sum: f64 = own[..row].iter().zip(&*values).map(|(factor, value)| factor * value).sum();
        values[row] = (values[row] - sum) / own[row];
    }
    for row in (0..len).rev() {
        values[row] /= factor[row * len + row];
        let value = values[row];
        let own = &factor[row * len..][..row];
        values[..row].iter_mut().zip(own).for_each(|(other, factor)| *other -= factor * value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_positive_definite_system_is_solved() {
        let mut matrix = [4.0, 2.0, 1.0, 2.0, 5.0, 3.0, 1.0, 3.0, 6.0];
        // Of the solution 1, -2, 3.
        let mut values = [4.0 - 4.0 + 3.0, 2.0 - 10.0 + 9.0, 1.0 - 6.0 + 18.0];
        factorise(&mut matrix, 3).unwrap();
        substitute(&matrix, &mut values);
        for (found, expected) in values.into_iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-14, "{found}, expected {expected}");
        }
        assert_eq!(factorise(&mut [1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(factorise(&mut [f64::NAN], 1), None);
    }
}
