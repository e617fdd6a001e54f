//! NAdam.

use pulp::Simd;

use super::Rule;
use super::adam::{Adam, Moments};
use super::decay::{self, Decay};
use super::settings::{check, check_weight_decay};
use crate::{Error, Scalar, math};

/// NAdam: Adam with Nesterov's momentum, which grows over the first steps.
///
/// With gradient `g`, parameter `p`, moments `m` and `v` (zero at first), learning rate `r` and step `t` from 1:
///
/// ```text
/// g = g + weight_decay * p          or, with `decoupled`, p = p - r * weight_decay * p
/// u(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2)
/// U(t) = u(1) * u(2) * .. * u(t)
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g^2
/// n = (1 - u(t)) / (1 - U(t)) * g + u(t + 1) / (1 - U(t + 1)) * m
/// p = p - r * n / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
/// ```
///
/// Dozat 2016, "Incorporating Nesterov Momentum into Adam", as in PyTorch's `torch.optim.NAdam`.
///
/// ```
/// use castnet::optimizers::{NAdam, Rule};
///
/// let (mut parameters, mut first, mut second) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// NAdam::default().apply(1, 0.002, &mut parameters, [&mut first, &mut second], &[5.0, -0.2]);
/// assert!((parameters[0] + parameters[1] - 2.0).abs() < 1e-9 && parameters[0] < 0.998);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam {
    /// How much of the first moment is kept from step to step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the second moment is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// How fast the momentum grows from half of `beta1` to all of it; a finite number from 0 on.
    pub momentum_decay: f64,
    /// The weight decay, from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
    /// Whether the weight decay is apart from the gradient, as in [`AdamW`](super::AdamW).
    pub decoupled: bool,
}

/// PyTorch's: 0.9, 0.999, 1e-8, a momentum decay of 0.004, and no weight decay.
impl Default for NAdam {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon, weight_decay, .. } = Adam::default();
        Self { beta1, beta2, epsilon, momentum_decay: 0.004, weight_decay, decoupled: false }
    }
}

impl NAdam {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, ..Adam::default() }
    }

    /// `u(t)`.
    fn momentum(&self, step: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * math::powf(0.96, step as f64 * self.momentum_decay))
    }

    /// `U(t)`; zero where it is too small for `1 - U(t)` to be less than 1, so that only some hundred factors are ever
    /// multiplied.
    fn product(&self, steps: u64) -> f64 {
        if math::powf(self.beta1, steps as f64) < 1e-17 {
            return 0.0;
        }
        (1..=steps).map(|step| self.momentum(step)).product()
    }
}

impl Rule for NAdam {
    type Slots<X> = [X; 2];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 2] = Adam::SLOTS;
    const DEFAULT_RATE: f64 = 0.002;

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.beta1)
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check_settings(&self) -> Result<(), Error> {
        self.adam().check_settings()?;
        let decay = self.momentum_decay;
        check(decay >= 0.0 && decay.is_finite(), "momentum_decay", decay, "a finite number from 0 on")?;
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, step: u64, rate: f64, decay: f64) -> Factors<T> {
        let (now, next, product) = (self.momentum(step), self.momentum(step + 1), self.product(step));
        // The correction of the second moment's bias is a factor of the rate, as in Adam.
        let rate_over_root = rate * Scalar::sqrt(1.0 - math::powf(self.beta2, step as f64));
        Factors {
            decay: Decay::new(rate, decay, self.decoupled),
            moments: Moments::new(&self.adam(), step, rate),
            of_gradient: T::from_f64(-rate_over_root * (1.0 - now) / (1.0 - product)),
            of_first: T::from_f64(-rate_over_root * next / (1.0 - product * next)),
        }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        slots: [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 2]) {
        let (gradient, kept) = factors.decay.apply(simd, parameter, gradient);
        let mut slots = slots;
        factors.moments.track(simd, &mut slots, gradient);
        let of_first = T::mul_lanes(simd, T::splat(simd, factors.of_first), slots[0]);
        let step = T::mul_add_lanes(simd, T::splat(simd, factors.of_gradient), gradient, of_first);
        (T::mul_add_lanes(simd, step, factors.moments.scale(simd, slots[1]), kept), slots)
    }

    fn bounds_after(&self, rate: f64, decay: f64, gradient: f64, parameter: f64, slots: [f64; 2]) -> (f64, [f64; 2]) {
        let (gradient, kept) = decay::bounds(rate, decay, self.decoupled, gradient, parameter);
        let (of_adam, slots) = self.adam().bounds(rate, gradient, slots);
        // Neither factor is larger than Adam's.
        let step = rate / (1.0 - self.beta1) * (gradient + slots[0]);
        (kept + of_adam.max(step).max(step / self.epsilon), slots)
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    decay: Decay<T>,
    moments: Moments<T>,
    of_gradient: T,
    of_first: T,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_that_of_all_factors() {
        let nadam = NAdam::default();
        for steps in [1, 2, 10, 300, 371, 372, 1_000, u64::MAX] {
            let last = steps.min(2_000);
            let all: f64 = (1..=last).map(|step| 0.9 * (1.0 - 0.5 * 0.96_f64.powf(step as f64 * 0.004))).product();
            assert!((nadam.product(steps) - all).abs() < 1e-16, "{steps}");
        }
    }
}
