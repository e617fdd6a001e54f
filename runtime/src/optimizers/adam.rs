//! Adam.

use pulp::Simd;

use super::Rule;
use super::settings::{check_epsilon, check_kept, check_weight_decay};
use crate::{Error, Scalar, math};

/// Adam: steps of even size, by the running mean of the gradient over the square root of that of its square.
///
/// With gradient `g`, parameter `p`, moments `m` and `v` (zero at first), learning rate `r` and step `t` from 1:
///
/// ```text
/// g = g + weight_decay * p
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g^2
/// p = p - r / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
/// ```
///
/// Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1, as in PyTorch's `torch.optim.Adam`.
/// [`AdamW`](super::AdamW) decays the weights apart from the gradient; [`AmsGrad`](super::AmsGrad) is PyTorch's flag `amsgrad`.
///
/// A gradient whose square is too large for the scalar, from 1.9e19 on in `f32`, is an
/// [`Error::NonFiniteUpdate`] in a trainer and makes NaN in [`apply`](Rule::apply). (In PyTorch the second moment becomes
/// infinite, and the parameter never moves again.)
///
/// ```
/// use castnet::optimizers::{Adam, Rule};
///
/// let (mut parameters, mut first, mut second) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// Adam::default().apply(1, 0.001, &mut parameters, [&mut first, &mut second], &[5.0, -0.2]);
/// assert!((parameters[0] - 0.999).abs() < 1e-9 && (parameters[1] - 1.001).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// How much of the first moment is kept from step to step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the second moment is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// The factor of the L2 penalty, `weight_decay / 2 * p^2`, whose gradient is added; from 0, for none, to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, not on biases nor on what normalisations
    /// scale and shift by; PyTorch's default, all parameters, is
    /// [`ParameterGroup::all`](super::ParameterGroup::all).
    pub weight_decay: f64,
    /// Whether the moments, which start at zero, are divided by the part of the mean that they have seen. Without it the
    /// factors `1 - beta^t` are 1, and the first steps are too long: with the default settings the first is 3.16 learning
    /// rates long. It is there to show why it should be on.
    pub bias_correction: bool,
}

/// PyTorch's: 0.9, 0.999, 1e-8, no weight decay, and with bias correction.
impl Default for Adam {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, bias_correction: true }
    }
}

impl Rule for Adam {
    type Slots<X> = [X; 2];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 2] = ["first", "second"];
    const DEFAULT_RATE: f64 = 0.001;

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
        Factors { decay: T::from_f64(decay), moments: Moments::new(self, step, rate) }
    }

    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        slots: [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 2]) {
        let gradient = T::mul_add_lanes(simd, T::splat(simd, factors.decay), parameter, gradient);
        let mut slots = slots;
        let [step, scale] = factors.moments.update(simd, &mut slots, gradient);
        (T::mul_add_lanes(simd, step, scale, parameter), slots)
    }

    fn bounds_after(&self, rate: f64, decay: f64, gradient: f64, parameter: f64, slots: [f64; 2]) -> (f64, [f64; 2]) {
        let (step, slots) = self.bounds(rate, gradient + decay * parameter, slots);
        (parameter + step, slots)
    }
}

impl Adam {
    /// Bounds of a step and of the moments after it, given those of the moments before it.
    pub(super) fn bounds(&self, rate: f64, gradient: f64, [first, second]: [f64; 2]) -> (f64, [f64; 2]) {
        let square = gradient * gradient;
        let difference = first + gradient;
        let first = self.beta1 * first + (1.0 - self.beta1) * gradient;
        let second = self.beta2 * second + (1.0 - self.beta2) * square;
        // The correction of the bias is largest in step 1.
        let rate = rate / (1.0 - self.beta1);
        let step = rate * first;
        ([square, difference, rate, step].into_iter().fold(step / self.epsilon, f64::max), [first, second])
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    decay: T,
    moments: Moments<T>,
}

/// The numbers of one step that concern the moments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments<T> {
    keep_first: T,
    add_first: T,
    /// Whether the first moment keeps more than it takes.
    moves_slowly: bool,
    keep_second: T,
    add_second: T,
    /// Of the root of the second moment as it is, so that the correction of its bias is a factor of the rate.
    epsilon: T,
    minus_rate: T,
}

impl<T: Scalar> Moments<T> {
    /// In f64 whatever the scalar: `1 - beta2` in `f32` would be off by 5e-5.
    pub fn new(adam: &Adam, step: u64, rate: f64) -> Self {
        let corrected = [adam.beta1, adam.beta2].map(|beta| 1.0 - math::powf(beta, step as f64));
        let [first, second] = if adam.bias_correction { corrected } else { [1.0; 2] };
        Self {
            keep_first: T::from_f64(adam.beta1),
            add_first: T::from_f64(1.0 - adam.beta1),
            moves_slowly: T::from_f64(1.0 - adam.beta1) < T::from_f64(adam.beta1),
            keep_second: T::from_f64(adam.beta2),
            add_second: T::from_f64(1.0 - adam.beta2),
            epsilon: T::from_f64(adam.epsilon * Scalar::sqrt(second)),
            minus_rate: T::from_f64(-rate / first * Scalar::sqrt(second)),
        }
    }

    /// Moves the moments, and gives the two factors of the step.
    #[inline(always)]
    pub fn update<S: Simd>(
        &self,
        simd: S,
        moments: &mut [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> [T::Vector<S>; 2] {
        self.track(simd, moments, gradient);
        self.step(simd, moments[0], moments[1])
    }

    /// Moves the moments.
    #[inline(always)]
    pub fn track<S: Simd>(&self, simd: S, [first, second]: &mut [T::Vector<S>; 2], gradient: T::Vector<S>) {
        let splat = |value: T| T::splat(simd, value);
        // The difference to a moment that is much larger would leave little of the gradient.
        *first = if self.moves_slowly {
            T::mul_add_lanes(simd, splat(self.add_first), T::sub_lanes(simd, gradient, *first), *first)
        } else {
            let added = T::mul_lanes(simd, splat(self.add_first), gradient);
            T::mul_add_lanes(simd, splat(self.keep_first), *first, added)
        };
        let square = T::mul_lanes(simd, gradient, gradient);
        let added = T::mul_lanes(simd, splat(self.add_second), square);
        *second = T::mul_add_lanes(simd, splat(self.keep_second), *second, added);
    }

    /// The two factors of the step that these moments make.
    #[inline(always)]
    pub fn step<S: Simd>(&self, simd: S, first: T::Vector<S>, second: T::Vector<S>) -> [T::Vector<S>; 2] {
        let step = T::mul_lanes(simd, T::splat(simd, self.minus_rate), first);
        [step, self.scale(simd, second)]
    }

    /// What divides by the root of the second moment.
    #[inline(always)]
    pub fn scale<S: Simd>(&self, simd: S, second: T::Vector<S>) -> T::Vector<S> {
        let denominator = T::add_lanes(simd, T::sqrt_lanes(simd, second), T::splat(simd, self.epsilon));
        T::reciprocal_lanes(simd, denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of the documentation for one parameter, five steps with the gradient `p^2 - 0.1 * step`.
    fn expected(adam: &Adam, rate: f64, mut parameter: f64) -> f64 {
        let (mut first, mut second) = (0.0, 0.0);
        for step in 1..=5 {
            let gradient = parameter * parameter - 0.1 * f64::from(step) + adam.weight_decay * parameter;
            first = adam.beta1 * first + (1.0 - adam.beta1) * gradient;
            second = adam.beta2 * second + (1.0 - adam.beta2) * gradient * gradient;
            let mean = first / (1.0 - adam.beta1.powi(step));
            let deviation = (second / (1.0 - adam.beta2.powi(step))).sqrt();
            parameter -= rate * mean / (deviation + adam.epsilon);
        }
        parameter
    }

    fn check<T: Scalar>(adam: Adam, tolerance: f64) {
        // No multiple of any register.
        let starts: Vec<f64> = (0..37).map(|index| f64::from(index) / 50.0 - 0.3).collect();
        let mut parameters: Vec<T> = starts.iter().map(|&start| T::from_f64(start)).collect();
        let (mut first, mut second) = (vec![T::ZERO; 37], vec![T::ZERO; 37]);
        for step in 1..=5 {
            let shift = T::from_f64(-0.1 * step as f64);
            let gradient: Vec<T> = parameters.iter().map(|&p| p * p + shift).collect();
            adam.apply(step, 0.01, &mut parameters, [&mut first, &mut second], &gradient);
        }
        for (&start, parameter) in starts.iter().zip(parameters) {
            let expected = expected(&adam, 0.01, start);
            assert!((parameter.to_f64() - expected).abs() < tolerance, "{start}: {parameter}, expected {expected}");
        }
    }

    #[test]
    fn steps_follow_the_formula() {
        for weight_decay in [0.0, 0.1] {
            check::<f64>(Adam { weight_decay, ..Adam::default() }, 1e-14);
            check::<f32>(Adam { weight_decay, ..Adam::default() }, 1e-6);
            check::<f64>(Adam { beta1: 0.5, beta2: 0.9, epsilon: 0.1, weight_decay, ..Adam::default() }, 1e-14);
        }
    }

    #[test]
    fn a_parameter_without_gradient_stays() {
        let (mut parameters, mut first, mut second) = ([0.5_f32; 3], [0.0; 3], [0.0; 3]);
        Adam::default().apply(1, 0.1, &mut parameters, [&mut first, &mut second], &[0.0; 3]);
        assert_eq!(parameters, [0.5; 3]);
    }
}
