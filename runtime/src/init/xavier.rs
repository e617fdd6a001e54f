//! Glorot's initialisations, for layers whose activation is close to linear around zero.

use rand::Rng;

use super::{Initializer, Normal, fill_uniform};
use crate::Scalar;

/// The variance that keeps both activations and gradients at their size from layer to layer, as far as one variance can
/// do both.
fn variance(fan_in: usize, fan_out: usize) -> f64 {
    2.0 / (fan_in + fan_out) as f64
}

/// Even over `-limit..limit` with `limit = sqrt(6 / (fan_in + fan_out))`: a variance of `2 / (fan_in + fan_out)`.
///
/// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", formula 16;
/// PyTorch's `xavier_uniform_`.
///
/// ```
/// use castnet::init::{Initializer, XavierUniform};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// XavierUniform.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() <= (6.0_f32 / 16.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct XavierUniform;

impl Initializer for XavierUniform {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, fan_out: usize) {
        fill_uniform(rng, weights, Scalar::sqrt(3.0 * variance(fan_in, fan_out)));
    }
}

/// Normal with mean 0 and variance `2 / (fan_in + fan_out)`.
///
/// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", formula 12;
/// PyTorch's `xavier_normal_`.
///
/// ```
/// use castnet::init::{Initializer, XavierNormal};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// XavierNormal.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() < 6.0 * (2.0_f32 / 16.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct XavierNormal;

impl Initializer for XavierNormal {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, fan_out: usize) {
        Normal { standard_deviation: Scalar::sqrt(variance(fan_in, fan_out)) }.fill(rng, weights, fan_in, fan_out);
    }
}
