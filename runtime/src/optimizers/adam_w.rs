//! Adam with a weight decay of its own.

use pulp::Simd;

use super::Rule;
use super::adam::{Adam, Moments};
use super::settings::check_weight_decay;
use crate::{Error, Scalar};

/// Adam whose weight decay is no part of the gradient, so that all weights are decayed alike, however large their
/// gradients.
///
/// With learning rate `r`, parameter `p` and the step of [`Adam`] without weight decay:
///
/// ```text
/// p = p - r * weight_decay * p
/// p = p - r / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
/// ```
///
/// Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2, as in PyTorch's
/// `torch.optim.AdamW`, which decays by the learning rate too.
///
/// ```
/// use castnet::optimizers::{AdamW, Rule};
///
/// let (mut parameters, mut first, mut second) = ([2.0_f64], [0.0], [0.0]);
/// AdamW::default().apply(1, 0.001, &mut parameters, [&mut first, &mut second], &[5.0]);
/// assert!((parameters[0] - (2.0 - 0.001 * 0.01 * 2.0 - 0.001)).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// How much of the first moment is kept from step to step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the second moment is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// How much of a parameter a step of learning rate 1 takes away; from 0, for nothing, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, not on biases nor on what normalisations
    /// scale and shift by; PyTorch's default, all parameters, is
    /// [`ParameterGroup::all`](super::ParameterGroup::all).
    pub weight_decay: f64,
}

/// PyTorch's: 0.9, 0.999, 1e-8, and a weight decay of 0.01.
impl Default for AdamW {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon, .. } = Adam::default();
        Self { beta1, beta2, epsilon, weight_decay: 0.01 }
    }
}

impl AdamW {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, ..Adam::default() }
    }
}

impl Rule for AdamW {
    type Slots<X> = [X; 2];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 2] = Adam::SLOTS;
    const DEFAULT_RATE: f64 = <Adam as Rule>::DEFAULT_RATE;

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
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, step: u64, rate: f64, decay: f64) -> Factors<T> {
        Factors { minus_decay: T::from_f64(-rate * decay), moments: Moments::new(&self.adam(), step, rate) }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        slots: [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 2]) {
        let mut slots = slots;
        let [step, scale] = factors.moments.update(simd, &mut slots, gradient);
        // A product with `1 - r * weight_decay` would be off by the same rounding error in every step.
        let kept = T::mul_add_lanes(simd, T::splat(simd, factors.minus_decay), parameter, parameter);
        (T::mul_add_lanes(simd, step, scale, kept), slots)
    }

    fn bounds_after(&self, rate: f64, decay: f64, gradient: f64, parameter: f64, slots: [f64; 2]) -> (f64, [f64; 2]) {
        let (step, slots) = self.adam().bounds(rate, gradient, slots);
        let decay = rate * decay;
        // Without a multiply-add, the product is there by itself.
        let largest_product = decay.max(decay * parameter);
        (((1.0 - decay).abs() * parameter + step).max(largest_product), slots)
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    minus_decay: T,
    moments: Moments<T>,
}
