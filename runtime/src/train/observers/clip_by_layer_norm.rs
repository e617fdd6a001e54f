//! Gradients that are not longer than they should be, layer by layer.

use super::clip_by_norm::{check_norm, norm_of};
use super::{Observer, StepReport};
use crate::{Error, Network, Role, Scalar, Segment};

/// Scales the gradient of each layer whose norm is larger than `norm` down to it: [`ClipByNorm`](super::ClipByNorm) for each
/// layer by itself.
///
/// A layer is what has one name in the declaration, its weights and biases together. One layer whose gradient explodes
/// leaves the steps of the others as they are; the direction of the whole gradient changes. PyTorch's `clip_grad_norm_` of
/// each `layer.parameters()`, without the `1e-6` that it adds to the norm.
///
/// ```
/// use castnet::train::observers::ClipByLayerNorm;
/// use castnet::prelude::*;
///
/// network! {
///     struct Two {
///         input: [1],
///         first: dense(1),
///         second: dense(1),
///     }
/// }
///
/// let mut gradient = castnet::bytemuck::zeroed_box::<Two>();
/// gradient.parameters_mut().copy_from_slice(&[30.0, 40.0, 0.3, 0.4]);
/// ClipByLayerNorm { norm: 5.0 }.clip(&mut *gradient);
/// assert_eq!(gradient.parameters(), [3.0, 4.0, 0.3, 0.4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipByLayerNorm {
    /// The largest norm; more than 0.
    pub norm: f64,
}

/// The name of the layer that a segment belongs to.
fn layer(segment: &Segment) -> &str {
    segment.name.rsplit_once('.').map_or(segment.name, |(layer, _)| layer)
}

impl ClipByLayerNorm {
    /// Scales the gradients of layers down, where need be.
    pub fn clip<N: Network>(&self, gradient: &mut N) {
        for segments in N::SEGMENTS.chunk_by(|one, other| layer(one) == layer(other)) {
            let trainable = || segments.iter().filter(|segment| segment.role == Role::Trainable);
            let numbers = gradient.parameters();
            let (unit, norm) = norm_of(|| trainable().map(|segment| &numbers[segment.offset..][..segment.len]));
            let factor = self.norm / unit / norm;
            // Not if it is NaN.
            if factor < 1.0 {
                for segment in trainable() {
                    let slopes = &mut gradient.parameters_mut()[segment.offset..][..segment.len];
                    slopes.iter_mut().for_each(|slope| *slope = N::Scalar::from_f64(slope.to_f64() * factor));
                }
            }
        }
    }
}

impl<N: Network> Observer<N> for ClipByLayerNorm {
    /// # Errors
    ///
    /// [`Error::Setting`] if `norm` is not more than 0.
    fn gradient(&mut self, _: &mut StepReport, _: &N, gradient: &mut N) -> Result<(), Error> {
        check_norm(self.norm)?;
        self.clip(gradient);
        Ok(())
    }
}
