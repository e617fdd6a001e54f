//! Adam.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{Optimizer, check_kept, check_setting, check_weight_decay, largest_after_update, trainable_runs};
use crate::kernels::dispatch::dispatch;
use crate::kernels::each::update_three;
use crate::{Error, Network, Scalar};

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
///
/// ```
/// use castnet::optimizers::Adam;
///
/// let (mut parameters, mut first, mut second) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// Adam::default().update(1, 0.001, &mut parameters, &[5.0, -0.2], [&mut first, &mut second]);
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
    pub weight_decay: f64,
}

/// PyTorch's: 0.9, 0.999, 1e-8, and no weight decay.
impl Default for Adam {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// What [`Adam`] remembers.
#[derive(Clone, Debug)]
pub struct AdamState<N> {
    /// Steps so far.
    pub steps: u64,
    /// The running mean of each parameter's gradient.
    pub first: Box<N>,
    /// The running mean of each parameter's squared gradient.
    pub second: Box<N>,
}

impl Adam {
    /// Moves a slice of parameters by step number `step`, counted from 1, of learning rate `rate`.
    ///
    /// `moments` are the first and the second, zero before step 1.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn update<T: Scalar>(
        &self,
        step: u64,
        rate: f64,
        parameters: &mut [T],
        gradient: &[T],
        moments: [&mut [T]; 2],
    ) {
        let [first, second] = moments;
        assert_eq!(parameters.len(), gradient.len(), "a gradient has the length of its parameters");
        assert_eq!(parameters.len(), first.len(), "a moment has the length of its parameters");
        assert_eq!(parameters.len(), second.len(), "a moment has the length of its parameters");
        let factors = self.factors(step, rate);
        dispatch::<1, _>(Update { factors, slices: [parameters, first, second], gradient });
    }

    /// The numbers of one step, in f64 whatever the scalar: `1 - beta2` in `f32` would be off by 5e-5.
    fn factors<T: Scalar>(&self, step: u64, rate: f64) -> Factors<T> {
        let [first, second] = [self.beta1, self.beta2].map(|beta| 1.0 - beta.powf(step as f64));
        Factors {
            decay: T::from_f64(self.weight_decay),
            keep_first: T::from_f64(self.beta1),
            add_first: T::from_f64(1.0 - self.beta1),
            keep_second: T::from_f64(self.beta2),
            add_second: T::from_f64(1.0 - self.beta2),
            epsilon: T::from_f64(self.epsilon * second.sqrt()),
            minus_rate: T::from_f64(-rate / first * second.sqrt()),
        }
    }
}

impl<N: Network> Optimizer<N> for Adam {
    type State = AdamState<N>;
    const DEFAULT_RATE: f64 = 0.001;

    fn start(&self) -> AdamState<N> {
        AdamState { steps: 0, first: bytemuck::zeroed_box(), second: bytemuck::zeroed_box() }
    }

    fn step(&self, state: &mut AdamState<N>, network: &mut N, gradient: &N, rate: f64) {
        state.steps += 1;
        for run in trainable_runs::<N>() {
            let moments =
                [&mut state.first.parameters_mut()[run.clone()], &mut state.second.parameters_mut()[run.clone()]];
            let parameters = &mut network.parameters_mut()[run.clone()];
            self.update(state.steps, rate, parameters, &gradient.parameters()[run], moments);
        }
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self) -> Result<(), Error> {
        check_kept("beta1", self.beta1)?;
        check_kept("beta2", self.beta2)?;
        check_setting(self.epsilon >= 1e-20 && self.epsilon.is_finite(), "epsilon", self.epsilon, "at least 1e-20")?;
        check_weight_decay(self.weight_decay)
    }

    fn largest_after(&self, state: &AdamState<N>, network: &N, gradient: &N, rate: f64, run: Range<usize>) -> f64 {
        let slices = [network, &*state.first, &*state.second].map(|numbers| &numbers.parameters()[run.clone()]);
        largest_after_update(slices, &gradient.parameters()[run.clone()], |[parameters, first, second], gradient| {
            self.update(state.steps + 1, rate, parameters, gradient, [first, second]);
        })
    }
}

#[derive(Clone, Copy)]
struct Factors<T> {
    decay: T,
    keep_first: T,
    add_first: T,
    keep_second: T,
    add_second: T,
    /// Of the root of the second moment as it is, so that the correction of its bias is a factor of the rate.
    epsilon: T,
    minus_rate: T,
}

struct Update<'a, T> {
    factors: Factors<T>,
    slices: [&'a mut [T]; 3],
    gradient: &'a [T],
}

impl<T: Scalar> WithSimd for Update<'_, T> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let splat = |value: T| T::splat(simd, value);
        let Factors { decay, keep_first, add_first, keep_second, add_second, epsilon, minus_rate } = self.factors;
        // The difference to a moment that is much larger would leave little of the gradient.
        let moves_slowly = add_first < keep_first;
        let (decay, keep_first, add_first) = (splat(decay), splat(keep_first), splat(add_first));
        let keep_second = splat(keep_second);
        let (add_second, epsilon, minus_rate) = (splat(add_second), splat(epsilon), splat(minus_rate));
        update_three(
            simd,
            self.slices,
            self.gradient,
            #[inline(always)]
            |[parameter, first, second], gradient| {
                let gradient = T::mul_add_lanes(simd, decay, parameter, gradient);
                let first = if moves_slowly {
                    T::mul_add_lanes(simd, add_first, T::sub_lanes(simd, gradient, first), first)
                } else {
                    T::mul_add_lanes(simd, keep_first, first, T::mul_lanes(simd, add_first, gradient))
                };
                let square = T::mul_lanes(simd, gradient, gradient);
                let second = T::mul_add_lanes(simd, keep_second, second, T::mul_lanes(simd, add_second, square));
                let denominator = T::add_lanes(simd, T::sqrt_lanes(simd, second), epsilon);
                let step = T::mul_lanes(simd, minus_rate, first);
                [T::mul_add_lanes(simd, step, T::reciprocal_lanes(simd, denominator), parameter), first, second]
            },
        );
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
            adam.update(step, 0.01, &mut parameters, &gradient, [&mut first, &mut second]);
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
            check::<f64>(Adam { beta1: 0.5, beta2: 0.9, epsilon: 0.1, weight_decay }, 1e-14);
        }
    }

    #[test]
    fn a_parameter_without_gradient_stays() {
        let (mut parameters, mut first, mut second) = ([0.5_f32; 3], [0.0; 3], [0.0; 3]);
        Adam::default().update(1, 0.1, &mut parameters, &[0.0; 3], [&mut first, &mut second]);
        assert_eq!(parameters, [0.5; 3]);
    }
}
