//! Stochastic gradient descent.

use pulp::Simd;

use super::Rule;
use super::settings::{check_kept, check_weight_decay};
use crate::{Error, Scalar};

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
/// use castnet::optimizers::{Rule, Sgd};
///
/// let sgd = Sgd { momentum: 0.9, ..Sgd::default() };
/// let (mut parameters, mut velocity) = ([1.0_f64], [0.0]);
/// sgd.apply(1, 0.1, &mut parameters, [&mut velocity], &[2.0]);
/// assert_eq!((parameters, velocity), ([0.8], [2.0]));
/// sgd.apply(2, 0.1, &mut parameters, [&mut velocity], &[2.0]);
/// assert!((parameters[0] - (0.8 - 0.1 * (0.9 * 2.0 + 2.0))).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sgd {
    /// How much of the velocity is kept from step to step, from 0 (plain descent) to less than 1.
    pub momentum: f64,
    /// Whether to look ahead along the velocity (Nesterov's momentum).
    pub nesterov: bool,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, not on biases nor on what normalisations
    /// scale and shift by; PyTorch's default, all parameters, is
    /// [`ParameterGroup::all`](super::ParameterGroup::all).
    pub weight_decay: f64,
}

impl Rule for Sgd {
    type Slots<X> = [X; 1];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 1] = ["velocity"];
    const DEFAULT_RATE: f64 = 0.01;

    #[inline(always)]
    fn uses(&self) -> [bool; 1] {
        [self.momentum != 0.0]
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.momentum)
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check_settings(&self) -> Result<(), Error> {
        check_kept("momentum", self.momentum)?;
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, _step: u64, rate: f64, decay: f64) -> Factors<T> {
        let [momentum, decay, minus_rate] = [self.momentum, decay, -rate].map(T::from_f64);
        Factors { momentum, decay, minus_rate, has_momentum: self.momentum != 0.0, nesterov: self.nesterov }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [velocity]: [T::Vector<S>; 1],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 1]) {
        let momentum = T::splat(simd, factors.momentum);
        let gradient = T::mul_add_lanes(simd, T::splat(simd, factors.decay), parameter, gradient);
        let velocity =
            if factors.has_momentum { T::mul_add_lanes(simd, momentum, velocity, gradient) } else { gradient };
        let looks_ahead = factors.has_momentum && factors.nesterov;
        let direction = if looks_ahead { T::mul_add_lanes(simd, momentum, velocity, gradient) } else { velocity };
        (T::mul_add_lanes(simd, T::splat(simd, factors.minus_rate), direction, parameter), [velocity])
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [velocity]: [f64; 1],
    ) -> (f64, [f64; 1]) {
        let gradient = gradient + decay * parameter;
        let velocity = self.momentum * velocity + gradient;
        let direction = gradient + self.momentum * velocity;
        ((parameter + rate * velocity.max(direction)).max(direction), [velocity])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    momentum: T,
    decay: T,
    minus_rate: T,
    has_momentum: bool,
    nesterov: bool,
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
            let gradient: Vec<T> = parameters.iter().map(|&p| p * p + T::from_f64(step as f64)).collect();
            sgd.apply(step + 1, 0.02, &mut parameters, [&mut velocity], &gradient);
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
