//! Gradients that are not longer than they should be.

use super::{Observer, StepReport};
use crate::kernels::each::{largest_magnitude, sum_of_squares};
use crate::optimizers::trainable_runs;
use crate::{Error, Network, Scalar};

/// Scales a gradient whose norm is larger than `norm` down to it; its direction stays.
///
/// With the Euclidean norm `|g|` over all trainable parameters: `g * norm / |g|` where `|g| > norm`. Pascanu, Mikolov and
/// Bengio 2013, "On the difficulty of training recurrent neural networks", algorithm 1; PyTorch's `clip_grad_norm_`
/// without the `1e-6` that it adds to the norm. A gradient that is not finite stays so, and its step is an error.
///
/// ```
/// use castnet::train::observers::ClipByNorm;
/// use castnet::prelude::*;
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let mut gradient = castnet::bytemuck::zeroed_box::<Line>();
/// gradient.parameters_mut().copy_from_slice(&[30.0, 40.0]);
/// ClipByNorm { norm: 5.0 }.clip(&mut *gradient);
/// assert_eq!(gradient.parameters(), [3.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipByNorm {
    /// The largest norm; more than 0.
    pub norm: f64,
}

impl ClipByNorm {
    /// Scales a gradient down, if need be.
    pub fn clip<N: Network>(&self, gradient: &mut N) {
        let numbers = gradient.parameters();
        let (unit, norm) = norm_of(|| trainable_runs::<N>().map(|run| &numbers[run]));
        let factor = self.norm / unit / norm;
        // Not if it is NaN.
        if factor < 1.0 {
            for run in trainable_runs::<N>() {
                let slopes = gradient.parameters_mut()[run].iter_mut();
                slopes.for_each(|slope| *slope = N::Scalar::from_f64(slope.to_f64() * factor));
            }
        }
    }
}

/// The norm of slices together, in a unit in which its square is a number; NaN if a number is not finite.
pub(super) fn norm_of<'a, T: Scalar, I: Iterator<Item = &'a [T]>>(slices: impl Fn() -> I) -> (f64, f64) {
    let squares: f64 = slices().map(sum_of_squares).sum();
    if squares.is_finite() {
        return (1.0, Scalar::sqrt(squares));
    }
    let largest = slices().map(largest_magnitude).fold(0.0, f64::max);
    let squares: f64 = slices().flatten().map(|slope| slope.to_f64() / largest).map(|part| part * part).sum();
    (largest, Scalar::sqrt(squares))
}

/// Checks what a norm is clipped to.
pub(super) fn check_norm(norm: f64) -> Result<(), Error> {
    let is_right = norm > 0.0;
    if is_right { Ok(()) } else { Err(Error::Setting { setting: "norm", value: norm, expected: "more than 0" }) }
}

impl<N: Network> Observer<N> for ClipByNorm {
    /// # Errors
    ///
    /// [`Error::Setting`] if `norm` is not more than 0.
    fn gradient(&mut self, _: &mut StepReport, _: &N, gradient: &mut N) -> Result<(), Error> {
        check_norm(self.norm)?;
        self.clip(gradient);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::testing::Affine;

    /// A gradient of `value` in the trainable parameters, clipped to `norm`: of which eight are trainable.
    fn clipped(value: f64, norm: f64) -> f64 {
        let mut gradient = bytemuck::zeroed_box::<Affine<false>>();
        gradient.parameters_mut().fill(value);
        ClipByNorm { norm }.clip(&mut *gradient);
        let numbers = gradient.parameters();
        assert!(numbers[..6].iter().chain(&numbers[9..11]).all(|number| number.to_bits() == numbers[0].to_bits()));
        // Frozen parameters and statistics have no gradient to clip.
        assert_eq!(numbers[6].to_bits(), value.to_bits());
        numbers[0]
    }

    #[test]
    fn the_norm_is_at_most_the_one_that_is_set() {
        assert!((clipped(-10.0, 2.0) + 2.0 / 8.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(clipped(0.5, 2.0), 0.5);
        assert_eq!(clipped(0.0, 2.0), 0.0);
        // Whose squares are no numbers.
        assert!((clipped(1e200, 2.0) - 2.0 / 8.0_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        assert!(clipped(f64::NAN, 1.0).is_nan());
        assert_eq!(clipped(f64::INFINITY, 1.0), f64::INFINITY);
    }
}
