//! The few loops that do all the arithmetic.
//!
//! A kernel takes flat slices. Of a lane group, feature `i` is `slice[i * L..][..L]`; of a weight, `slice[input * OUT +
//! output]` (column-major, as nalgebra stores it). Kernels are generic over the instruction set `S` and are entered
//! through [`pulp::Simd::vectorize`], which compiles everything that is inlined into it for the registers of that set.
//!
//! Products are tiled for registers: a tile is `R` rows (outputs, filters or channels, one broadcast weight each) by `V`
//! vectors of lanes, in a convolution of `C` columns, its sums in up to three quarters of the registers. That is enough to
//! hide the latency of a multiply-add (4 or 5 cycles, two per cycle) and leaves registers for the operands.

// A tile's arrays are walked side by side, by one index.
#![allow(clippy::needless_range_loop)]

pub(crate) mod batch_norm;
pub(crate) mod convolution;
pub(crate) mod dense;
pub(crate) mod dispatch;
pub(crate) mod each;
pub mod lanes;
pub(crate) mod pooling;
mod reciprocal;
pub(crate) mod samples;
mod single;
mod sums;
mod transcendental;
pub(crate) mod transpose;

use lanes::{Lanes, load, store, zip_in_place};
use pulp::Simd;

use crate::Scalar;
use crate::layers::Activation;

/// What a gradient in a layer's input is multiplied with before it is written: the derivative of the activation that made
/// the input.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a, T, A> {
    /// The layer's input: what the activation made.
    pub values: &'a [T],
    /// It; [`Identity`](crate::layers::Identity) for none.
    pub activation: A,
}

impl<T: Scalar, A: Activation<T>> Source<'_, T, A> {
    /// Writes what `sums`, the gradient in the values from `place` on, comes to in what those were made of.
    #[inline(always)]
    fn store<S: Simd, const V: usize>(&self, simd: S, gradient: &mut [T], place: usize, sums: &[T::Vector<S>; V]) {
        let width = V * T::lanes::<S>();
        let (values, gradient) = (&self.values[place..][..width], &mut gradient[place..][..width]);
        for v in 0..V {
            let start = v * T::lanes::<S>();
            let value = load::<T, S>(&values[start..]);
            store::<T, S>(&mut gradient[start..], self.activation.gradient::<S>(simd, value, sums[v]));
        }
    }

    /// Makes the gradient in all values that in what those were made of.
    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, gradient: &mut [T]) {
        zip_in_place(
            simd,
            gradient,
            self.values,
            #[inline(always)]
            |dy, y| self.activation.gradient::<S>(simd, y, dy),
        );
    }
}

/// A number of turns that the compiler does not know.
///
/// A short loop over a tile that it does know is unrolled whole; the broadcast weights of one row, now neighbours in the
/// code, are then loaded as vectors and taken apart again, at a third of the speed (dense 32 to 32, input gradient: 755
/// against 290 ns).
#[inline(always)]
pub(crate) fn opaque(turns: usize) -> usize {
    // What it is at most the compiler may know: it then leaves out checks of bounds.
    std::hint::black_box(turns).min(turns)
}

/// Whether the lanes of a group fill whole vectors of the instruction set.
pub(crate) const fn fills<T: Lanes, S: Simd>(lanes: usize) -> bool {
    lanes.is_multiple_of(size_of::<T::Vector<S>>() / size_of::<T>())
}

/// How many vectors of a lane group a tile takes at once: two where the group is made of pairs, else one.
pub(crate) const fn tile_vectors<T: Lanes, S: Simd>(lanes: usize) -> usize {
    if fills::<T, S>(lanes / 2) && lanes.is_multiple_of(2) { 2 } else { 1 }
}

/// The most rows of a tile.
const MOST_ROWS: usize = 16;

/// How many of `count` rows a tile takes at once, so that tiles of `vectors` vectors cost least in all.
///
/// A step of a tile is a multiply-add per accumulator, but no less than the 8 that are under way at any time, and half of
/// one per operand to load. The last tile overlaps the one before it when the rows do not divide `count`.
pub(crate) const fn tile_rows<S: Simd>(count: usize, vectors: usize) -> usize {
    let accumulators = S::REGISTER_COUNT * 3 / 4;
    let (mut best, mut best_cost, mut rows) = (1, usize::MAX, 1);
    while rows <= MOST_ROWS && rows * vectors <= accumulators && rows <= count {
        let products = if rows * vectors < 8 { 8 } else { rows * vectors };
        let cost = count.div_ceil(rows) * (2 * products + rows + vectors);
        if cost <= best_cost {
            (best, best_cost) = (rows, cost);
        }
        rows += 1;
    }
    best
}

/// Calls a function with a constant as its number of rows, and another as its number of vectors.
///
/// A chain of constant conditions, because the compiler instantiates nothing behind one that is false; the arms of a
/// `match` it would all instantiate.
macro_rules! with_tile {
    ($rows:expr, $vectors:expr, |$R:ident, $V:ident| $call:expr) => {
        with_tile!(@ $rows, $vectors, $R, $V, $call;
            (1, 1) (2, 1) (3, 1) (4, 1) (5, 1) (6, 1) (7, 1) (8, 1) (9, 1) (10, 1) (11, 1) (12, 1)
            (13, 1) (14, 1) (15, 1) (16, 1) (1, 2) (2, 2) (3, 2) (4, 2) (5, 2) (6, 2) (7, 2) (8, 2) (9, 2) (10, 2)
            (11, 2) (12, 2))
    };
    (@ $rows:expr, $vectors:expr, $R:ident, $V:ident, $call:expr; $(($rows_value:literal, $vectors_value:literal))*) => {
        $(if const { $rows == $rows_value && $vectors == $vectors_value } {
            const $R: usize = $rows_value;
            const $V: usize = $vectors_value;
            $call
        } else)* {
            unreachable!()
        }
    };
}
pub(crate) use with_tile;

/// Evaluates a call of a lane kernel for the instruction set `S`, or one lane at a time where the lanes of a group do
/// not fill its vectors.
macro_rules! in_lanes {
    ($T:ty, $S:ident, $L:expr, $simd:ident => $call:expr) => {
        if const { $crate::kernels::fills::<$T, $S>($L) } {
            $crate::kernels::dispatch::vectorize(
                $simd,
                #[inline(always)]
                || $call,
            )
        } else {
            type $S = pulp::Scalar;
            let $simd = pulp::Scalar::new();
            $call
        }
    };
}
pub(crate) use in_lanes;

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::tile_rows;

    #[test]
    fn tiles_divide_where_they_can() {
        // Of 16 registers, 12.
        assert_eq!(tile_rows::<Scalar>(6, 2), 6);
        assert_eq!(tile_rows::<Scalar>(16, 2), 4);
        assert_eq!(tile_rows::<Scalar>(10, 2), 5);
        assert_eq!(tile_rows::<Scalar>(120, 2), 6);
        assert_eq!(tile_rows::<Scalar>(1, 2), 1);
        assert_eq!(tile_rows::<Scalar>(16, 1), 8);
    }

    #[test]
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    fn more_registers_hold_larger_tiles() {
        assert_eq!(tile_rows::<pulp::x86::V4>(16, 1), 16);
        assert_eq!(tile_rows::<pulp::x86::V4>(120, 1), 15);
        assert_eq!(tile_rows::<pulp::x86::V4>(120, 2), 12);
    }
}
