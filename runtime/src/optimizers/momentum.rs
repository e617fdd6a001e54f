//! Momentum, the other way to write it.

use pulp::Simd;

use super::Rule;
use super::settings::{check_kept, check_weight_decay};
use crate::{Error, Scalar};

/// Momentum whose velocity is made of steps: the learning rate scales each gradient as it is taken in.
///
/// With gradient `g`, parameter `p`, velocity `v` (zero at first) and learning rate `r`:
///
/// ```text
/// g = g + weight_decay * p
/// v = momentum * v - r * g
/// p = p + v                         or, with `nesterov`, p + momentum * v - r * g
/// ```
///
/// Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", equations 1 and 2, and
/// Keras' `SGD`. With a learning rate that never changes it takes the steps of [`Sgd`](super::Sgd) with momentum, whose
/// velocity is made of gradients. After a cut of the rate this one coasts at the old speed for a while; `Sgd` slows down at
/// once.
///
/// ```
/// use castnet::optimizers::{Momentum, Rule};
///
/// let (mut parameters, mut velocity) = ([1.0_f64], [0.0]);
/// Momentum::default().apply(1, 0.1, &mut parameters, [&mut velocity], &[2.0]);
/// assert_eq!((parameters, velocity), ([0.8], [-0.2]));
/// // The rate is cut to nothing, and the velocity goes on.
/// Momentum::default().apply(2, 0.0, &mut parameters, [&mut velocity], &[2.0]);
/// assert!((parameters[0] - (0.8 - 0.9 * 0.2)).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Momentum {
    /// How much of the velocity is kept from step to step, from 0 to less than 1.
    pub momentum: f64,
    /// Whether to look ahead along the velocity (Nesterov's momentum).
    pub nesterov: bool,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
}

/// A momentum of 0.9, not Nesterov's, and no weight decay.
impl Default for Momentum {
    fn default() -> Self {
        Self { momentum: 0.9, nesterov: false, weight_decay: 0.0 }
    }
}

impl Rule for Momentum {
    type Slots<X> = [X; 1];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 1] = ["velocity"];
    const DEFAULT_RATE: f64 = 0.01;

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
        Factors { momentum, decay, minus_rate, nesterov: self.nesterov }
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
        let step = T::mul_lanes(simd, T::splat(simd, factors.minus_rate), gradient);
        let velocity = T::mul_add_lanes(simd, momentum, velocity, step);
        let ahead = if factors.nesterov { T::mul_add_lanes(simd, momentum, velocity, step) } else { velocity };
        (T::add_lanes(simd, parameter, ahead), [velocity])
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
        let step = rate * gradient;
        let velocity = self.momentum * velocity + step;
        let ahead = velocity.max(self.momentum * velocity + step);
        ((parameter + ahead).max(gradient), [velocity])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    momentum: T,
    decay: T,
    minus_rate: T,
    nesterov: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::Sgd;

    /// Ten steps of both ways, with rates that change or not.
    fn both(nesterov: bool, rate: impl Fn(u64) -> f64) -> [f64; 2] {
        let (momentum, weight_decay) = (0.9, 0.01);
        let (mut scaled, mut plain) = ([[1.0], [0.0]], [[1.0], [0.0]]);
        for step in 1..=10 {
            let slope = |[parameter]: [f64; 1]| [parameter * parameter - 0.1 * step as f64];
            let [parameters, velocity] = &mut scaled;
            let gradient = slope(*parameters);
            Momentum { momentum, nesterov, weight_decay }.apply(step, rate(step), parameters, [velocity], &gradient);
            let [parameters, velocity] = &mut plain;
            let gradient = slope(*parameters);
            Sgd { momentum, nesterov, weight_decay }.apply(step, rate(step), parameters, [velocity], &gradient);
        }
        [scaled[0][0], plain[0][0]]
    }

    #[test]
    fn both_ways_take_the_same_steps_until_the_rate_changes() {
        for nesterov in [false, true] {
            let [scaled, plain] = both(nesterov, |_| 0.05);
            assert!((scaled - plain).abs() < 1e-14, "{scaled}, {plain}");
            let [scaled, plain] = both(nesterov, |step| if step < 5 { 0.05 } else { 0.005 });
            assert!((scaled - plain).abs() > 1e-3, "{scaled}, {plain}");
        }
    }
}
