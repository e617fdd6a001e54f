//! The gradient of a convolution in its input.

use pulp::Simd;

use crate::Scalar;
use crate::kernels::dense::add_products;
use crate::kernels::{Source, in_lanes, opaque, tile_rows, tile_vectors, with_tile};
use crate::layers::Activation;
use crate::layers::geometry::{Conv2dGeometry, conv_axes};

/// `input_gradient[c, oh * stride + kh - padding, ..] += weight[f, c, kh, kw] * output_gradient[f, oh, ow]`, from zero.
///
/// What reaches a position is summed up in a tile of channels, and written once, times the derivative of the activation
/// that the input comes from.
#[inline(always)]
pub(crate) fn input_gradient<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    source: Source<'_, T, A>,
    input_gradient: &mut [T],
) {
    in_lanes!(T, S, L, simd => {
        with_tile!(tile_rows::<S>(G::INPUT[0], tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
            gather_positions::<T, S, A, G, L, R, V>(simd, weight, output_gradient, source, input_gradient)
        })
    });
}

#[inline(always)]
fn gather_positions<
    T: Scalar,
    S: Simd,
    A: Activation<T>,
    G: Conv2dGeometry,
    const L: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    source: Source<'_, T, A>,
    input_gradient: &mut [T],
) {
    let [channels, height, width] = G::INPUT;
    let lanes = V * T::lanes::<S>();
    for row in 0..height {
        let mut column = 0;
        while column < width {
            let at_once = if can_take_columns::<G>(R * V, column) { COLUMNS } else { 1 };
            for first in (0..channels).step_by(R).map(|first| first.min(channels - R)) {
                for lane in (0..L).step_by(lanes) {
                    let (gradients, position) = (&output_gradient[lane..], [first, row, column]);
                    let mut store = |column: usize, sums: &[[T::Vector<S>; V]; R]| {
                        for r in 0..R {
                            let place = ((first + r) * height + row) * width + column;
                            source.store::<S, V>(simd, input_gradient, place * L + lane, &sums[r]);
                        }
                    };
                    if const { R * V < 4 } && at_once == COLUMNS {
                        let sums = gather_columns::<T, S, G, L, R, V>(simd, weight, gradients, position);
                        for c in 0..COLUMNS {
                            store(column + c, &sums[c]);
                        }
                    } else {
                        store(column, &gather_position::<T, S, G, L, R, V>(simd, weight, gradients, position));
                    }
                }
            }
            column += at_once;
        }
    }
}

/// Neighbouring columns that a tile takes at once.
const COLUMNS: usize = 4;

/// Whether [`COLUMNS`] from `column` on are all under every tap of the kernel, and a tile of `sums` leaves registers for
/// them: a multiply-add takes four cycles, and the sums of one column would wait for themselves.
const fn can_take_columns<G: Conv2dGeometry>(sums: usize, column: usize) -> bool {
    let [_, columns] = conv_axes::<G>();
    let place = column + columns.before;
    sums < 4 && columns.stride == 1 && place + 1 >= G::KERNEL[1] && place + COLUMNS <= columns.output
}

/// [`gather_position`] for [`COLUMNS`] at once.
#[inline(always)]
fn gather_columns<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    [first, row, column]: [usize; 3],
) -> [[[T::Vector<S>; V]; R]; COLUMNS] {
    let ([rows, columns], [_, kernel]) = (const { conv_axes::<G>() }, G::KERNEL);
    let (channel, lanes) = (const { G::KERNEL[0] * G::KERNEL[1] * G::FILTERS }, V * T::lanes::<S>());
    let weight = &weight[first * channel..][..R * channel];
    let (first_row, end_row) = rows.covering(row);
    let first_column = column + columns.before + 1 - kernel;
    let mut sums = [[[T::splat(simd, T::ZERO); V]; R]; COLUMNS];
    for filter in 0..opaque(G::FILTERS).min(G::FILTERS) {
        for output_row in first_row..end_row {
            let kh = row + rows.before - output_row * rows.stride;
            let place = ((filter * rows.output + output_row) * columns.output + first_column) * L;
            let gradients = &output_gradient[place..][..(kernel + COLUMNS - 2) * L + lanes];
            let taps = &weight[kh * kernel * G::FILTERS + filter..];
            let taps = &taps[..(R - 1) * channel + (kernel - 1) * G::FILTERS + 1];
            for kw in 0..kernel {
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = taps[r * channel + kw * G::FILTERS];
                }
                for c in 0..COLUMNS {
                    let place = (kernel - 1 - kw + c) * L;
                    add_products::<T, S, R, V>(simd, &weights, &gradients[place..place + lanes], &mut sums[c]);
                }
            }
        }
    }
    sums
}

/// The gradient in `R` channels of one input position, over all windows that cover it.
#[inline(always)]
fn gather_position<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    [first, row, column]: [usize; 3],
) -> [[T::Vector<S>; V]; R] {
    let [rows, columns] = const { conv_axes::<G>() };
    let channel = const { G::KERNEL[0] * G::KERNEL[1] * G::FILTERS };
    let weight = &weight[first * channel..][..R * channel];
    let (first_row, end_row) = rows.covering(row);
    let (first_column, end_column) = columns.covering(column);
    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
    for filter in 0..opaque(G::FILTERS).min(G::FILTERS) {
        for output_row in first_row..end_row {
            let kh = row + rows.before - output_row * rows.stride;
            let place = ((filter * rows.output + output_row) * columns.output) * L;
            for output_column in first_column..end_column {
                let kw = column + columns.before - output_column * columns.stride;
                let tap = (kh * G::KERNEL[1] + kw) * G::FILTERS + filter;
                let gradients = &output_gradient[place + output_column * L..][..V * T::lanes::<S>()];
                // All checks of bounds come first: one after the loads would keep them from being part of the products.
                let tap_weights = &weight[tap..][..(R - 1) * channel + 1];
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = tap_weights[r * channel];
                }
                add_products::<T, S, R, V>(simd, &weights, gradients, &mut sums);
            }
        }
    }
    sums
}
