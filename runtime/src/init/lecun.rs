//! LeCun's initialisations, which keep the variance of a layer's sums at that of its inputs.

use rand::Rng;

use super::{Initializer, Normal, fill_uniform};
use crate::Scalar;

/// The variance at which a weighted sum of independent inputs varies as much as each of them.
fn variance(fan_in: usize) -> f64 {
    1.0 / fan_in as f64
}

/// Even over `-limit..limit` with `limit = sqrt(3 / fan_in)`: a variance of `1 / fan_in`.
///
/// LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4.6, for the variance; JAX's and Keras's
/// `lecun_uniform`.
///
/// ```
/// use castnet::init::{Initializer, LecunUniform};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// LecunUniform.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() <= (3.0_f32 / 8.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LecunUniform;

impl Initializer for LecunUniform {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, _fan_out: usize) {
        fill_uniform(rng, weights, Scalar::sqrt(3.0 * variance(fan_in)));
    }
}

/// Normal with mean 0 and variance `1 / fan_in`.
///
/// LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4.6; what self-normalising networks start at
/// (Klambauer et al. 2017). JAX's and Keras's `lecun_normal` cut the distribution off at two standard deviations and
/// widen it for the same variance; this one has its tails.
///
/// ```
/// use castnet::init::{Initializer, LecunNormal};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// LecunNormal.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() < 6.0 * (1.0_f32 / 8.0).sqrt()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LecunNormal;

impl Initializer for LecunNormal {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, fan_out: usize) {
        Normal { standard_deviation: Scalar::sqrt(variance(fan_in)) }.fill(rng, weights, fan_in, fan_out);
    }
}
