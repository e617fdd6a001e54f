//! Slices in memory as data sets.

use core::marker::PhantomData;
use core::ops::Range;

use bytemuck::Pod;

use super::Dataset;
use crate::{Error, Scalar};

/// Two slices of equal length as a data set: inputs (arrays of numbers), and their targets.
///
/// ```
/// use castnet::data::{Dataset, Samples};
///
/// let inputs = [[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = [0_usize, 1, 1, 0];
/// let data = Samples::new(&inputs, &xor)?;
/// assert_eq!(data.sample(2, &mut [0.0; 2]), 1);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Debug)]
pub struct Samples<'a, T, I, Y> {
    inputs: &'a [I],
    targets: &'a [Y],
    scalar: PhantomData<T>,
}

impl<'a, T: Scalar, I: Pod + Sync + AsRef<[T]>, Y: Copy + Send + Sync + 'static> Samples<'a, T, I, Y> {
    /// The samples `inputs[0]` with `targets[0]`, and so on.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] if there are more of the one than of the other.
    pub fn new(inputs: &'a [I], targets: &'a [Y]) -> Result<Self, Error> {
        if inputs.len() != targets.len() {
            return Err(Error::LengthMismatch { inputs: inputs.len(), targets: targets.len() });
        }
        Ok(Self { inputs, targets, scalar: PhantomData })
    }
}

impl<T, I, Y> Clone for Samples<'_, T, I, Y> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, I, Y> Copy for Samples<'_, T, I, Y> {}

impl<T: Scalar, I: Pod + Sync + AsRef<[T]>, Y: Copy + Send + Sync + 'static> Dataset for Samples<'_, T, I, Y> {
    type Scalar = T;
    type Target = Y;

    fn len(&self) -> usize {
        self.inputs.len()
    }

    fn sample_shape(&self) -> &[usize] {
        const { &[size_of::<I>() / size_of::<T>()] }
    }

    fn sample(&self, index: usize, input: &mut [T]) -> Y {
        input.copy_from_slice(self.inputs[index].as_ref());
        self.targets[index]
    }

    fn in_memory(&self, index: usize) -> Option<(&[T], Y)> {
        Some((self.inputs[index].as_ref(), self.targets[index]))
    }

    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[T], &[Y])> {
        Some((bytemuck::cast_slice(&self.inputs[samples.clone()]), &self.targets[samples]))
    }
}

/// What stands for one sample in memory: an array of numbers, or the struct that `network!` makes of several inputs.
pub trait Sample: Pod + Sync + AsRef<[Self::Scalar]> {
    /// The number type.
    type Scalar: Scalar;
}

/// Tokens as a network takes them, which are numbers of its scalar.
///
/// ```
/// assert_eq!(castnet::data::tokens::<f32, 3>([7, 0, 12]), [7.0, 0.0, 12.0]);
/// ```
pub fn tokens<T: Scalar, const LENGTH: usize>(tokens: [u32; LENGTH]) -> [T; LENGTH] {
    tokens.map(|token| T::from_f64(f64::from(token)))
}

impl<T: Scalar, const FEATURES: usize> Sample for [T; FEATURES] {
    type Scalar = T;
}

/// Pairs of an input and its target.
impl<I: Sample, Y: Copy + Send + Sync + 'static> Dataset for [(I, Y)] {
    type Scalar = I::Scalar;
    type Target = Y;

    fn len(&self) -> usize {
        <[_]>::len(self)
    }

    fn sample_shape(&self) -> &[usize] {
        const { &[size_of::<I>() / size_of::<I::Scalar>()] }
    }

    fn sample(&self, index: usize, input: &mut [I::Scalar]) -> Y {
        let (features, target) = &self[index];
        input.copy_from_slice(features.as_ref());
        *target
    }

    fn in_memory(&self, index: usize) -> Option<(&[I::Scalar], Y)> {
        let (features, target) = &self[index];
        Some((features.as_ref(), *target))
    }
}

/// A vector of pairs is the data set that its slice is.
#[cfg(feature = "alloc")]
impl<P: Sync> Dataset for alloc::vec::Vec<P>
where
    [P]: Dataset,
{
    type Scalar = <[P] as Dataset>::Scalar;
    type Target = <[P] as Dataset>::Target;

    fn len(&self) -> usize {
        alloc::vec::Vec::len(self)
    }

    fn sample_shape(&self) -> &[usize] {
        self[..].sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [Self::Scalar]) -> Self::Target {
        self[..].sample(index, input)
    }

    fn in_memory(&self, index: usize) -> Option<(&[Self::Scalar], Self::Target)> {
        self[..].in_memory(index)
    }
}

/// An array of pairs is the data set that its slice is.
impl<P: Sync, const SAMPLES: usize> Dataset for [P; SAMPLES]
where
    [P]: Dataset,
{
    type Scalar = <[P] as Dataset>::Scalar;
    type Target = <[P] as Dataset>::Target;

    fn len(&self) -> usize {
        SAMPLES
    }

    fn sample_shape(&self) -> &[usize] {
        self[..].sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [Self::Scalar]) -> Self::Target {
        self[..].sample(index, input)
    }

    fn in_memory(&self, index: usize) -> Option<(&[Self::Scalar], Self::Target)> {
        self[..].in_memory(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_and_pairs_hold_the_same_samples() {
        let pairs = [([1.0_f64, 2.0], [0.5]), ([3.0, 4.0], [0.25])];
        let data = Samples::new(&[[1.0_f64, 2.0], [3.0, 4.0]], &[[0.5], [0.25]]).unwrap();
        assert_eq!((data.len(), data.sample_shape()), (2, &[2][..]));
        assert_eq!((Dataset::len(&pairs[..]), pairs[..].sample_shape()), (2, &[2][..]));
        for index in 0..2 {
            let (mut one, mut other) = ([0.0; 2], [0.0; 2]);
            assert_eq!(data.sample(index, &mut one), pairs[..].sample(index, &mut other));
            assert_eq!(one, other);
            assert_eq!(data.in_memory(index), pairs[..].in_memory(index));
            assert_eq!(data.in_memory(index).unwrap().0, one);
        }
        assert_eq!(data.run_in_memory(0..2), Some((&[1.0, 2.0, 3.0, 4.0][..], &[[0.5], [0.25]][..])));
        assert_eq!(data.run_in_memory(1..2), Some((&[3.0, 4.0][..], &[[0.25]][..])));
        assert_eq!(pairs[..].run_in_memory(0..2), None, "targets lie between the inputs");
    }

    #[test]
    fn vectors_and_arrays_are_the_data_sets_that_their_slices_are() {
        fn ones(data: &(impl Dataset<Scalar = f32, Target = usize> + ?Sized)) -> Vec<(f32, usize)> {
            assert_eq!(data.sample_shape(), [1]);
            let sample = |index| {
                let mut input = [0.0];
                let target = data.sample(index, &mut input);
                (input[0], target)
            };
            (0..data.len()).map(sample).collect()
        }
        let array = [([1.0_f32], 3_usize), ([2.0], 4)];
        assert_eq!(ones(&array), [(1.0, 3), (2.0, 4)]);
        assert_eq!(ones(&array[..]), ones(&array));
        assert_eq!(ones(&array.to_vec()), ones(&array));
    }

    #[test]
    fn slices_of_unequal_length_are_an_error() {
        let error = Samples::new(&[[1.0_f32], [2.0]], &[0_usize, 1, 2]).unwrap_err();
        assert!(matches!(error, Error::LengthMismatch { inputs: 2, targets: 3 }));
        assert!(error.to_string().contains("2 inputs came with 3 targets"));
    }
}
