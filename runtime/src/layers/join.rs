//! Where branches of a network meet.

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

#[cfg(test)]
mod tests {
    use pulp::{Arch, Simd, WithSimd};

    use super::add;

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
}
