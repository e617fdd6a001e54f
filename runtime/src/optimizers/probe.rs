//! A network's trainable parameters as one vector, and the function along a line from there.

use alloc::boxed::Box;

use super::caution::largest_of_gradient;
use super::{Objective, trainable_runs};
use crate::kernels::each::largest_magnitude;
use crate::{Error, Parameters, Scalar};

/// Where a minimizer tries the function out.
#[derive(Clone)]
pub(super) struct Probe<N> {
    network: Box<N>,
    gradient: Box<N>,
}

impl<N: Parameters> Probe<N> {
    pub fn new() -> Self {
        Self { network: bytemuck::zeroed_box(), gradient: bytemuck::zeroed_box() }
    }

    /// The function at `network`, and its gradient in the trainable parameters.
    pub fn here(
        &mut self,
        objective: &mut dyn Objective<N>,
        network: &N,
        step: u64,
        slopes: &mut [N::Scalar],
    ) -> Result<f64, Error> {
        let value = objective.value_and_gradient(network, &mut self.gradient)?;
        largest_of_gradient(&*self.gradient, step)?;
        gather(&*self.gradient, slopes);
        Ok(value)
    }

    /// The function at `network` moved by `length` times `direction`, and its gradient there; infinite where either has no
    /// value.
    pub fn along(
        &mut self,
        objective: &mut dyn Objective<N>,
        network: &N,
        (length, direction): (f64, &[N::Scalar]),
        slopes: &mut [N::Scalar],
    ) -> Result<f64, Error> {
        if !self.move_along(network, length, direction) {
            return Ok(f64::INFINITY);
        }
        let value = match objective.value_and_gradient(&self.network, &mut self.gradient) {
            Err(Error::NonFiniteLoss { .. }) => return Ok(f64::INFINITY),
            value => value?,
        };
        if largest_magnitude(self.gradient.parameters()) == f64::INFINITY {
            return Ok(f64::INFINITY);
        }
        gather(&*self.gradient, slopes);
        Ok(value)
    }

    /// The function at `network` moved by `direction`; infinite where it has no value.
    pub fn value(
        &mut self,
        objective: &mut dyn Objective<N>,
        network: &N,
        direction: &[N::Scalar],
    ) -> Result<f64, Error> {
        if !self.move_along(network, 1.0, direction) {
            return Ok(f64::INFINITY);
        }
        let value = objective.value(&self.network)?;
        Ok(if value.is_nan() { f64::INFINITY } else { value })
    }

    /// Moves `network` by `length` times `direction`, where the function has been found to have a value.
    pub fn go(&mut self, network: &mut N, (length, direction): (f64, &[N::Scalar])) {
        self.move_along(network, length, direction);
        *network = *self.network;
    }

    /// Whether what is there then are numbers.
    fn move_along(&mut self, network: &N, length: f64, direction: &[N::Scalar]) -> bool {
        *self.network = *network;
        let length = N::Scalar::from_f64(length);
        let mut rest = direction;
        for run in trainable_runs::<N>() {
            let (part, behind) = rest.split_at(run.len());
            rest = behind;
            for (parameter, &by) in self.network.parameters_mut()[run].iter_mut().zip(part) {
                *parameter += length * by;
            }
        }
        largest_magnitude(self.network.parameters()) < f64::INFINITY
    }
}

/// Copies the trainable parameters out of a network.
pub(super) fn gather<N: Parameters>(network: &N, to: &mut [N::Scalar]) {
    let mut rest = to;
    for run in trainable_runs::<N>() {
        let (part, behind) = rest.split_at_mut(run.len());
        part.copy_from_slice(&network.parameters()[run]);
        rest = behind;
    }
}

/// The inner product, in `f64`.
pub(super) fn dot<T: Scalar>(one: &[T], other: &[T]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one.to_f64() * other.to_f64()).sum()
}

/// `to += factor * of`.
pub(super) fn add<T: Scalar>(to: &mut [T], factor: f64, of: &[T]) {
    let factor = T::from_f64(factor);
    to.iter_mut().zip(of).for_each(|(to, &of)| *to += factor * of);
}

/// The sum of the magnitudes.
pub(super) fn sum_of_magnitudes<T: Scalar>(values: &[T]) -> f64 {
    values.iter().map(|value| value.to_f64().abs()).sum()
}
