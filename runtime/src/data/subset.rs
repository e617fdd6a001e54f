//! A part of a data set.

use core::ops::Range;

use super::{Dataset, Draw};
use crate::Error;

/// A run of consecutive samples of a data set, which is a data set of its own; its samples are counted from 0.
///
/// ```
/// use castnet::data::{Dataset, Subset};
///
/// let data = [([0.0_f32], 0), ([1.0], 1), ([2.0], 2)];
/// let middle = Subset::new(&data[..], 1..2)?;
/// assert_eq!(middle.len(), 1);
/// assert_eq!(middle.sample(0, &mut [0.0]), 1);
/// assert!(Subset::new(&data[..], 1..5).is_err());
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Debug)]
pub struct Subset<'a, D: ?Sized> {
    data: &'a D,
    range: Range<usize>,
}

impl<'a, D: Dataset + ?Sized> Subset<'a, D> {
    /// The samples of `data` whose numbers are in `range`.
    ///
    /// # Errors
    ///
    /// [`Error::SampleRange`] if `range` ends before it starts, or after the last sample.
    pub fn new(data: &'a D, range: Range<usize>) -> Result<Self, Error> {
        let samples = data.len();
        if range.start > range.end || range.end > samples {
            return Err(Error::SampleRange { start: range.start, end: range.end, samples });
        }
        Ok(Self { data, range })
    }
}

impl<D: ?Sized> Clone for Subset<'_, D> {
    fn clone(&self) -> Self {
        Self { data: self.data, range: self.range.clone() }
    }
}

impl<D: Dataset + ?Sized> Dataset for Subset<'_, D> {
    type Scalar = D::Scalar;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.range.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.data.sample_shape()
    }

    fn is_quick(&self) -> bool {
        self.data.is_quick()
    }

    fn sample(&self, index: usize, input: &mut [D::Scalar]) -> D::Target {
        assert!(index < self.len(), "sample {index} of {}", self.len());
        self.data.sample(self.range.start + index, input)
    }

    fn draw_sample(&self, index: usize, draw: Draw, input: &mut [D::Scalar]) -> Option<D::Target> {
        assert!(index < self.len(), "sample {index} of {}", self.len());
        self.data.draw_sample(self.range.start + index, draw, input)
    }

    fn in_memory(&self, index: usize) -> Option<(&[D::Scalar], D::Target)> {
        assert!(index < self.len(), "sample {index} of {}", self.len());
        self.data.in_memory(self.range.start + index)
    }

    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[D::Scalar], &[D::Target])> {
        assert!(samples.end <= self.len(), "samples {samples:?} of {}", self.len());
        self.data.run_in_memory(self.range.start + samples.start..self.range.start + samples.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;

    const INPUTS: [[f32; 1]; 4] = [[0.0], [0.1], [0.2], [0.3]];

    fn data() -> Samples<'static, f32, [f32; 1], usize> {
        Samples::new(&INPUTS, &[0, 1, 2, 3]).unwrap()
    }

    #[test]
    fn the_two_parts_are_the_whole() {
        let data = data();
        let (first, last) = data.split_at(3).unwrap();
        assert_eq!((first.len(), last.len()), (3, 1));
        assert_eq!(first.sample_shape(), [1]);
        let mut input = [0.0];
        assert_eq!(first.sample(2, &mut input), 2);
        assert_eq!(last.sample(0, &mut input), 3);
        assert_eq!(input, [0.3]);
        assert_eq!(last.run_in_memory(0..1), Some((&[0.3][..], &[3][..])));
        assert_eq!(first.clone().split_at(1).unwrap().1.sample(0, &mut input), 1);
        assert!(last.split_at(0).unwrap().0.is_empty());
    }

    #[test]
    #[should_panic(expected = "sample 1 of 1")]
    fn no_sample_is_reached_beyond_the_part() {
        data().split_at(1).unwrap().0.sample(1, &mut [0.0]);
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges)] // One of the errors.
    fn a_part_is_not_larger_than_the_whole() {
        let error = data().split_at(5).unwrap_err();
        assert!(error.to_string().starts_with("samples 0..5 were asked for, but there are 4"), "{error}");
        for range in [3..2, 5..5, 0..usize::MAX] {
            let error = Subset::new(&data(), range.clone()).unwrap_err();
            assert_eq!(error, Error::SampleRange { start: range.start, end: range.end, samples: 4 });
        }
    }
}
