//! Samples that count more than others.

use super::{Dataset, Draw};
use crate::Error;

/// A data set with a weight for each sample, made by [`Dataset::weighted`]: its targets are pairs, `(target, weight)`.
#[derive(Clone, Copy, Debug)]
pub struct Weighted<'a, D: ?Sized> {
    data: &'a D,
    weights: &'a [f64],
}

impl<'a, D: Dataset + ?Sized> Weighted<'a, D> {
    /// The samples of `data`, with a weight for each.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] if there are more of the one than of the other.
    pub fn new(data: &'a D, weights: &'a [f64]) -> Result<Self, Error> {
        if data.len() != weights.len() {
            return Err(Error::LengthMismatch { inputs: data.len(), targets: weights.len() });
        }
        Ok(Self { data, weights })
    }
}

impl<D: Dataset + ?Sized> Dataset for Weighted<'_, D> {
    type Scalar = D::Scalar;
    type Target = (D::Target, f64);

    fn len(&self) -> usize {
        self.weights.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.data.sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [D::Scalar]) -> Self::Target {
        (self.data.sample(index, input), self.weights[index])
    }

    fn draw_sample(&self, index: usize, draw: Draw, input: &mut [D::Scalar]) -> Option<Self::Target> {
        Some((self.data.draw_sample(index, draw, input)?, self.weights[index]))
    }

    fn in_memory(&self, index: usize) -> Option<(&[D::Scalar], Self::Target)> {
        let (numbers, target) = self.data.in_memory(index)?;
        Some((numbers, (target, self.weights[index])))
    }

    fn is_quick(&self) -> bool {
        self.data.is_quick()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_for_each_sample_or_an_error() {
        let data = [([1.0_f32], 3_usize), ([2.0], 4)];
        let weighted = data.weighted(&[0.5, 2.0]).unwrap();
        assert_eq!((weighted.len(), weighted.sample_shape(), weighted.is_quick()), (2, &[1][..], true));
        assert_eq!(weighted.sample(1, &mut [0.0]), (4, 2.0));
        assert_eq!(weighted.in_memory(0), Some((&[1.0][..], (3, 0.5))));
        assert_eq!(weighted.draw_sample(0, Draw::new(1, 2), &mut [0.0]), None);
        assert_eq!(data.weighted(&[1.0]).unwrap_err(), Error::LengthMismatch { inputs: 2, targets: 1 });
    }
}
