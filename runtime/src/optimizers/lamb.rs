//! LAMB.

use pulp::{Simd, WithSimd};

use super::Rule;
use super::adam::{Adam, Moments};
use super::settings::{check_epsilon, check_kept, check_weight_decay};
use crate::kernels::each::norm;
use crate::simd::dispatch::dispatch;
use crate::{Error, ParameterKind, Scalar, Segment};

/// LAMB: Adam whose step in each layer is as long as the layer's weights, for large batches.
///
/// With the moments `m` and `v` of [`Adam`], parameters `p`, learning rate `r` and step `t` from 1, in each segment:
///
/// ```text
/// u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay * p
/// p = p - r * |p| / |u| * u
/// ```
///
/// with Euclidean norms over the segment. Where a norm is 0, and in segments that are neither weights nor embeddings, the
/// ratio `|p| / |u|` is 1: a bias starts at 0 and would hardly move. You et al. 2020, "Large Batch Optimization for Deep
/// Learning: Training BERT in 76 minutes", algorithm 2, with the identity as its function of the norm.
///
/// ```
/// use castnet::optimizers::{Lamb, Rule};
///
/// let (mut parameters, mut first, mut second) = ([3.0_f64, 4.0], [0.0; 2], [0.0; 2]);
/// Lamb { weight_decay: 0.0, ..Lamb::default() }.apply(1, 0.1, &mut parameters, [&mut first, &mut second], &[7.0, -0.2]);
/// // Adam's first step is (1, -1), of norm sqrt(2); that of the weights is 5.
/// let step = 0.1 * 5.0 / 2.0_f64.sqrt();
/// assert!((parameters[0] - (3.0 - step)).abs() < 1e-5 && (parameters[1] - (4.0 + step)).abs() < 1e-5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lamb {
    /// How much of the first moment is kept from step to step, from 0 to less than 1.
    pub beta1: f64,
    /// How much of the second moment is kept from step to step, from 0 to less than 1.
    pub beta2: f64,
    /// What keeps the denominator from zero, from 1e-20 on.
    pub epsilon: f64,
    /// How much of a parameter is part of the direction of a step, from 0 to 1.
    ///
    /// In a network it falls on [weights](crate::ParameterKind::Weight) only, unless a
    /// [`ParameterGroup`](super::ParameterGroup) says otherwise.
    pub weight_decay: f64,
}

/// The publication's: 0.9, 0.999, 1e-6, and a weight decay of 0.01.
impl Default for Lamb {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weight_decay: 0.01 }
    }
}

impl Lamb {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon, .. } = *self;
        Adam { beta1, beta2, epsilon, ..Adam::default() }
    }
}

/// As large as the norm of a segment can be, in multiples of its largest number: there is no memory for more.
pub(super) const LARGEST_NORM: f64 = (1_u64 << 20) as f64;

impl Rule for Lamb {
    type Slots<X> = [X; 2];
    type Factors<T: Scalar> = Factors<T>;
    const SLOTS: [&'static str; 2] = Adam::SLOTS;
    const DEFAULT_RATE: f64 = <Adam as Rule>::DEFAULT_RATE;
    const BY_SEGMENT: bool = true;

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
        // Steps of rate 1 until the norms are known.
        Factors { moments: Moments::new(&self.adam(), step, 1.0), minus_decay: T::from_f64(-decay), rate }
    }

    /// Moves the moments alone.
    #[inline(always)]
    fn update<T: Scalar, S: Simd>(
        simd: S,
        factors: &Factors<T>,
        parameter: T::Vector<S>,
        slots: [T::Vector<S>; 2],
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, [T::Vector<S>; 2]) {
        let mut slots = slots;
        factors.moments.track(simd, &mut slots, gradient);
        (parameter, slots)
    }

    fn update_segment<T: Scalar>(
        &self,
        segment: &Segment,
        factors: &Factors<T>,
        parameters: &mut [T],
        [first, second]: [&mut [T]; 2],
        gradient: &[T],
    ) {
        self.update_slices(factors, parameters, [&mut *first, &mut *second], gradient);
        let (first, second) = (&*first, &*second);
        let of_weights = norm(parameters);
        let of_step = Scalar::sqrt(dispatch::<1, _>(Step { factors, parameters, first, second, length: T::ZERO }));
        let is_scaled = matches!(segment.kind, ParameterKind::Weight | ParameterKind::Embedding);
        let ratio = if is_scaled && of_weights > 0.0 && of_step > 0.0 { of_weights / of_step } else { 1.0 };
        // The step has at most the weights' own norm; a factor that overflows would be of numbers that are next to zero.
        let length = T::from_f64((factors.rate * ratio).min(1e30));
        dispatch::<1, _>(Step { factors, parameters, first, second, length });
    }

    fn bounds_after(&self, rate: f64, decay: f64, gradient: f64, parameter: f64, slots: [f64; 2]) -> (f64, [f64; 2]) {
        if self.check_settings().is_err() {
            return (f64::INFINITY, slots);
        }
        let (step, slots) = self.adam().bounds(1.0, gradient, slots);
        let step = step + decay * parameter;
        let moved = parameter + rate * step.max(parameter * LARGEST_NORM);
        (moved.max(step), slots)
    }
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug)]
pub struct Factors<T> {
    moments: Moments<T>,
    minus_decay: T,
    rate: f64,
}

/// Moves parameters by `length` times the direction, and sums up its squares.
struct Step<'a, T> {
    factors: &'a Factors<T>,
    parameters: &'a mut [T],
    first: &'a [T],
    second: &'a [T],
    length: T,
}

impl<T: Scalar> WithSimd for Step<'_, T> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { factors: Factors { moments, minus_decay, .. }, parameters, first, second, length } = self;
        let [minus_decay, length] = [*minus_decay, length].map(|value| T::splat(simd, value));
        let (parameters, parameter_rest) = T::vectors_mut::<S>(parameters);
        let ((first, first_rest), (second, second_rest)) = (T::vectors::<S>(first), T::vectors::<S>(second));
        let mut squares = T::splat(simd, T::ZERO);
        for ((parameter, &first), &second) in parameters.iter_mut().zip(first).zip(second) {
            let direction = direction(simd, moments, minus_decay, *parameter, [first, second]);
            squares = T::mul_add_lanes(simd, direction, direction, squares);
            *parameter = T::mul_add_lanes(simd, length, direction, *parameter);
        }
        let [parameter, first, second] =
            [&*parameter_rest, first_rest, second_rest].map(|slice| T::partial_load(simd, slice));
        let direction = direction(simd, moments, minus_decay, parameter, [first, second]);
        squares = T::mul_add_lanes(simd, direction, direction, squares);
        T::partial_store(simd, parameter_rest, T::mul_add_lanes(simd, length, direction, parameter));
        T::sum_lanes(simd, squares).to_f64()
    }
}

/// Adam's step of rate 1, and the decay.
#[inline(always)]
fn direction<T: Scalar, S: Simd>(
    simd: S,
    moments: &Moments<T>,
    minus_decay: T::Vector<S>,
    parameter: T::Vector<S>,
    [first, second]: [T::Vector<S>; 2],
) -> T::Vector<S> {
    let [step, scale] = moments.step(simd, first, second);
    T::mul_add_lanes(simd, step, scale, T::mul_lanes(simd, minus_decay, parameter))
}
