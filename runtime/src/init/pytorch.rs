//! What PyTorch's layers start at.

use rand::Rng;

use super::{Initializer, fill_uniform};
use crate::Scalar;

/// Even over `-limit..limit` with `limit = 1 / sqrt(fan_in)`: a variance of `1 / (3 fan_in)`.
///
/// What the weights of PyTorch's `Linear` and `Conv2d` start at, `kaiming_uniform_(a=sqrt(5))`; Glorot and Bengio 2010,
/// "Understanding the difficulty of training deep feedforward neural networks", formula 1, call it the common heuristic.
/// Each layer with a relu divides the variance by six, so deep networks without batch norm start with outputs and
/// gradients near zero. PyTorch draws biases from the same range; here they start at zero.
///
/// ```
/// use castnet::init::{Initializer, PyTorchUniform};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// PyTorchUniform.fill(&mut StdRng::seed_from_u64(1), &mut weights, 16, 4);
/// assert!(weights.iter().all(|weight| weight.abs() <= 0.25));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PyTorchUniform;

impl Initializer for PyTorchUniform {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], fan_in: usize, _fan_out: usize) {
        fill_uniform(rng, weights, 1.0 / Scalar::sqrt(fan_in as f64));
    }
}
