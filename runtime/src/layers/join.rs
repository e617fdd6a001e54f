//! Where branches of a network meet.

use core::ops::Range;

use pulp::Simd;

use crate::Scalar;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::zip_in_place;

/// `to += from`, number by number: the end of a residual block, and the gradient of a value that several layers read.
///
/// # Panics
///
/// If the slices have different lengths.
///
/// ```
/// let mut to = [1.0, 2.0, 3.0];
/// castnet::layers::add(castnet::pulp::Scalar::new(), &[0.5, 0.5, 0.5], &mut to);
/// assert_eq!(to, [1.5, 2.5, 3.5]);
/// ```
#[inline]
pub fn add<T: Scalar, S: Simd>(simd: S, from: &[T], to: &mut [T]) {
    assert_eq!(from.len(), to.len(), "branches that meet have one shape");
    vectorize(
        simd,
        #[inline(always)]
        || zip_in_place::<T, S>(simd, to, from, |to, from| T::add_lanes(simd, to, from)),
    );
}

/// [`add`] where both are parts of one slice: `values[to] += values[from]`. The gradients of two branches of a `concat` lie
/// side by side in that of its output.
///
/// # Panics
///
/// If the parts overlap, end behind the slice or have different lengths.
///
/// ```
/// let mut values = [1.0, 2.0, 0.5, 0.5];
/// castnet::layers::add_within(castnet::pulp::Scalar::new(), &mut values, 2..4, 0..2);
/// assert_eq!(values, [1.5, 2.5, 0.5, 0.5]);
/// ```
#[inline]
pub fn add_within<T: Scalar, S: Simd>(simd: S, values: &mut [T], from: Range<usize>, to: Range<usize>) {
    match values.get_disjoint_mut([from, to]) {
        Ok([from, to]) => add(simd, from, to),
        Err(problem) => panic!("two branches lie beside each other: {problem}"),
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Simd, WithSimd};

    use super::{add, add_within};

    struct Add(usize);

    impl WithSimd for Add {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let from: Vec<f32> = (0..self.0).map(|i| i as f32).collect();
            let mut to = vec![0.5; self.0];
            add(simd, &from, &mut to);
            assert!(to.iter().enumerate().all(|(i, &sum)| sum == i as f32 + 0.5));
        }
    }

    #[test]
    fn every_number_is_added_to() {
        for len in [0, 1, 7, 16, 33] {
            Arch::new().dispatch(Add(len));
            Arch::Scalar.dispatch(Add(len));
        }
    }

    #[test]
    fn either_part_can_stand_first() {
        let simd = pulp::Scalar::new();
        let mut values = [1.0, 2.0, 3.0, 4.0, 5.0];
        add_within(simd, &mut values, 0..2, 3..5);
        assert_eq!(values, [1.0, 2.0, 3.0, 5.0, 7.0]);
        add_within(simd, &mut values, 3..5, 1..3);
        assert_eq!(values, [1.0, 7.0, 10.0, 5.0, 7.0]);
    }

    #[test]
    #[should_panic(expected = "beside each other")]
    fn parts_that_overlap_are_a_bug() {
        add_within(pulp::Scalar::new(), &mut [1.0_f32; 4], 0..2, 1..3);
    }
}
