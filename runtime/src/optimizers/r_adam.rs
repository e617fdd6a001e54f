//! RAdam.

use pulp::Simd;

use super::Rule;
use super::adam::{Adam, Moments};
use super::decay::{self, Decay};
use super::settings::check_weight_decay;
use crate::{Error, Scalar, math};

/// RAdam: Adam that warms up by itself, because its first second moments are of too few gradients.
///
/// With gradient `g`, parameter `p`, moments `m` and `v` (zero at first), learning rate `r` and step `t` from 1:
///
/// ```text
/// g = g + weight_decay * p          or, with `decoupled`, p = p - r * weight_decay * p
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g^2
/// l = 2 / (1 - beta2) - 1
/// k = l - 2 * t * beta2^t / (1 - beta2^t)
/// q = sqrt((k - 4) * (k - 2) * l / ((l - 4) * (l - 2) * k))
/// p = p - r / (1 - beta1^t) * q * m / ((sqrt(v) + epsilon) / sqrt(1 - beta2^t))      if k > 5
/// p = p - r / (1 - beta1^t) * m                                                       otherwise
/// ```
///
/// Liu et al. 2020, "On the Variance of the Adaptive Learning Rate and Beyond", algorithm 2, as in PyTorch's
/// `torch.optim.RAdam`. With the default settings the first five steps are those of momentum.
///
/// ```
/// use castnet::optimizers::{RAdam, Rule};
///
/// let (mut parameters, mut first, mut second) = ([1.0_f64], [0.0], [0.0]);
/// RAdam::default().apply(1, 0.001, &mut parameters, [&mut first, &mut second], &[5.0]);
/// assert!((parameters[0] - (1.0 - 0.001 * 5.0)).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RAdam {
    /// How much of the first moment is kept from step to step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the second moment is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// The weight decay, from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
    /// Whether the weight decay is apart from the gradient, as in [`AdamW`](super::AdamW).
    pub decoupled: bool,
}

/// PyTorch's: 0.9, 0.999, 1e-8, and no weight decay.
impl Default for RAdam {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon, weight_decay, .. } = Adam::default();
        Self { beta1, beta2, epsilon, weight_decay, decoupled: false }
    }
}

impl RAdam {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, ..Adam::default() }
    }

    /// `q` of a step, where it has one.
    fn rectification(&self, step: u64) -> Option<f64> {
        let limit = 2.0 / (1.0 - self.beta2) - 1.0;
        let power = math::powf(self.beta2, step as f64);
        let length = limit - 2.0 * step as f64 * power / (1.0 - power);
        let square = (length - 4.0) * (length - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * length);
        (length > 5.0).then(|| Scalar::sqrt(square))
    }
}

impl Rule for RAdam {
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
        let rectification = self.rectification(step);
        let [first, second] = [self.beta1, self.beta2].map(|beta| 1.0 - math::powf(beta, step as f64));
        let scale = rectification.map_or(1.0, |factor| factor * Scalar::sqrt(second));
        Factors {
            decay: Decay::new(rate, decay, self.decoupled),
            moments: Moments::new(&self.adam(), step, rate),
            minus_rate: T::from_f64(-rate / first * scale),
            epsilon: T::from_f64(self.epsilon),
            is_rectified: rectification.is_some(),
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
        let step = T::mul_lanes(simd, T::splat(simd, factors.minus_rate), slots[0]);
        let scale = if factors.is_rectified {
            let root = T::sqrt_lanes(simd, slots[1]);
            T::reciprocal_lanes(simd, T::add_lanes(simd, root, T::splat(simd, factors.epsilon)))
        } else {
            T::splat(simd, T::ONE)
        };
        (T::mul_add_lanes(simd, step, scale, kept), slots)
    }

    fn bounds_after(&self, rate: f64, decay: f64, gradient: f64, parameter: f64, slots: [f64; 2]) -> (f64, [f64; 2]) {
        let (gradient, kept) = decay::bounds(rate, decay, self.decoupled, gradient, parameter);
        // The rectification is at most 1, and Adam's bound is no less than a step without a denominator.
        let (step, slots) = self.adam().bounds(rate, gradient, slots);
        (kept + step, slots)
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    decay: Decay<T>,
    moments: Moments<T>,
    minus_rate: T,
    epsilon: T,
    is_rectified: bool,
}
