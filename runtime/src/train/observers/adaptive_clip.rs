//! Gradients that are not longer than a part of the weights.

use super::{Observer, StepReport};
use crate::{Error, Network, Order, ParameterKind, Role, Scalar, Segment};

/// Adaptive gradient clipping: scales the gradient of each unit down to a part of the unit's own weights.
///
/// With the weights `w` of a unit (a row of a matrix, a filter; of biases and other vectors the whole segment), their
/// gradient `g` and Euclidean norms:
///
/// ```text
/// g = g * most / |g|                where |g| > most = factor * max(|w|, epsilon)
/// ```
///
/// A step of learning rate `r` changes no unit by more than `r * factor` of itself then, which lets deep networks without
/// batch norm learn from large batches. Brock et al. 2021, "High-Performance Large-Scale Image Recognition Without
/// Normalization", equation 3, which spares the last layer.
///
/// ```
/// use castnet::train::observers::AdaptiveClip;
/// use castnet::prelude::*;
///
/// network! {
///     struct Line {
///         input: [2],
///         dense(1),
///     }
/// }
///
/// let mut line = castnet::bytemuck::zeroed_box::<Line>();
/// line.parameters_mut().copy_from_slice(&[3.0, 4.0, 0.0]);
/// let mut gradient = castnet::bytemuck::zeroed_box::<Line>();
/// gradient.parameters_mut().copy_from_slice(&[0.0, 2.0, 0.0005]);
/// AdaptiveClip { factor: 0.1, ..AdaptiveClip::default() }.clip(&*line, &mut *gradient);
/// assert_eq!(gradient.parameters(), [0.0, 0.5, 0.0001]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveClip {
    /// How long a gradient may be, as a part of the weights; more than 0.
    pub factor: f64,
    /// The least norm that weights count as, so that those that start at zero can move; more than 0.
    pub epsilon: f64,
    /// The segments whose gradients stay as they are: `|segment| segment.name.starts_with("logits.")`.
    pub spares: fn(&Segment) -> bool,
}

/// The publication's: 0.01 and 0.001; no segment is spared.
impl Default for AdaptiveClip {
    fn default() -> Self {
        Self { factor: 0.01, epsilon: 0.001, spares: |_| false }
    }
}

impl AdaptiveClip {
    /// Scales the gradients of units of `network` down, where need be.
    pub fn clip<N: Network>(&self, network: &N, gradient: &mut N) {
        let moved = N::SEGMENTS.iter().filter(|segment| segment.role == Role::Trainable && !(self.spares)(segment));
        for segment in moved {
            let range = segment.offset..segment.offset + segment.len;
            let (weights, slopes) = (&network.parameters()[range.clone()], &mut gradient.parameters_mut()[range]);
            for unit in Unit::all(segment) {
                let most = self.factor * unit.norm(weights).max(self.epsilon);
                let factor = most / unit.norm(slopes);
                // Not if it is NaN.
                if factor < 1.0 {
                    for index in unit.places() {
                        slopes[index] = N::Scalar::from_f64(slopes[index].to_f64() * factor);
                    }
                }
            }
        }
    }
}

/// Where the numbers of a unit are in its segment.
#[derive(Clone, Copy)]
struct Unit {
    first: usize,
    step: usize,
    count: usize,
}

impl Unit {
    fn all(segment: &Segment) -> impl Iterator<Item = Self> {
        let is_matrix = segment.shape.len() > 1
            && matches!(segment.kind, ParameterKind::Weight | ParameterKind::Embedding)
            && segment.len > 0;
        let units = if is_matrix { segment.shape[0] } else { 1 };
        let count = segment.len / units;
        let (between, step) = if segment.order == Order::ColumnByColumn { (1, units) } else { (count, 1) };
        (0..units).map(move |unit| Self { first: unit * between, step, count })
    }

    fn places(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |index| self.first + index * self.step)
    }

    fn norm<T: Scalar>(self, numbers: &[T]) -> f64 {
        let in_units = |unit: f64| {
            let parts = self.places().map(|index| numbers[index].to_f64() / unit);
            Scalar::sqrt(parts.map(|part| part * part).sum::<f64>())
        };
        let norm = in_units(1.0);
        if norm.is_finite() {
            return norm;
        }
        // In a unit in which the squares are numbers.
        let largest = self.places().map(|index| Scalar::abs(numbers[index].to_f64())).fold(0.0, f64::max);
        largest * in_units(largest)
    }
}

impl<N: Network> Observer<N> for AdaptiveClip {
    /// # Errors
    ///
    /// [`Error::Setting`] if `factor` or `epsilon` is not more than 0.
    fn gradient(&mut self, _: &mut StepReport, network: &N, gradient: &mut N) -> Result<(), Error> {
        for (setting, value) in [("factor", self.factor), ("epsilon", self.epsilon)] {
            if value.is_nan() || value <= 0.0 {
                return Err(Error::Setting { setting, value, expected: "more than 0" });
            }
        }
        self.clip(network, gradient);
        Ok(())
    }
}
