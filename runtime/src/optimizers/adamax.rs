//! Adamax.

use pulp::Simd;

use super::Rule;
use super::settings::{check_epsilon, check_kept, check_weight_decay};
use crate::{Error, Scalar, math};

/// Adamax: Adam that divides by the largest gradient of late, rather than by the root of a mean.
///
/// With gradient `g`, parameter `p`, first moment `m` and magnitude `u` (zero at first), learning rate `r` and step `t` from
/// 1:
///
/// ```text
/// g = g + weight_decay * p
/// m = beta1 * m + (1 - beta1) * g
/// u = max(beta2 * u, |g| + epsilon)
/// p = p - r / (1 - beta1^t) * m / u
/// ```
///
/// Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 2, as in PyTorch's `torch.optim.Adamax`.
///
/// ```
/// use castnet::optimizers::{Adamax, Rule};
///
/// let (mut parameters, mut first, mut largest) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// Adamax::default().apply(1, 0.002, &mut parameters, [&mut first, &mut largest], &[5.0, -0.2]);
/// assert!((parameters[0] - 0.998).abs() < 1e-9 && (parameters[1] - 1.002).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax {
    /// How much of the first moment is kept from step to step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the largest magnitude is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
}

/// PyTorch's: 0.9, 0.999, 1e-8, and no weight decay.
impl Default for Adamax {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

impl Rule for Adamax {
    type Slots<X> = [X; 2];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 2] = ["first", "largest"];
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
        check_kept("beta1", self.beta1)?;
        check_kept("beta2", self.beta2)?;
        check_epsilon(self.epsilon)?;
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, step: u64, rate: f64, decay: f64) -> Factors<T> {
        let rate = rate / (1.0 - math::powf(self.beta1, step as f64));
        let [keep_first, add_first, keep_largest, epsilon, decay, minus_rate] =
            [self.beta1, 1.0 - self.beta1, self.beta2, self.epsilon, decay, -rate].map(T::from_f64);
        Factors { keep_first, add_first, keep_largest, epsilon, decay, minus_rate }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [first, largest]: [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 2]) {
        let splat = |value: T| T::splat(simd, value);
        let gradient = T::mul_add_lanes(simd, splat(factors.decay), parameter, gradient);
        let added = T::mul_lanes(simd, splat(factors.add_first), gradient);
        let first = T::mul_add_lanes(simd, splat(factors.keep_first), first, added);
        let magnitude = T::max_lanes(simd, gradient, T::sub_lanes(simd, splat(T::ZERO), gradient));
        let kept = T::mul_lanes(simd, splat(factors.keep_largest), largest);
        let largest = T::max_lanes(simd, kept, T::add_lanes(simd, magnitude, splat(factors.epsilon)));
        let step = T::mul_lanes(simd, splat(factors.minus_rate), first);
        (T::mul_add_lanes(simd, step, T::reciprocal_lanes(simd, largest), parameter), [first, largest])
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [first, largest]: [f64; 2],
    ) -> (f64, [f64; 2]) {
        let gradient = gradient + decay * parameter;
        let first = self.beta1 * first + (1.0 - self.beta1) * gradient;
        let rate = rate / (1.0 - self.beta1);
        let step = rate * first;
        let largest = (self.beta2 * largest).max(gradient + self.epsilon);
        ((parameter + step.max(step / self.epsilon)).max(rate), [first, largest])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    keep_first: T,
    add_first: T,
    keep_largest: T,
    epsilon: T,
    decay: T,
    minus_rate: T,
}
