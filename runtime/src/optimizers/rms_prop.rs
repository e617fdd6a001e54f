//! RMSProp.

use pulp::Simd;

use super::Rule;
use super::settings::{check_epsilon, check_kept, check_weight_decay};
use crate::{Error, Scalar};

/// RMSProp: the gradient over the root of the running mean of its square.
///
/// With gradient `g`, parameter `p`, running means `s` and `m`, velocity `v` (zero at first) and learning rate `r`:
///
/// ```text
/// g = g + weight_decay * p
/// s = alpha * s + (1 - alpha) * g^2
/// m = alpha * m + (1 - alpha) * g                  only if centered; else 0
/// v = momentum * v + g / (sqrt(s - m^2) + epsilon)
/// p = p - r * v
/// ```
///
/// Tieleman and Hinton 2012, "Lecture 6.5 - RMSProp"; centered as in Graves 2013, "Generating Sequences With Recurrent
/// Neural Networks"; as in PyTorch's `torch.optim.RMSprop`. (A variance `s - m^2` that is rounded to less than zero is NaN
/// there, and zero here.)
///
/// ```
/// use castnet::optimizers::{RmsProp, Rule};
///
/// let (mut parameters, mut square) = ([1.0_f64], [0.0]);
/// RmsProp::default().apply(1, 0.01, &mut parameters, [&mut square, &mut [], &mut []], &[-3.0]);
/// assert!((square[0] - 0.01 * 9.0).abs() < 1e-12);
/// assert!((parameters[0] - (1.0 + 0.01 / 0.1)).abs() < 1e-8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// How much of the running means is kept from step to step, from 0 to less than 1.
    pub alpha: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// Whether to divide by the deviation of the gradient from its mean, rather than from zero.
    pub centered: bool,
    /// How much of the velocity is kept from step to step, from 0 (no velocity) to less than 1.
    pub momentum: f64,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, not on biases nor on what normalisations
    /// scale and shift by; PyTorch's default, all parameters, is
    /// [`ParameterGroup::all`](super::ParameterGroup::all).
    pub weight_decay: f64,
}

/// PyTorch's: 0.99, 1e-8, neither centered nor with momentum, and no weight decay.
impl Default for RmsProp {
    fn default() -> Self {
        Self { alpha: 0.99, epsilon: 1e-8, centered: false, momentum: 0.0, weight_decay: 0.0 }
    }
}

impl Rule for RmsProp {
    type Slots<X> = [X; 3];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 3] = ["square", "mean", "velocity"];
    const DEFAULT_RATE: f64 = 0.01;

    #[inline(always)]
    fn uses(&self) -> [bool; 3] {
        [true, self.centered, self.momentum != 0.0]
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
        check_kept("alpha", self.alpha)?;
        check_epsilon(self.epsilon)?;
        check_kept("momentum", self.momentum)?;
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, _step: u64, rate: f64, decay: f64) -> Factors<T> {
        let [keep, add, epsilon] = [self.alpha, 1.0 - self.alpha, self.epsilon].map(T::from_f64);
        let [momentum, decay, minus_rate] = [self.momentum, decay, -rate].map(T::from_f64);
        Factors { keep, add, epsilon, centered: self.centered, momentum, decay, minus_rate }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [square, mean, velocity]: [T::Vector<S>; 3],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 3]) {
        let splat = |value: T| T::splat(simd, value);
        let (keep, add) = (splat(factors.keep), splat(factors.add));
        let gradient = T::mul_add_lanes(simd, splat(factors.decay), parameter, gradient);
        let added = T::mul_lanes(simd, add, T::mul_lanes(simd, gradient, gradient));
        let square = T::mul_add_lanes(simd, keep, square, added);
        let (mean, variance) = if factors.centered {
            let mean = T::mul_add_lanes(simd, keep, mean, T::mul_lanes(simd, add, gradient));
            let variance = T::sub_lanes(simd, square, T::mul_lanes(simd, mean, mean));
            (mean, T::max_lanes(simd, variance, splat(T::ZERO)))
        } else {
            (mean, square)
        };
        let denominator = T::add_lanes(simd, T::sqrt_lanes(simd, variance), splat(factors.epsilon));
        let scaled = T::mul_lanes(simd, gradient, T::reciprocal_lanes(simd, denominator));
        let velocity = T::mul_add_lanes(simd, splat(factors.momentum), velocity, scaled);
        (T::mul_add_lanes(simd, splat(factors.minus_rate), velocity, parameter), [square, mean, velocity])
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [square, mean, velocity]: [f64; 3],
    ) -> (f64, [f64; 3]) {
        let gradient = gradient + decay * parameter;
        let of_gradient = gradient * gradient;
        let square = self.alpha * square + (1.0 - self.alpha) * of_gradient;
        let mean = self.alpha * mean + (1.0 - self.alpha) * gradient;
        let velocity = self.momentum * velocity + gradient / self.epsilon;
        ([of_gradient, mean * mean].into_iter().fold(parameter + rate * velocity, f64::max), [square, mean, velocity])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    keep: T,
    add: T,
    epsilon: T,
    centered: bool,
    momentum: T,
    decay: T,
    minus_rate: T,
}
