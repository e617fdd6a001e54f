//! The iteration of Newton and Schulz towards an orthogonal matrix.

use pulp::{Simd, WithSimd};

use crate::Scalar;
use crate::kernels::each::norm;
use crate::simd::dispatch::dispatch;
use crate::simd::lanes::{map_in_place, zip_in_place};
use crate::simd::places::part_mut;

/// The coefficients of `x`, `(x x') x` and `(x x')^2 x`: a polynomial that is steep at 0 and stays about 1 from there on.
const COEFFICIENTS: [f64; 3] = [3.4445, -4.775, 2.0315];

/// How the iteration is done, and the memory for it: two squares of the shorter side, at least.
pub(super) struct Newton<'a, T> {
    /// Rows of the matrix, and no more than it has columns.
    pub short: usize,
    pub iterations: u32,
    pub gram: &'a mut [T],
    pub polynomial: &'a mut [T],
}

/// Makes a matrix, stored column by column, about orthogonal.
pub(super) fn orthogonalise<T: Scalar>(newton: Newton<'_, T>, matrix: &mut [T]) {
    let size = T::from_f64(norm(matrix).max(1e-7));
    matrix.iter_mut().for_each(|value| *value /= size);
    dispatch::<1, _>(Iterations { newton, matrix });
}

struct Iterations<'a, T> {
    newton: Newton<'a, T>,
    matrix: &'a mut [T],
}

impl<T: Scalar> WithSimd for Iterations<'_, T> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { newton: Newton { short, iterations, gram, polynomial }, matrix } = self;
        let room = (part_mut(gram, 0, short * short), part_mut(polynomial, 0, short * short));
        let (Some(gram), Some(polynomial)) = room else { return };
        if short == 0 {
            return;
        }
        let [linear, cubic, quintic] = COEFFICIENTS.map(T::from_f64);
        for _ in 0..iterations {
            gram.fill(T::ZERO);
            for column in matrix.chunks_exact(short) {
                add_products(simd, gram, column, column, T::ONE);
            }
            polynomial.copy_from_slice(gram);
            map_in_place(
                simd,
                polynomial,
                #[inline(always)]
                |value| T::mul_lanes(simd, T::splat(simd, cubic), value),
            );
            for column in gram.chunks_exact(short) {
                // It is symmetric: a column is a row.
                add_products(simd, polynomial, column, column, quintic);
            }
            let Some(new) = part_mut(gram, 0, short) else { return };
            for column in matrix.chunks_exact_mut(short) {
                for (new, &value) in new.iter_mut().zip(&*column) {
                    *new = linear * value;
                }
                for (&factor, of_polynomial) in column.iter().zip(polynomial.chunks_exact(short)) {
                    add_multiple(simd, new, factor, of_polynomial);
                }
                column.copy_from_slice(new);
            }
        }
    }
}

/// Adds `scale` times the product of every number of `left` with every one of `right` to a square.
#[inline(always)]
fn add_products<T: Scalar, S: Simd>(simd: S, square: &mut [T], left: &[T], right: &[T], scale: T) {
    for (column, &factor) in square.chunks_exact_mut(left.len()).zip(right) {
        add_multiple(simd, column, scale * factor, left);
    }
}

#[inline(always)]
fn add_multiple<T: Scalar, S: Simd>(simd: S, to: &mut [T], factor: T, of: &[T]) {
    let factor = T::splat(simd, factor);
    zip_in_place(
        simd,
        to,
        of,
        #[inline(always)]
        |to, of| T::mul_add_lanes(simd, factor, of, to),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_about_orthogonal() {
        let (short, long) = (5, 13);
        let mut matrix: Vec<f64> = (0..short * long).map(|index| f64::from(index * index % 17) - 8.0).collect();
        let (mut gram, mut polynomial) = (vec![0.0; 25], vec![0.0; 25]);
        let short = short as usize;
        orthogonalise(Newton { short, iterations: 12, gram: &mut gram, polynomial: &mut polynomial }, &mut matrix);
        for row in 0..short {
            for other in 0..short {
                let product: f64 = matrix.chunks_exact(short).map(|column| column[row] * column[other]).sum();
                // The polynomial lets singular values be from 0.68 to 1.21.
                let range = if row == other { 0.4..1.5 } else { -0.5..0.5 };
                assert!(range.contains(&product), "{row}, {other}: {product}");
            }
        }
    }
}
