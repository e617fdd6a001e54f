//! Tiles: how many rows and vectors a loop keeps in registers, and what it does with them.

use pulp::Simd;

use crate::simd::Scalar;
use crate::simd::lanes::{Lanes, load};
use crate::simd::places::{at, from};

/// A number of turns that the compiler does not know.
///
/// A short loop over a tile that it does know is unrolled whole; the broadcast weights of one row, now neighbours in the
/// code, are then loaded as vectors and taken apart again, at a third of the speed (dense 32 to 32, input gradient: 755
/// against 290 ns).
#[inline(always)]
pub(crate) fn opaque(turns: usize) -> usize {
    // What it is at most the compiler may know: it then leaves out checks of bounds.
    core::hint::black_box(turns).min(turns)
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
        if const { $crate::kernels::tile::fills::<$T, $S>($L) } {
            $crate::simd::dispatch::vectorize(
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

/// `sums[r][v] += weights[r] * vectors[v]`.
#[inline(always)]
pub(crate) fn add_products<T: Scalar, S: Simd, const R: usize, const V: usize>(
    simd: S,
    weights: &[T],
    vectors: &[T],
    sums: &mut [[T::Vector<S>; V]; R],
) {
    let vectors = load_vectors::<T, S, V>(simd, vectors);
    for r in 0..R {
        let weight = T::splat(simd, at(weights, r));
        for v in 0..V {
            sums[r][v] = T::mul_add_lanes(simd, weight, vectors[v], sums[r][v]);
        }
    }
}

/// `V` vectors from the start of `source`.
#[inline(always)]
pub(crate) fn load_vectors<T: Scalar, S: Simd, const V: usize>(simd: S, source: &[T]) -> [T::Vector<S>; V] {
    let mut vectors = [T::splat(simd, T::ZERO); V];
    for v in 0..V {
        vectors[v] = load::<T, S>(from(source, v * T::lanes::<S>()));
    }
    vectors
}

/// `sums[i] +=` the sum over `values[i * len..][..len]`: a feature's lanes, or a channel's positions and lanes.
#[inline(always)]
pub(crate) fn add_feature_sums<T: Scalar, S: Simd>(simd: S, len: usize, values: &[T], sums: &mut [T]) {
    for (feature, sum) in values.chunks_exact(len).zip(sums) {
        let (vectors, rest) = T::vectors::<S>(feature);
        let mut total = T::partial_load(simd, rest);
        // An addition takes four cycles, and one can start in each half: eight sums keep a core from waiting.
        let (eights, vectors) = vectors.as_chunks::<8>();
        if let Some((first, eights)) = eights.split_first() {
            let mut sums = *first;
            for eight in eights {
                for chain in 0..8 {
                    sums[chain] = T::add_lanes(simd, sums[chain], eight[chain]);
                }
            }
            for sum in sums {
                total = T::add_lanes(simd, total, sum);
            }
        }
        for &vector in vectors {
            total = T::add_lanes(simd, total, vector);
        }
        *sum += T::sum_lanes(simd, total);
    }
}

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
