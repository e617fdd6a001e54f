//! Pointers to data sets, whose type may not be known.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::sync::Arc;
use core::ops::Range;

use super::{Dataset, Draw};

/// What the pointer points to answers for it.
macro_rules! answer_by_target {
    () => {
        type Scalar = D::Scalar;
        type Target = D::Target;

        fn len(&self) -> usize {
            (**self).len()
        }

        fn sample_shape(&self) -> &[usize] {
            (**self).sample_shape()
        }

        fn sample(&self, index: usize, input: &mut [D::Scalar]) -> D::Target {
            (**self).sample(index, input)
        }

        fn draw_sample(&self, index: usize, draw: Draw, input: &mut [D::Scalar]) -> Option<D::Target> {
            (**self).draw_sample(index, draw, input)
        }

        fn in_memory(&self, index: usize) -> Option<(&[D::Scalar], D::Target)> {
            (**self).in_memory(index)
        }

        fn is_quick(&self) -> bool {
            (**self).is_quick()
        }

        fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[D::Scalar], &[D::Target])> {
            (**self).run_in_memory(samples)
        }
    };
}

impl<D: Dataset + ?Sized> Dataset for &D {
    answer_by_target!();
}

#[cfg(feature = "alloc")]
impl<D: Dataset + ?Sized> Dataset for Box<D> {
    answer_by_target!();
}

/// Shared by all who train on it.
#[cfg(feature = "alloc")]
impl<D: Dataset + Send + ?Sized> Dataset for Arc<D> {
    answer_by_target!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Batch;

    type Any = dyn Dataset<Scalar = f32, Target = usize> + Send;

    #[test]
    fn pointers_give_the_samples_of_what_they_point_to() {
        let data = [([0.5_f32, 1.0], 3_usize), ([1.5, 2.0], 4)];
        let (boxed, shared): (Box<Any>, Arc<Any>) = (Box::new(data), Arc::new(data));
        let sets: [&dyn Dataset<Scalar = f32, Target = usize>; 4] = [&data, &boxed, &shared, &&data[..]];
        for set in sets {
            assert_eq!((set.len(), set.is_empty(), set.sample_shape()), (2, false, &[2][..]));
            assert_eq!(set.in_memory(1), Some((&[1.5, 2.0][..], 4)));
            let (mut lanes, mut targets) = ([0.0; 4], Vec::new());
            Batch::all(set).gather::<2>(0, &mut [0.0; 4], &mut lanes, &mut targets).unwrap();
            assert_eq!((lanes, &targets[..]), ([0.5, 1.5, 1.0, 2.0], &[3, 4][..]));
        }
        assert_eq!(boxed.split_at(1).unwrap().1.sample(0, &mut [0.0; 2]), 4);
    }
}
