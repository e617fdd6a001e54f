//! From rows to columns, in squares of four that are transposed in registers.

use pulp::Simd;

use super::lanes::{Lanes, load};
use crate::Scalar;

/// Lanes of the widest vector there is: AVX-512 in `f32`.
pub(super) const MOST_LANES: usize = 16;

/// Side of a square: what fits in the smallest vector register, in `f32`.
const SQUARE: usize = 4;

/// `columns[lane][row] = rows[row * L + lane]`; zero beyond the last row, up to the end of its vector.
#[inline(always)]
pub(super) fn transpose<T: Scalar, S: Simd, const L: usize, const ROWS: usize>(
    simd: S,
    rows: &[T],
    columns: &mut [[T; ROWS]; L],
) {
    let count = rows.len() / L;
    let in_registers = const {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        lanes.is_multiple_of(SQUARE) && L.is_multiple_of(lanes)
    };
    let mut done = 0;
    if in_registers {
        for square in rows.chunks_exact(SQUARE * L) {
            transpose_rows::<T, S, L, ROWS>(simd, square, done, columns);
            done += SQUARE;
        }
    }
    for (row, values) in rows.chunks_exact(L).enumerate().skip(done) {
        for (column, &value) in columns.iter_mut().zip(values) {
            column[row] = value;
        }
    }
    if !count.is_multiple_of(MOST_LANES) {
        for column in columns {
            column[count..count.next_multiple_of(MOST_LANES)].fill(T::ZERO);
        }
    }
}

/// Writes four rows to the places from `first` on of every column.
#[inline(always)]
fn transpose_rows<T: Scalar, S: Simd, const L: usize, const ROWS: usize>(
    simd: S,
    rows: &[T],
    first: usize,
    columns: &mut [[T; ROWS]; L],
) {
    for lane in (0..L).step_by(T::lanes::<S>()) {
        let mut vectors = [T::splat(simd, T::ZERO); SQUARE];
        for r in 0..SQUARE {
            vectors[r] = load::<T, S>(&rows[r * L + lane..]);
        }
        let squares = T::transpose_squares(simd, vectors);
        for f in 0..SQUARE {
            let (values, _) = T::as_scalars::<S>(&squares[f..f + 1]).as_chunks::<SQUARE>();
            for (j, values) in values.iter().enumerate() {
                columns[lane + SQUARE * j + f][first..][..SQUARE].copy_from_slice(values);
            }
        }
    }
}

/// [`Lanes::transpose_squares`]; where a vector is one square, the four are one matrix.
#[inline(always)]
pub(super) fn squares_f32s<S: Simd>(simd: S, rows: [S::f32s; 4]) -> [S::f32s; 4] {
    simd.deinterleave_shfl_f32s(rows)
}

/// [`Lanes::transpose_squares`] lane by lane: networks in `f64` are checked rather than run.
#[inline(always)]
pub(super) fn squares_f64s<S: Simd>(_simd: S, rows: [S::f64s; 4]) -> [S::f64s; 4] {
    let mut columns = rows;
    let lanes = <f64 as Lanes>::lanes::<S>();
    let rows: &[f64] = bytemuck::cast_slice(&rows);
    let columns_flat: &mut [f64] = bytemuck::cast_slice_mut(&mut columns);
    for (index, value) in columns_flat.iter_mut().enumerate() {
        let (f, j, r) = (index / lanes, index % lanes / SQUARE, index % SQUARE);
        *value = rows[r * lanes + SQUARE * j + f];
    }
    columns
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Transpose<'a, T, const L: usize>(&'a [T], &'a mut [[T; 16]; L]);

    impl<T: Scalar, const L: usize> WithSimd for Transpose<'_, T, L> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            transpose::<T, S, L, 16>(simd, self.0, self.1);
        }
    }

    fn check<T: Scalar, const L: usize>(count: usize) {
        let rows: Vec<T> = (0..count * L).map(|index| T::from_f64(index as f64 + 1.0)).collect();
        let mut expected = [[T::ZERO; 16]; L];
        for (row, values) in rows.chunks_exact(L).enumerate() {
            for lane in 0..L {
                expected[lane][row] = values[lane];
            }
        }
        let used = count.next_multiple_of(MOST_LANES);
        let check = |run: &dyn Fn(Transpose<'_, T, L>)| {
            let mut columns = [[T::from_f64(-1.0); 16]; L];
            run(Transpose(&rows, &mut columns));
            for (column, expected) in columns.iter().zip(&expected) {
                assert_eq!(column[..used], expected[..used]);
            }
        };
        check(&|transpose| Arch::new().dispatch(transpose));
        check(&|transpose| pulp::Scalar::new().vectorize(transpose));
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            check(&|transpose| pulp::Simd::vectorize(simd, transpose));
        }
    }

    #[test]
    fn every_number_finds_its_place() {
        for count in [0, 1, 3, 4, 10, 16] {
            check::<f32, 8>(count);
            check::<f32, 16>(count);
            check::<f32, 32>(count);
            check::<f64, 8>(count);
            check::<f64, 16>(count);
        }
    }
}
