//! AMSGrad.

use pulp::Simd;

use super::adam::{Adam, Moments};
use super::decay::{self, Decay};
use super::settings::check_weight_decay;
use super::{AdamW, Rule};
use crate::{Error, Scalar};

/// Adam whose denominator never sinks, so that a rare large gradient is not forgotten.
///
/// With gradient `g`, parameter `p`, moments `m`, `v` and largest `w` (zero at first), learning rate `r` and step `t` from 1:
///
/// ```text
/// g = g + weight_decay * p          or, with `decoupled`, p = p - r * weight_decay * p
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g^2
/// w = max(w, v)
/// p = p - r / (1 - beta1^t) * m / (sqrt(w) / sqrt(1 - beta2^t) + epsilon)
/// ```
///
/// Reddi, Kale and Kumar 2018, "On the Convergence of Adam and Beyond", algorithm 2, as in PyTorch's `torch.optim.Adam` with
/// `amsgrad=True`, and with `decoupled` as in its `AdamW`. It is a rule of its own because it remembers a third number, for
/// which [`Adam`] has neither memory nor time to spare.
///
/// ```
/// use castnet::optimizers::{AmsGrad, Rule};
///
/// let (mut parameters, mut slots) = ([1.0_f64], [[0.0], [0.0], [0.0]]);
/// for (step, slope) in [(1, 10.0), (2, 0.1)] {
///     let [first, second, largest] = &mut slots;
///     AmsGrad::default().apply(step, 0.001, &mut parameters, [first, second, largest], &[slope]);
/// }
/// let [_, [second], [largest]] = slots;
/// assert!(second < largest && (largest - 0.001 * 100.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmsGrad {
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
impl Default for AmsGrad {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon, weight_decay, .. } = Adam::default();
        Self { beta1, beta2, epsilon, weight_decay, decoupled: false }
    }
}

/// With the settings of an `AdamW`, and its decoupled weight decay.
impl From<AdamW> for AmsGrad {
    fn from(AdamW { beta1, beta2, epsilon, weight_decay }: AdamW) -> Self {
        Self { beta1, beta2, epsilon, weight_decay, decoupled: true }
    }
}

impl AmsGrad {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, ..Adam::default() }
    }
}

impl Rule for AmsGrad {
    type Slots<X> = [X; 3];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 3] = ["first", "second", "largest_second"];
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
        Factors { decay: Decay::new(rate, decay, self.decoupled), moments: Moments::new(&self.adam(), step, rate) }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [first, second, largest]: [T::Vector<S>; 3],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 3]) {
        let (gradient, kept) = factors.decay.apply(simd, parameter, gradient);
        let mut moments = [first, second];
        factors.moments.track(simd, &mut moments, gradient);
        let [first, second] = moments;
        let largest = T::max_lanes(simd, largest, second);
        let [step, scale] = factors.moments.step(simd, first, largest);
        (T::mul_add_lanes(simd, step, scale, kept), [first, second, largest])
    }

    fn bounds_after(
        &self,
        rate: f64,
        decay: f64,
        gradient: f64,
        parameter: f64,
        [first, second, largest]: [f64; 3],
    ) -> (f64, [f64; 3]) {
        let (gradient, kept) = decay::bounds(rate, decay, self.decoupled, gradient, parameter);
        let (step, [first, second]) = self.adam().bounds(rate, gradient, [first, second]);
        (kept + step, [first, second, largest.max(second)])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    decay: Decay<T>,
    moments: Moments<T>,
}
