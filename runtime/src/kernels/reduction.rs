//! What the values of a pooling window come to.

use pulp::Simd;

use crate::simd::Scalar;

/// What a window is reduced to.
pub(super) trait Reduction<T: Scalar> {
    /// Of two values of a window.
    fn combine(a: T, b: T) -> T;
    /// [`combine`](Reduction::combine) in every lane.
    fn combine_lanes<S: Simd>(simd: S, a: T::Vector<S>, b: T::Vector<S>) -> T::Vector<S>;
    /// From what `count` values combined come to.
    fn finish(combined: T, count: usize) -> T;
    /// [`finish`](Reduction::finish) in every lane.
    fn finish_lanes<S: Simd>(simd: S, combined: T::Vector<S>, count: usize) -> T::Vector<S>;
}

/// The largest; NaN if one of the values is, unless it is known that `NONE_IS_NAN`.
pub(super) struct Maximum<const NONE_IS_NAN: bool>;

impl<T: Scalar, const NONE_IS_NAN: bool> Reduction<T> for Maximum<NONE_IS_NAN> {
    #[inline(always)]
    fn combine(a: T, b: T) -> T {
        // `b` where either is NaN, so that only `a` is left to be looked at.
        let larger = if a > b { a } else { b };
        if !NONE_IS_NAN && a.is_nan() { a } else { larger }
    }
    #[inline(always)]
    fn combine_lanes<S: Simd>(simd: S, a: T::Vector<S>, b: T::Vector<S>) -> T::Vector<S> {
        let larger = T::max_lanes(simd, a, b);
        if NONE_IS_NAN { larger } else { T::select_equal(simd, a, a, larger, a) }
    }
    #[inline(always)]
    fn finish(combined: T, _count: usize) -> T {
        combined
    }
    #[inline(always)]
    fn finish_lanes<S: Simd>(_simd: S, combined: T::Vector<S>, _count: usize) -> T::Vector<S> {
        combined
    }
}

/// The arithmetic mean.
pub(super) struct Mean;

impl<T: Scalar> Reduction<T> for Mean {
    #[inline(always)]
    fn combine(a: T, b: T) -> T {
        a + b
    }
    #[inline(always)]
    fn combine_lanes<S: Simd>(simd: S, a: T::Vector<S>, b: T::Vector<S>) -> T::Vector<S> {
        T::add_lanes(simd, a, b)
    }
    #[inline(always)]
    fn finish(combined: T, count: usize) -> T {
        combined * share(count)
    }
    #[inline(always)]
    fn finish_lanes<S: Simd>(simd: S, combined: T::Vector<S>, count: usize) -> T::Vector<S> {
        T::mul_lanes(simd, combined, T::splat(simd, share(count)))
    }
}

/// One over the size of a window.
#[inline(always)]
pub(super) fn share<T: Scalar>(count: usize) -> T {
    T::ONE / T::from_f64(count as f64)
}
