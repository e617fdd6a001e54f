//! Lion.

use pulp::Simd;

use super::Rule;
use super::settings::{check_kept, check_weight_decay};
use crate::{Error, Scalar};

/// Lion: steps of one size, by the sign of the momentum.
///
/// With gradient `g`, parameter `p`, momentum `m` (zero at first) and learning rate `r`:
///
/// ```text
/// u = beta1 * m + (1 - beta1) * g
/// p = p - r * weight_decay * p - r * sign(u)
/// m = beta2 * m + (1 - beta2) * g
/// ```
///
/// Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2. It remembers one number for each
/// parameter, where Adam remembers two; since every step is as long as a step can be, its learning rate is three to ten
/// times less than Adam's, and its weight decay so much more.
///
/// ```
/// use castnet::optimizers::{Lion, Rule};
///
/// let (mut parameters, mut momentum) = ([1.0_f64, 1.0, 1.0], [0.0; 3]);
/// Lion::default().apply(1, 0.25, &mut parameters, [&mut momentum], &[100.0, -0.001, 0.0]);
/// assert_eq!(parameters, [0.75, 1.25, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    /// How much of the momentum is in the direction of a step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the momentum is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// How much of a parameter a step of learning rate 1 takes away; from 0, for nothing, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
}

/// The publication's: 0.9 and 0.99, and no weight decay.
impl Default for Lion {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.99, weight_decay: 0.0 }
    }
}

impl Rule for Lion {
    type Slots<X> = [X; 1];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 1] = ["momentum"];
    const DEFAULT_RATE: f64 = 0.0001;

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
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, _step: u64, rate: f64, decay: f64) -> Factors<T> {
        let means = [self.beta1, 1.0 - self.beta1, self.beta2, 1.0 - self.beta2].map(T::from_f64);
        Factors { means, rate: T::from_f64(rate), minus_decay: T::from_f64(-rate * decay) }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [momentum]: [T::Vector<S>; 1],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 1]) {
        let [keep1, add1, keep2, add2] = factors.means.map(|value| T::splat(simd, value));
        let [zero, up, down] = [T::ZERO, factors.rate, -factors.rate].map(|value| T::splat(simd, value));
        let mean = |keep, add| T::mul_add_lanes(simd, keep, momentum, T::mul_lanes(simd, add, gradient));
        let direction = mean(keep1, add1);
        let of_negative = T::select_greater(simd, zero, direction, up, zero);
        let step = T::select_greater(simd, direction, zero, down, of_negative);
        let kept = T::mul_add_lanes(simd, T::splat(simd, factors.minus_decay), parameter, parameter);
        (T::add_lanes(simd, kept, step), [mean(keep2, add2)])
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [momentum]: [f64; 1],
    ) -> (f64, [f64; 1]) {
        let decay = rate * decay;
        let kept = [(1.0 - decay).abs() * parameter + rate, decay, decay * parameter];
        (kept.into_iter().fold(0.0, f64::max), [momentum.max(gradient)])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    means: [T; 4],
    rate: T,
    minus_decay: T,
}
