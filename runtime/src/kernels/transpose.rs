//! From rows to columns, eight rows at a time.

// The one loop that writes before anything reads: see `Columns`.
#![allow(unsafe_code)]

use core::mem::MaybeUninit;

use pulp::Simd;

use crate::Scalar;
#[cfg(target_arch = "x86_64")]
use crate::simd::dispatch::avx2_of;

/// Rows that are transposed together: as many as fit in a register of AVX2, in `f32`.
pub(crate) const OCTET: usize = 8;

/// Columns that are transposed together: as many as fit in the smallest vector register, in `f32`.
const SQUARE: usize = 4;

/// Calls `write` with the number of each column of eight rows, and the column. All rows have one length.
#[inline(always)]
pub(crate) fn transpose_octet<T: Scalar, S: Simd>(
    simd: S,
    mut rows: [&[T]; OCTET],
    mut write: impl FnMut(usize, &[T; OCTET]),
) {
    let len = rows[0].len();
    for row in &mut rows {
        *row = &row[..len];
    }
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = avx2_of(simd).filter(|_| size_of::<T>() == size_of::<f32>()) {
        while done + SQUARE <= len {
            write_columns(&columns_of_f32s(simd, &rows, done), done, &mut write);
            done += SQUARE;
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = simd;
    while done + SQUARE <= len {
        write_columns(&columns::<T, SQUARE>(&rows, done), done, &mut write);
        done += SQUARE;
    }
    for place in done..len {
        write_columns(&columns::<T, 1>(&rows, place), place, &mut write);
    }
}

#[inline(always)]
fn write_columns<T, const COLUMNS: usize>(
    columns: &[[T; OCTET]; COLUMNS],
    first: usize,
    mut write: impl FnMut(usize, &[T; OCTET]),
) {
    for place in 0..COLUMNS {
        write(first + place, &columns[place]);
    }
}

/// The columns of eight rows from `first` on, number by number: the compiler finds the shuffles of NEON and SSE2.
#[inline(always)]
fn columns<T: Scalar, const COLUMNS: usize>(rows: &[&[T]; OCTET], first: usize) -> [[T; OCTET]; COLUMNS] {
    let mut columns = [[T::ZERO; OCTET]; COLUMNS];
    for r in 0..OCTET {
        let row = &rows[r][first..first + COLUMNS];
        for c in 0..COLUMNS {
            columns[c][r] = row[c];
        }
    }
    columns
}

/// The columns of eight rows of `f32` from `first` on.
///
/// Halves are brought together as they are loaded, which leaves two shuffles for each register.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn columns_of_f32s<T: Scalar>(simd: pulp::x86::V3, rows: &[&[T]; OCTET], first: usize) -> [[T; OCTET]; SQUARE] {
    use core::arch::x86_64::__m256;
    let mut halves = [simd.avx._mm256_setzero_ps(); SQUARE];
    for r in 0..SQUARE {
        let low: [T; SQUARE] = *rows[r][first..].first_chunk().expect("a square is left");
        let high: [T; SQUARE] = *rows[r + SQUARE][first..].first_chunk().expect("a square is left");
        let low = simd.avx._mm256_castps128_ps256(bytemuck::cast(low));
        halves[r] = simd.avx._mm256_insertf128_ps::<1>(low, bytemuck::cast(high));
    }
    let [a, b, c, d] = halves;
    let (ab, cd) = (simd.avx._mm256_unpacklo_ps(a, b), simd.avx._mm256_unpacklo_ps(c, d));
    let (ab_high, cd_high) = (simd.avx._mm256_unpackhi_ps(a, b), simd.avx._mm256_unpackhi_ps(c, d));
    let columns: [__m256; SQUARE] = [
        simd.avx._mm256_shuffle_ps::<0x44>(ab, cd),
        simd.avx._mm256_shuffle_ps::<0xee>(ab, cd),
        simd.avx._mm256_shuffle_ps::<0x44>(ab_high, cd_high),
        simd.avx._mm256_shuffle_ps::<0xee>(ab_high, cd_high),
    ];
    bytemuck::cast(columns)
}

/// Room for `ROWS` numbers of each of `L` lanes, not written yet.
///
/// A column that lies across two cache lines would be loaded twice. To zero all first would take as long as the
/// transposition itself: 28 of 109 ns of the weight gradient of dense 4 to 32.
#[repr(align(64))]
pub(crate) struct Columns<T, const L: usize, const ROWS: usize>([[MaybeUninit<T>; ROWS]; L]);

impl<T: Scalar, const L: usize, const ROWS: usize> Columns<T, L, ROWS> {
    /// Room that nothing has been written to.
    #[inline(always)]
    pub const fn new() -> Self {
        const { assert!(ROWS.is_multiple_of(OCTET)) }
        Self([[MaybeUninit::uninit(); ROWS]; L])
    }

    /// `columns[lane][row] = rows[row * L + lane]` of up to `ROWS` rows; zero beyond the last.
    #[inline(always)]
    pub fn transpose<S: Simd>(&mut self, simd: S, rows: &[T]) -> &[[T; ROWS]; L] {
        let (octets, rest) = rows.as_chunks::<L>().0.as_chunks::<OCTET>();
        let mut rows: [&[T]; OCTET] = [&[]; OCTET];
        for (octet, first) in octets.iter().zip((0..ROWS).step_by(OCTET)) {
            for r in 0..OCTET {
                rows[r] = &octet[r];
            }
            self.write_octet(simd, rows, first);
        }
        let mut written = octets.len() * OCTET;
        if !rest.is_empty() {
            let zeros = [T::ZERO; L];
            for r in 0..OCTET {
                rows[r] = rest.get(r).unwrap_or(&zeros);
            }
            self.write_octet(simd, rows, written);
            written += OCTET;
        }
        for column in &mut self.0 {
            column[written..].fill(MaybeUninit::new(T::ZERO));
        }
        let columns: *const [[MaybeUninit<T>; ROWS]; L] = &self.0;
        // SAFETY: `MaybeUninit<T>` has the layout of `T`, and all of it is written: of every column the first `written`
        // numbers by `write_octet`, octet by octet, and the rest just above.
        unsafe { &*columns.cast::<[[T; ROWS]; L]>() }
    }

    /// Writes eight rows to the places from `first` on of all columns.
    #[inline(always)]
    fn write_octet<S: Simd>(&mut self, simd: S, rows: [&[T]; OCTET], first: usize) {
        transpose_octet(
            simd,
            rows,
            #[inline(always)]
            |lane, column| {
                self.0[lane][first..][..OCTET].write_copy_of_slice(column);
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Transpose<'a, T, const L: usize>(&'a [T], &'a mut [[T; 16]; L]);

    impl<T: Scalar, const L: usize> WithSimd for Transpose<'_, T, L> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            *self.1 = *Columns::new().transpose(simd, self.0);
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
        let check = |run: &dyn Fn(Transpose<'_, T, L>)| {
            let mut columns = [[T::from_f64(-1.0); 16]; L];
            run(Transpose(&rows, &mut columns));
            assert_eq!(columns, expected);
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
        for count in [0, 1, 3, 4, 8, 10, 16] {
            check::<f32, 3>(count);
            check::<f32, 8>(count);
            check::<f32, 16>(count);
            check::<f32, 32>(count);
            check::<f64, 8>(count);
            check::<f64, 16>(count);
        }
    }
}
