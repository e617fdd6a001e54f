//! How weights start.
//!
//! A layer names its initialisation in the declaration: `dense(10, init = xavier_normal)`. Without one, a
//! layer behind which no other has weights starts at [`PyTorchUniform`], any other at [`XavierNormal`]: the rule that
//! served best on small tables and MNIST, among those that learn at any depth (`docs/initialisation.md` has the figures).
//! Biases start at zero.

mod he;
mod lecun;
mod normal;
mod pytorch;
mod xavier;

use rand::{Rng, RngExt};

pub use he::{HeNormal, HeUniform};
pub use lecun::{LecunNormal, LecunUniform};
pub use normal::Normal;
pub use pytorch::PyTorchUniform;
pub use xavier::{XavierNormal, XavierUniform};

use crate::Scalar;

/// A distribution that a layer's weights are drawn from.
///
/// The same generator gives the same weights, up to rounding, for `f32` and `f64`.
///
/// ```
/// use castnet::init::{HeNormal, Initializer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 120 * 256];
/// HeNormal.fill(&mut StdRng::seed_from_u64(1), &mut weights, 256, 120);
/// let mean_square = weights.iter().map(|weight| weight * weight).sum::<f32>() / weights.len() as f32;
/// assert!((mean_square * 256.0 - 2.0).abs() < 0.05);
/// ```
pub trait Initializer {
    /// Overwrites `weights`. One output of the layer depends on `fan_in` inputs, one input has a part in `fan_out`
    /// outputs; of a convolution both count the kernel: channels times its height times its width.
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, fan_out: usize);
}

/// All weights zero.
///
/// Neurons that start alike stay alike, so this serves a last layer at most.
///
/// ```
/// use castnet::init::{Initializer, Zeros};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [1.0_f64; 4];
/// Zeros.fill(&mut StdRng::seed_from_u64(1), &mut weights, 2, 2);
/// assert_eq!(weights, [0.0; 4]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zeros;

impl Initializer for Zeros {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, _rng: &mut R, weights: &mut [T], _fan_in: usize, _fan_out: usize) {
        weights.fill(T::ZERO);
    }
}

/// Draws every weight evenly from `-limit..limit`.
fn fill_uniform<T: Scalar, R: Rng + ?Sized>(rng: &mut R, weights: &mut [T], limit: f64) {
    for weight in weights {
        *weight = T::from_f64(limit * (2.0 * rng.random::<f64>() - 1.0));
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const FAN_IN: usize = 300;
    const FAN_OUT: usize = 200;

    fn drawn<T: Scalar>(initializer: &impl Initializer) -> Vec<T> {
        let mut weights = vec![T::ONE; FAN_IN * FAN_OUT];
        initializer.fill(&mut StdRng::seed_from_u64(7), &mut weights, FAN_IN, FAN_OUT);
        weights
    }

    fn mean_of_power(weights: &[f64], power: i32) -> f64 {
        weights.iter().map(|weight| weight.powi(power)).sum::<f64>() / weights.len() as f64
    }

    /// Mean, variance and kurtosis of 60,000 draws; the bounds are five standard errors or more.
    fn has_moments(initializer: &impl Initializer, variance: f64, kurtosis: f64) {
        let weights = drawn::<f64>(initializer);
        let second = mean_of_power(&weights, 2);
        assert!(mean_of_power(&weights, 1).abs() < 5.0 * (variance / weights.len() as f64).sqrt());
        assert!((second / variance - 1.0).abs() < 0.03, "variance {second}, expected {variance}");
        assert!((mean_of_power(&weights, 4) / (second * second) / kurtosis - 1.0).abs() < 0.05);
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        const UNIFORM: f64 = 1.8;
        const GAUSSIAN: f64 = 3.0;
        has_moments(&Normal { standard_deviation: 0.01 }, 1e-4, GAUSSIAN);
        has_moments(&XavierUniform, 2.0 / 500.0, UNIFORM);
        has_moments(&XavierNormal, 2.0 / 500.0, GAUSSIAN);
        has_moments(&HeUniform, 2.0 / 300.0, UNIFORM);
        has_moments(&HeNormal, 2.0 / 300.0, GAUSSIAN);
        has_moments(&LecunUniform, 1.0 / 300.0, UNIFORM);
        has_moments(&LecunNormal, 1.0 / 300.0, GAUSSIAN);
        has_moments(&PyTorchUniform, 1.0 / 900.0, UNIFORM);
    }

    #[test]
    fn uniform_draws_stay_within_their_limit() {
        fn stays_within(initializer: &impl Initializer, limit: f64) {
            let largest = drawn::<f64>(initializer).iter().fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
            assert!((0.999 * limit..=limit).contains(&largest), "{largest}, expected {limit}");
        }
        stays_within(&XavierUniform, (6.0_f64 / 500.0).sqrt());
        stays_within(&HeUniform, (6.0_f64 / 300.0).sqrt());
        stays_within(&LecunUniform, (3.0_f64 / 300.0).sqrt());
        stays_within(&PyTorchUniform, 1.0 / 300.0_f64.sqrt());
    }

    #[test]
    fn both_scalars_get_the_same_weights() {
        for (single, double) in drawn::<f32>(&HeNormal).iter().zip(drawn::<f64>(&HeNormal)) {
            assert_eq!(*single, double as f32);
        }
    }

    #[test]
    fn an_odd_number_of_weights_is_filled_to_the_last() {
        let mut weights = [0.0_f64; 7];
        XavierNormal.fill(&mut StdRng::seed_from_u64(7), &mut weights, 7, 1);
        assert!(weights.iter().all(|&weight| weight != 0.0));
    }
}
