//! Weights from a normal distribution of a given width.

use rand::{Rng, RngExt};

use super::Initializer;
use crate::Scalar;

/// Weights from the normal distribution with mean 0 and the given standard deviation, whatever the layer's size.
///
/// ```
/// use castnet::init::{Initializer, Normal};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let mut weights = [0.0_f32; 64];
/// Normal { standard_deviation: 0.01 }.fill(&mut StdRng::seed_from_u64(1), &mut weights, 8, 8);
/// assert!(weights.iter().all(|weight| weight.abs() < 0.06));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// The standard deviation; PyTorch's `std`.
    pub standard_deviation: f64,
}

impl Initializer for Normal {
    fn fill<T: Scalar, R: Rng + ?Sized>(&self, rng: &mut R, weights: &mut [T], _fan_in: usize, _fan_out: usize) {
        for pair in weights.chunks_mut(2) {
            for (weight, variate) in pair.iter_mut().zip(standard_normal_pair(rng)) {
                *weight = T::from_f64(self.standard_deviation * variate);
            }
        }
    }
}

/// Two independent variates of the standard normal distribution, by the polar method (Marsaglia and Bray 1964): a point
/// drawn evenly from the unit disc has an even direction, and a squared radius that is even in 0..1 and independent of
/// it.
fn standard_normal_pair<R: Rng + ?Sized>(rng: &mut R) -> [f64; 2] {
    loop {
        let x = 2.0 * rng.random::<f64>() - 1.0;
        let y = 2.0 * rng.random::<f64>() - 1.0;
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            let scale = Scalar::sqrt(-2.0 * Scalar::ln(square) / square);
            return [x * scale, y * scale];
        }
    }
}
