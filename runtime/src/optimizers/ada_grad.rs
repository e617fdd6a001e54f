//! AdaGrad.

use pulp::Simd;

use super::Rule;
use super::settings::{check, check_epsilon, check_weight_decay};
use crate::{Error, Scalar};

/// AdaGrad: the gradient over the root of the sum of its squares so far.
///
/// With gradient `g`, parameter `p`, sum `s` (zero at first), learning rate `r` and step `t` from 1:
///
/// ```text
/// g = g + weight_decay * p
/// s = s + g^2
/// p = p - r / (1 + (t - 1) * rate_decay) * g / (sqrt(initial_sum + s) + epsilon)
/// ```
///
/// The sum only grows, so the steps get shorter and shorter: good for rare features in convex problems, too short in the end
/// for most networks. Duchi, Hazan and Singer 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic
/// Optimization", as in PyTorch's `torch.optim.Adagrad`.
///
/// ```
/// use castnet::optimizers::{AdaGrad, Rule};
///
/// let (mut parameters, mut sum) = ([1.0_f64], [0.0]);
/// AdaGrad::default().apply(1, 0.5, &mut parameters, [&mut sum], &[3.0]);
/// assert!((parameters[0] - 0.5).abs() < 1e-9 && sum == [9.0]);
/// AdaGrad::default().apply(2, 0.5, &mut parameters, [&mut sum], &[4.0]);
/// assert!((parameters[0] - (0.5 - 0.5 * 4.0 / 5.0)).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGrad {
    /// How fast the learning rate sinks besides; a finite number from 0 on.
    pub rate_decay: f64,
    /// What the sums start with; a finite number from 0 on.
    pub initial_sum: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
}

/// PyTorch's: sums from 0 on, an epsilon of 1e-10, and no decay of any kind.
impl Default for AdaGrad {
    fn default() -> Self {
        Self { rate_decay: 0.0, initial_sum: 0.0, epsilon: 1e-10, weight_decay: 0.0 }
    }
}

impl Rule for AdaGrad {
    type Slots<X> = [X; 1];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 1] = ["sum"];
    const DEFAULT_RATE: f64 = 0.01;

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check_settings(&self) -> Result<(), Error> {
        for (setting, value) in [("rate_decay", self.rate_decay), ("initial_sum", self.initial_sum)] {
            check(value >= 0.0 && value.is_finite(), setting, value, "a finite number from 0 on")?;
        }
        check_epsilon(self.epsilon)?;
        check_weight_decay(self.weight_decay)
    }

    fn factors<T: Scalar>(&self, step: u64, rate: f64, decay: f64) -> Factors<T> {
        let rate = rate / (1.0 + step.saturating_sub(1) as f64 * self.rate_decay);
        let [minus_rate, initial_sum, epsilon, decay] = [-rate, self.initial_sum, self.epsilon, decay].map(T::from_f64);
        Factors { minus_rate, initial_sum, epsilon, decay }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        [sum]: [T::Vector<S>; 1],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 1]) {
        let splat = |value: T| T::splat(simd, value);
        let gradient = T::mul_add_lanes(simd, splat(factors.decay), parameter, gradient);
        let sum = T::mul_add_lanes(simd, gradient, gradient, sum);
        let root = T::sqrt_lanes(simd, T::add_lanes(simd, sum, splat(factors.initial_sum)));
        let scale = T::reciprocal_lanes(simd, T::add_lanes(simd, root, splat(factors.epsilon)));
        let step = T::mul_lanes(simd, splat(factors.minus_rate), gradient);
        (T::mul_add_lanes(simd, step, scale, parameter), [sum])
    }

    fn bounds_after(&self, rate: f64, decay: f64, gradient: f64, parameter: f64, [sum]: [f64; 1]) -> (f64, [f64; 1]) {
        let gradient = gradient + decay * parameter;
        let step = rate * gradient;
        let sum = sum + gradient * gradient;
        ((parameter + step.max(step / self.epsilon)).max(sum + self.initial_sum), [sum])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    minus_rate: T,
    initial_sum: T,
    epsilon: T,
    decay: T,
}
