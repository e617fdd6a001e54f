//! A data set of any type behind one type.

use std::ops::Range;

use crate::Scalar;
use crate::data::Dataset;

/// A borrowed data set, so that options can hold one without a type parameter for it.
pub(super) struct AnyDataset<'a, T, Y>(Box<dyn Erased<T, Y> + 'a>);

/// What a trainer asks of a data set, callable without its type.
trait Erased<T, Y>: Sync {
    fn len(&self) -> usize;
    fn sample_shape(&self) -> &[usize];
    fn sample(&self, index: usize, input: &mut [T]) -> Y;
    fn in_memory(&self, index: usize) -> Option<(&[T], Y)>;
    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[T], &[Y])>;
}

/// References have a size, which what they point to (a slice) need not have.
struct Borrowed<'a, D: ?Sized>(&'a D);

impl<D: Dataset + ?Sized> Erased<D::Scalar, D::Target> for Borrowed<'_, D> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.0.sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [D::Scalar]) -> D::Target {
        self.0.sample(index, input)
    }

    fn in_memory(&self, index: usize) -> Option<(&[D::Scalar], D::Target)> {
        self.0.in_memory(index)
    }

    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[D::Scalar], &[D::Target])> {
        self.0.run_in_memory(samples)
    }
}

impl<'a, T, Y> AnyDataset<'a, T, Y> {
    pub fn new<D: Dataset<Scalar = T, Target = Y> + ?Sized>(data: &'a D) -> Self {
        Self(Box::new(Borrowed(data)))
    }
}

impl<T: Scalar, Y: Copy + Send + Sync + 'static> Dataset for AnyDataset<'_, T, Y> {
    type Scalar = T;
    type Target = Y;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.0.sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [T]) -> Y {
        self.0.sample(index, input)
    }

    fn in_memory(&self, index: usize) -> Option<(&[T], Y)> {
        self.0.in_memory(index)
    }

    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[T], &[Y])> {
        self.0.run_in_memory(samples)
    }
}
