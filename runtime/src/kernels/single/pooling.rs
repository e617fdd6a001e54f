//! Pooling of one sample.
//!
//! The rows of a window lie side by side, so they are combined a vector at a time; the columns of the one row that is left
//! follow number by number.

use pulp::Simd;

use crate::Scalar;
use crate::kernels::geometry::{Pool2dGeometry, pool_axes};
use crate::kernels::reduction::Reduction;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
use crate::simd::dispatch::half_of;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{load, store};
use crate::simd::places::{at, from, from_mut, part, part_mut};

/// Numbers of a row that are combined at once, on the stack.
const ROW: usize = 256;

/// Whether windows are narrow enough for [`reduce`].
pub(in crate::kernels) const fn can_reduce<G: Pool2dGeometry>() -> bool {
    G::KERNEL[1] <= ROW
}

/// `output` = what each window of one sample comes to.
#[inline(always)]
pub(in crate::kernels) fn reduce<T: Scalar, S: Simd, G: Pool2dGeometry, R: Reduction<T>>(
    simd: S,
    input: &[T],
    output: &mut [T],
) {
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    if let Some(simd) = half_of(simd).filter(|_| G::INPUT[2] < T::lanes::<S>()) {
        return vectorize(
            simd,
            #[inline(always)]
            || reduce_rows::<T, _, G, R>(simd, input, output),
        );
    }
    vectorize(
        simd,
        #[inline(always)]
        || reduce_rows::<T, S, G, R>(simd, input, output),
    );
}

#[inline(always)]
fn reduce_rows<T: Scalar, S: Simd, G: Pool2dGeometry, R: Reduction<T>>(simd: S, input: &[T], output: &mut [T]) {
    let [rows, columns] = const { pool_axes::<G>() };
    let ([channels, height, width], [_, kernel], [row_stride, stride]) = (G::INPUT, G::KERNEL, G::STRIDE);
    // Saturating, because constants are computed behind conditions that are false, too.
    let windows = const { 1 + ROW.saturating_sub(G::KERNEL[1]) / G::STRIDE[1] };
    let mut combined = [T::ZERO; ROW];
    for channel in 0..channels {
        for row in 0..rows.output {
            let source = from(input, (channel * height + row * row_stride) * width);
            let place = (channel * rows.output + row) * columns.output;
            let Some(target) = part_mut(output, place, columns.output) else { return };
            for (target, first) in target.chunks_mut(windows).zip((0..).step_by(windows)) {
                let Some(combined) = part_mut(&mut combined, 0, (target.len() - 1) * stride + kernel) else { return };
                combine_rows::<T, S, G, R>(simd, from(source, first * stride), combined);
                for (column, target) in target.iter_mut().enumerate() {
                    let Some(window) = part(combined, column * stride, kernel) else { return };
                    let mut result = window[0];
                    for x in 1..kernel {
                        result = R::combine(result, window[x]);
                    }
                    *target = R::finish(result, G::KERNEL[0] * kernel);
                }
            }
        }
    }
}

/// `combined[x]` = what the numbers of column `x` come to, over the rows of a window.
#[inline(always)]
fn combine_rows<T: Scalar, S: Simd, G: Pool2dGeometry, R: Reduction<T>>(simd: S, rows: &[T], combined: &mut [T]) {
    let (width, lanes, len) = (G::INPUT[2], T::lanes::<S>(), combined.len());
    if len < lanes {
        for (x, target) in combined.iter_mut().enumerate() {
            *target = at(rows, x);
            for y in 1..G::KERNEL[0] {
                *target = R::combine(*target, at(rows, y * width + x));
            }
        }
        return;
    }
    for x in (0..len).step_by(lanes).map(|x| x.min(len - lanes)) {
        let mut vector = load::<T, S>(from(rows, x));
        for y in 1..G::KERNEL[0] {
            vector = R::combine_lanes(simd, vector, load::<T, S>(from(rows, y * width + x)));
        }
        store::<T, S>(from_mut(combined, x), vector);
    }
}
