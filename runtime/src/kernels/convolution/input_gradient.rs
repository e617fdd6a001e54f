//! The gradient of a convolution in its input.

use pulp::Simd;

use super::{columns_at_once, rows_at_once, with_columns};
use crate::Scalar;
use crate::kernels::geometry::{Conv2dGeometry, conv_axes};
use crate::kernels::tile::{add_products, in_lanes, opaque, tile_vectors, with_tile};
use crate::kernels::{Activation, Before};
use crate::simd::places::{from, part};

/// `input_gradient[c, oh * stride + kh * dilation - padding, ..] += weight[f, c, kh, kw] * output_gradient[f, oh, ow]`,
/// from zero.
///
/// What reaches a position is summed up in a tile of channels, and written once, times the derivative of the activation
/// that the input comes from.
#[inline]
pub(crate) fn input_gradient<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    before: Before<'_, T, A>,
    input_gradient: &mut [T],
) {
    in_lanes!(T, S, L, simd => {
        with_tile!(rows_at_once::<T, S>(G::INPUT[0], L), tile_vectors::<T, S>(L), |R, V| {
            gather_positions::<T, S, A, G, L, R, V>(simd, weight, output_gradient, before, input_gradient)
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
    before: Before<'_, T, A>,
    input_gradient: &mut [T],
) {
    let ([_, height, width], [_, columns]) = (G::INPUT, const { conv_axes::<G>() });
    let at_once = const { columns_at_once(R, V) };
    for row in 0..height {
        let mut column = 0;
        while column < width {
            if at_once > 1 && can_take_columns::<G>(column, at_once) {
                for column in column..column + columns.stride {
                    let position = [row, column];
                    with_columns!(R, V, |C| {
                        gather::<T, S, A, G, L, C, R, V>(
                            simd,
                            weight,
                            output_gradient,
                            before,
                            input_gradient,
                            position,
                        )
                    });
                }
                column += at_once * columns.stride;
            } else {
                let position = [row, column];
                gather::<T, S, A, G, L, 1, R, V>(simd, weight, output_gradient, before, input_gradient, position);
                column += 1;
            }
        }
    }
}

/// Whether `count` strides of columns from `column` on are all under every tap of the kernel that may reach them. Columns
/// that are a stride apart have the same taps.
const fn can_take_columns<G: Conv2dGeometry>(column: usize, count: usize) -> bool {
    let [_, columns] = const { conv_axes::<G>() };
    let (first, end) = (column + columns.before, column + columns.before + count * columns.stride);
    let last_window = (end - 1) / columns.stride;
    first + 1 >= columns.extent() && last_window < columns.output && column + count * columns.stride <= columns.input
}

/// All channels at `C` positions of a row, a stride apart.
#[inline(always)]
fn gather<
    T: Scalar,
    S: Simd,
    A: Activation<T>,
    G: Conv2dGeometry,
    const L: usize,
    const C: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    before: Before<'_, T, A>,
    input_gradient: &mut [T],
    [row, column]: [usize; 2],
) {
    let [channels, height, width] = G::INPUT;
    for first in (0..channels).step_by(R).map(|first| first.min(channels - R)) {
        for lane in (0..L).step_by(V * T::lanes::<S>()) {
            let (gradients, position) = (from(output_gradient, lane), [first, row, column]);
            let sums = if const { C == 1 } {
                [gather_position::<T, S, G, L, R, V>(simd, weight, gradients, position); C]
            } else {
                gather_columns::<T, S, G, L, C, R, V>(simd, weight, gradients, position)
            };
            for c in 0..C {
                for r in 0..R {
                    let place = ((first + r) * height + row) * width + column + c * G::STRIDE[1];
                    before.store::<S, V>(simd, input_gradient, place * L + lane, &sums[c][r]);
                }
            }
        }
    }
}

/// [`gather_position`] for `C` at once.
#[inline(always)]
fn gather_columns<
    T: Scalar,
    S: Simd,
    G: Conv2dGeometry,
    const L: usize,
    const C: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    [first, row, column]: [usize; 3],
) -> [[[T::Vector<S>; V]; R]; C] {
    let [rows, columns] = const { conv_axes::<G>() };
    let (channel, lanes) = (const { G::KERNEL[0] * G::KERNEL[1] * G::FILTERS }, V * T::lanes::<S>());
    let mut sums = [[[T::splat(simd, T::ZERO); V]; R]; C];
    let Some(weight) = part(weight, first * channel, R * channel) else { return sums };
    let ((first_row, end_row), (first_window, end_window)) = (rows.covering(row), columns.covering(column));
    let step = columns.covering_step;
    // That all taps reach the columns is known here, but not to the compiler.
    let windows = if columns.stride == 1 { columns.kernel } else { (end_window - first_window).div_ceil(step) };
    if windows == 0 {
        return sums;
    }
    let first_kw = columns.tap(first_window, column);
    let taps_apart = step * columns.stride / columns.dilation;
    for filter in 0..opaque(G::FILTERS) {
        let mut output_row = first_row;
        while output_row < end_row {
            let kh = rows.tap(output_row, row);
            let place = ((filter * rows.output + output_row) * columns.output + first_window) * L;
            let gradients = part(output_gradient, place, ((windows - 1) * step + C - 1) * L + lanes);
            let (tap, taps) = (kh * columns.kernel * G::FILTERS + filter, (columns.kernel - 1) * G::FILTERS + 1);
            let (Some(gradients), Some(taps)) = (gradients, part(weight, tap, (R - 1) * channel + taps)) else {
                return sums;
            };
            for window in 0..windows {
                // All checks of bounds come first: one after the loads would keep them from being part of the products.
                let gradients = part(gradients, window * step * L, (C - 1) * L + lanes);
                let tap_weights = part(taps, (first_kw - window * taps_apart) * G::FILTERS, (R - 1) * channel + 1);
                let (Some(gradients), Some(tap_weights)) = (gradients, tap_weights) else { return sums };
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = tap_weights[r * channel];
                }
                for c in 0..C {
                    add_products::<T, S, R, V>(simd, &weights, &gradients[c * L..][..lanes], &mut sums[c]);
                }
            }
            output_row += rows.covering_step;
        }
    }
    sums
}

/// Filters whose products for one position are summed up apart, where there are few channels: a multiply-add takes four
/// cycles, and the sum before would have to wait for it.
const CHAINS: usize = 4;

/// The gradient in `R` channels of one input position, over all windows that cover it.
#[inline(always)]
fn gather_position<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    [first, row, column]: [usize; 3],
) -> [[T::Vector<S>; V]; R] {
    let channel = const { G::KERNEL[0] * G::KERNEL[1] * G::FILTERS };
    let mut sums = [[[T::splat(simd, T::ZERO); V]; R]; CHAINS];
    let Some(weight) = part(weight, first * channel, R * channel) else { return sums[0] };
    let position = [row, column];
    let in_chains = if const { R * V < CHAINS } { G::FILTERS - G::FILTERS % CHAINS } else { 0 };
    for filter in (0..opaque(in_chains)).step_by(CHAINS) {
        add_windows::<T, S, G, L, CHAINS, R, V>(simd, weight, output_gradient, position, filter, &mut sums);
    }
    let [mut total, others @ ..] = sums;
    for other in others {
        for r in 0..R {
            for v in 0..V {
                total[r][v] = T::add_lanes(simd, total[r][v], other[r][v]);
            }
        }
    }
    let mut total = [total];
    for filter in in_chains..opaque(G::FILTERS) {
        add_windows::<T, S, G, L, 1, R, V>(simd, weight, output_gradient, position, filter, &mut total);
    }
    total[0]
}

/// Adds the products of `C` filters from `filter` on, each to its own sums, over all windows that cover a position.
#[inline(always)]
fn add_windows<
    T: Scalar,
    S: Simd,
    G: Conv2dGeometry,
    const L: usize,
    const C: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    [row, column]: [usize; 2],
    filter: usize,
    sums: &mut [[[T::Vector<S>; V]; R]; C],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let channel = const { G::KERNEL[0] * G::KERNEL[1] * G::FILTERS };
    let (image, lanes) = (rows.output * columns.output * L, V * T::lanes::<S>());
    let (first_row, end_row) = rows.covering(row);
    let (first_column, end_column) = columns.covering(column);
    let mut output_row = first_row;
    while output_row < end_row {
        let kh = rows.tap(output_row, row);
        let mut output_column = first_column;
        while output_column < end_column {
            let kw = columns.tap(output_column, column);
            let place = filter * image + (output_row * columns.output + output_column) * L;
            // All checks of bounds come first: one after the loads would keep them from being part of the products.
            let tap = (kh * G::KERNEL[1] + kw) * G::FILTERS + filter;
            let gradients = part(output_gradient, place, (C - 1) * image + lanes);
            let tap_weights = part(weight, tap, (R - 1) * channel + C);
            let (Some(gradients), Some(tap_weights)) = (gradients, tap_weights) else { return };
            for c in 0..C {
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = tap_weights[r * channel + c];
                }
                add_products::<T, S, R, V>(simd, &weights, &gradients[c * image..][..lanes], &mut sums[c]);
            }
            output_column += columns.covering_step;
        }
        output_row += rows.covering_step;
    }
}
