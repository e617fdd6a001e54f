//! AdaDelta.

use pulp::Simd;

use super::Rule;
use super::settings::{check_epsilon, check_kept, check_weight_decay};
use crate::{Error, Scalar};

/// AdaDelta: steps in the unit of the parameters, so that a learning rate of 1 serves.
///
/// With gradient `g`, parameter `p`, running means `s` and `d` (zero at first) and learning rate `r`:
///
/// ```text
/// g = g + weight_decay * p
/// s = rho * s + (1 - rho) * g^2
/// u = sqrt(d + epsilon) / sqrt(s + epsilon) * g
/// d = rho * d + (1 - rho) * u^2
/// p = p - r * u
/// ```
///
/// Zeiler 2012, "ADADELTA: An Adaptive Learning Rate Method", algorithm 1, as in PyTorch's `torch.optim.Adadelta`.
///
/// ```
/// use castnet::optimizers::{AdaDelta, Rule};
///
/// let (mut parameters, mut square, mut delta) = ([1.0_f64], [0.0], [0.0]);
/// AdaDelta::default().apply(1, 1.0, &mut parameters, [&mut square, &mut delta], &[2.0]);
/// let step = (1e-6_f64).sqrt() / (0.1 * 4.0 + 1e-6_f64).sqrt() * 2.0;
/// assert!((parameters[0] - (1.0 - step)).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaDelta {
    /// How much of the running means is kept from step to step, from 0 to less than 1.
    pub rho: f64,
    /// What the first steps are made of, and what keeps the denominator from zero; from 1e-20 on.
    pub epsilon: f64,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
}

/// PyTorch's: 0.9, 1e-6, and no weight decay.
impl Default for AdaDelta {
    fn default() -> Self {
        Self { rho: 0.9, epsilon: 1e-6, weight_decay: 0.0 }
    }
}

impl Rule for AdaDelta {
    type Slots<X> = [X; 2];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 2] = ["square", "delta"];
    const DEFAULT_RATE: f64 = 1.0;

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check_settings(&self) -> Result<(), Error> {
        check_kept("rho", self.rho)?;
        check_epsilon(self.epsilon)?;
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, _step: u64, rate: f64, decay: f64) -> Factors<T> {
        let [keep, add, epsilon, decay, minus_rate] =
            [self.rho, 1.0 - self.rho, self.epsilon, decay, -rate].map(T::from_f64);
        Factors { keep, add, epsilon, decay, minus_rate }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [square, delta]: [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 2]) {
        let splat = |value: T| T::splat(simd, value);
        let mean = |mean, value| {
            let added = T::mul_lanes(simd, splat(factors.add), T::mul_lanes(simd, value, value));
            T::mul_add_lanes(simd, splat(factors.keep), mean, added)
        };
        let root = |square| T::sqrt_lanes(simd, T::add_lanes(simd, square, splat(factors.epsilon)));
        let gradient = T::mul_add_lanes(simd, splat(factors.decay), parameter, gradient);
        let square = mean(square, gradient);
        let scale = T::mul_lanes(simd, root(delta), T::reciprocal_lanes(simd, root(square)));
        let step = T::mul_lanes(simd, scale, gradient);
        (T::mul_add_lanes(simd, splat(factors.minus_rate), step, parameter), [square, mean(delta, step)])
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [square, delta]: [f64; 2],
    ) -> (f64, [f64; 2]) {
        let gradient = gradient + decay * parameter;
        let of_gradient = gradient * gradient;
        // A gradient is at most so many times the root of the mean of its square; where its square is lost, it is less than
        // the root of epsilon.
        let scale = (delta + self.epsilon) / (1.0 - self.rho);
        let step = Scalar::sqrt(scale);
        let delta = self.rho * delta + (1.0 - self.rho) * scale;
        let largest = [of_gradient, scale / self.epsilon].into_iter().fold(parameter + rate * step, f64::max);
        (largest, [self.rho * square + (1.0 - self.rho) * of_gradient, delta])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    keep: T,
    add: T,
    epsilon: T,
    decay: T,
    minus_rate: T,
}
