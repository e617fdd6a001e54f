//! He's initialisations, for layers that a rectifier follows.

use rand::Rng;

use super::{Initializer, Normal, fill_uniform};
use crate::Scalar;

/// The variance that keeps activations at their size from layer to layer when a rectifier sets half of them to zero.
fn variance(fan_in: usize) -> f64 {
    2.0 / fan_in as f64
}

/// Even over `-limit..limit` with `limit = sqrt(6 / fan_in)`: a variance of `2 / fan_in`.
///
/// He, Zhang, Ren and Sun 2015, "Delving Deep into Rectifiers", formula 10; PyTorch's `kaiming_uniform_` with
/// `nonlinearity="relu"`.
///
/// ```
/// use castnet::init::{HeUniform, Initializer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// HeUniform.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() <= (6.0_f32 / 8.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeUniform;

impl Initializer for HeUniform {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, _fan_out: usize) {
        fill_uniform(rng, weights, Scalar::sqrt(3.0 * variance(fan_in)));
    }
}

/// Normal with mean 0 and variance `2 / fan_in`.
///
/// He, Zhang, Ren and Sun 2015, "Delving Deep into Rectifiers", formula 10; PyTorch's `kaiming_normal_` with
/// `nonlinearity="relu"`.
///
/// ```
/// use castnet::init::{HeNormal, Initializer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// HeNormal.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() < 6.0 * (2.0_f32 / 8.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeNormal;

impl Initializer for HeNormal {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, fan_out: usize) {
        Normal { standard_deviation: Scalar::sqrt(variance(fan_in)) }.fill(rng, weights, fan_in, fan_out);
    }
}
