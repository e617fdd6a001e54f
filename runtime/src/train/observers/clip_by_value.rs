//! Gradients whose numbers are not larger than they should be.

use super::{Observer, StepReport};
use crate::optimizers::trainable_runs;
use crate::{Error, Network, Scalar};

/// Puts every number of the gradient between `-value` and `value`: PyTorch's `clip_grad_value_`.
///
/// The direction of the gradient changes; [`ClipByNorm`](super::ClipByNorm) keeps it. What is NaN stays NaN, and the step
/// is an error.
///
/// ```
/// use castnet::train::observers::ClipByValue;
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
/// gradient.parameters_mut().copy_from_slice(&[-30.0, 0.5]);
/// ClipByValue { value: 1.0 }.clip(&mut *gradient);
/// assert_eq!(gradient.parameters(), [-1.0, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipByValue {
    /// The largest magnitude; more than 0.
    pub value: f64,
}

impl ClipByValue {
    /// Clips a gradient.
    pub fn clip<N: Network>(&self, gradient: &mut N) {
        let (least, most) = (N::Scalar::from_f64(-self.value), N::Scalar::from_f64(self.value));
        for run in trainable_runs::<N>() {
            for slope in &mut gradient.parameters_mut()[run] {
                // Neither holds for NaN.
                if *slope > most {
                    *slope = most;
                } else if *slope < least {
                    *slope = least;
                }
            }
        }
    }
}

impl<N: Network> Observer<N> for ClipByValue {
    /// # Errors
    ///
    /// [`Error::Setting`] if `value` is not more than 0.
    fn gradient(&mut self, _: &mut StepReport, _: &N, gradient: &mut N) -> Result<(), Error> {
        if self.value.is_nan() || self.value <= 0.0 {
            return Err(Error::Setting { setting: "value", value: self.value, expected: "more than 0" });
        }
        self.clip(gradient);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::testing::Affine;

    #[test]
    fn numbers_are_between_the_bounds() {
        let mut gradient = bytemuck::zeroed_box::<Affine<false>>();
        gradient.parameters_mut()[..7].copy_from_slice(&[-9.0, 9.0, 0.25, -0.25, f64::INFINITY, f64::NAN, 9.0]);
        ClipByValue { value: 0.5 }.clip(&mut *gradient);
        assert_eq!(gradient.parameters()[..5], [-0.5, 0.5, 0.25, -0.25, 0.5]);
        assert!(gradient.parameters()[5].is_nan());
        assert_eq!(gradient.parameters()[6], 9.0, "a frozen parameter has no gradient to clip");
    }
}
