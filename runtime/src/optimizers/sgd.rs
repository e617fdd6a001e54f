//! Stochastic gradient descent.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{Optimizer, check_kept, check_weight_decay, largest_after_update, trainable_runs};
use crate::kernels::dispatch::dispatch;
use crate::kernels::each::update_two;
use crate::kernels::lanes::zip_in_place;
use crate::{Error, Network, Scalar};

/// Stochastic gradient descent, with momentum if wanted.
///
/// With gradient `g`, parameter `p`, velocity `v` (zero at first) and learning rate `r`:
///
/// ```text
/// g = g + weight_decay * p
/// v = momentum * v + g
/// p = p - r * v                     or, with `nesterov`, p - r * (g + momentum * v)
/// ```
///
/// This is PyTorch's `torch.optim.SGD` without dampening (Sutskever et al. 2013, "On the importance of initialization
/// and momentum in deep learning", in PyTorch's form, where the learning rate scales the velocity as it is applied).
///
/// ```
/// use castnet::optimizers::Sgd;
///
/// let sgd = Sgd { momentum: 0.9, ..Sgd::default() };
/// let (mut parameters, mut velocity) = ([1.0_f64], [0.0]);
/// sgd.update(0.1, &mut parameters, &[2.0], &mut velocity);
/// assert_eq!((parameters, velocity), ([0.8], [2.0]));
/// sgd.update(0.1, &mut parameters, &[2.0], &mut velocity);
/// assert!((parameters[0] - (0.8 - 0.1 * (0.9 * 2.0 + 2.0))).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sgd {
    /// How much of the velocity is kept from step to step, from 0 (plain descent) to less than 1.
    pub momentum: f64,
    /// Whether to look ahead along the velocity (Nesterov's momentum).
    pub nesterov: bool,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    pub weight_decay: f64,
}

/// What [`Sgd`] remembers.
#[derive(Clone, Debug)]
pub struct SgdState<N> {
    /// The velocity of every parameter; `None` without momentum.
    pub velocity: Option<Box<N>>,
}

impl Sgd {
    /// Moves a slice of parameters one step of learning rate `rate`.
    ///
    /// `velocity` is zero before the first step; without momentum it is not looked at and may be empty.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn update<T: Scalar>(&self, rate: f64, parameters: &mut [T], gradient: &[T], velocity: &mut [T]) {
        assert_eq!(parameters.len(), gradient.len(), "a gradient has the length of its parameters");
        if self.momentum == 0.0 {
            dispatch::<1, _>(Descend { sgd: self, rate, parameters, gradient });
        } else {
            assert_eq!(parameters.len(), velocity.len(), "a velocity has the length of its parameters");
            dispatch::<1, _>(DescendWithMomentum { sgd: self, rate, parameters, gradient, velocity });
        }
    }
}

impl<N: Network> Optimizer<N> for Sgd {
    type State = SgdState<N>;
    const DEFAULT_RATE: f64 = 0.01;

    fn start(&self) -> SgdState<N> {
        SgdState { velocity: (self.momentum != 0.0).then(bytemuck::zeroed_box) }
    }

    fn step(&self, state: &mut SgdState<N>, network: &mut N, gradient: &N, rate: f64) {
        let velocity = state.velocity.as_mut().map_or(&mut [][..], |velocity| velocity.parameters_mut());
        for run in trainable_runs::<N>() {
            let velocity = velocity.get_mut(run.clone()).unwrap_or_default();
            self.update(rate, &mut network.parameters_mut()[run.clone()], &gradient.parameters()[run], velocity);
        }
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self) -> Result<(), Error> {
        check_kept("momentum", self.momentum)?;
        check_weight_decay(self.weight_decay)
    }

    fn largest_after(&self, state: &SgdState<N>, network: &N, gradient: &N, rate: f64, run: Range<usize>) -> f64 {
        let (parameters, gradient) = (&network.parameters()[run.clone()], &gradient.parameters()[run.clone()]);
        match &state.velocity {
            None => largest_after_update([parameters], gradient, |[parameters], gradient| {
                self.update(rate, parameters, gradient, &mut []);
            }),
            Some(velocity) => {
                let slices = [parameters, &velocity.parameters()[run]];
                largest_after_update(slices, gradient, |[parameters, velocity], gradient| {
                    self.update(rate, parameters, gradient, velocity);
                })
            }
        }
    }
}

struct Descend<'a, T> {
    sgd: &'a Sgd,
    rate: f64,
    parameters: &'a mut [T],
    gradient: &'a [T],
}

impl<T: Scalar> WithSimd for Descend<'_, T> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let minus_rate = T::splat(simd, T::from_f64(-self.rate));
        let decay = T::splat(simd, T::from_f64(self.sgd.weight_decay));
        zip_in_place(
            simd,
            self.parameters,
            self.gradient,
            #[inline(always)]
            |parameter, gradient| {
                let gradient = T::mul_add_lanes(simd, decay, parameter, gradient);
                T::mul_add_lanes(simd, minus_rate, gradient, parameter)
            },
        );
    }
}

struct DescendWithMomentum<'a, T> {
    sgd: &'a Sgd,
    rate: f64,
    parameters: &'a mut [T],
    gradient: &'a [T],
    velocity: &'a mut [T],
}

impl<T: Scalar> WithSimd for DescendWithMomentum<'_, T> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let minus_rate = T::splat(simd, T::from_f64(-self.rate));
        let decay = T::splat(simd, T::from_f64(self.sgd.weight_decay));
        let momentum = T::splat(simd, T::from_f64(self.sgd.momentum));
        let nesterov = self.sgd.nesterov;
        update_two(
            simd,
            [self.parameters, self.velocity],
            self.gradient,
            #[inline(always)]
            |parameter, velocity, gradient| {
                let gradient = T::mul_add_lanes(simd, decay, parameter, gradient);
                let velocity = T::mul_add_lanes(simd, momentum, velocity, gradient);
                let direction = if nesterov { T::mul_add_lanes(simd, momentum, velocity, gradient) } else { velocity };
                (T::mul_add_lanes(simd, minus_rate, direction, parameter), velocity)
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of the documentation for one parameter, five steps with the gradient `p^2 + step`.
    fn expected(sgd: &Sgd, rate: f64, mut parameter: f64) -> f64 {
        let mut velocity = 0.0;
        for step in 0..5 {
            let gradient = parameter * parameter + f64::from(step) + sgd.weight_decay * parameter;
            velocity = sgd.momentum * velocity + gradient;
            parameter -= rate * if sgd.nesterov { gradient + sgd.momentum * velocity } else { velocity };
        }
        parameter
    }

    fn check<T: Scalar>(sgd: Sgd, tolerance: f64) {
        // No multiple of any register.
        let starts: Vec<f64> = (0..37).map(|index| f64::from(index) / 50.0 - 0.3).collect();
        let mut parameters: Vec<T> = starts.iter().map(|&start| T::from_f64(start)).collect();
        let mut velocity = vec![T::ZERO; 37];
        for step in 0..5 {
            let gradient: Vec<T> = parameters.iter().map(|&p| p * p + T::from_f64(f64::from(step))).collect();
            sgd.update(0.02, &mut parameters, &gradient, &mut velocity);
        }
        for (&start, parameter) in starts.iter().zip(parameters) {
            assert!((parameter.to_f64() - expected(&sgd, 0.02, start)).abs() < tolerance);
        }
    }

    #[test]
    fn steps_follow_the_formula() {
        for weight_decay in [0.0, 0.1] {
            for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
                check::<f64>(Sgd { momentum, nesterov, weight_decay }, 1e-14);
                check::<f32>(Sgd { momentum, nesterov, weight_decay }, 1e-6);
            }
        }
    }
}
