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
        with_tile!(gather_rows::<T, S, G>(L), tile_vectors::<T, S>(L), |R, V| {
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
    let [_, height, width] = G::INPUT;
    for row in 0..height {
        let mut column = 0;
        while column < width {
            let at_once = const { columns_at_once(R, V) };
            let can_take = at_once > 1 && can_take_columns::<G>(column, at_once);
            let position = [row, column];
            if !can_take {
                gather::<T, S, A, G, L, 1, R, V>(simd, weight, output_gradient, source, input_gradient, position);
                column += 1;
                continue;
            }
            if const { columns_at_once(R, V) == 4 } {
                gather::<T, S, A, G, L, 4, R, V>(simd, weight, output_gradient, source, input_gradient, position);
            } else if const { columns_at_once(R, V) == 2 } {
                gather::<T, S, A, G, L, 2, R, V>(simd, weight, output_gradient, source, input_gradient, position);
            }
            column += at_once;
        }
    }
}

/// Neighbouring columns that a tile takes at once: of few channels as many as keep the multipliers busy, because a
/// multiply-add takes four cycles, and the sums of one column would wait for themselves; of more channels two that share
/// the broadcast weights, where the lanes of one column are no two vectors that do.
const fn columns_at_once(rows: usize, vectors: usize) -> usize {
    match rows * vectors {
        1..=3 => 4,
        _ if vectors == 1 => 2,
        _ => 1,
    }
}

/// Channels of a tile.
const fn gather_rows<T: Scalar, S: Simd, G: Conv2dGeometry>(lanes: usize) -> usize {
    let vectors = tile_vectors::<T, S>(lanes);
    tile_rows::<S>(G::INPUT[0], if vectors == 1 { 2 } else { vectors })
}

/// Whether `count` columns from `column` on are all under every tap of the kernel.
const fn can_take_columns<G: Conv2dGeometry>(column: usize, count: usize) -> bool {
    let [_, columns] = conv_axes::<G>();
    let place = column + columns.before;
    columns.stride == 1 && place + 1 >= G::KERNEL[1] && place + count <= columns.output
}

/// All channels at `C` neighbouring positions of a row.
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
    source: Source<'_, T, A>,
    input_gradient: &mut [T],
    [row, column]: [usize; 2],
) {
    let [channels, height, width] = G::INPUT;
    for first in (0..channels).step_by(R).map(|first| first.min(channels - R)) {
        for lane in (0..L).step_by(V * T::lanes::<S>()) {
            let (gradients, position) = (&output_gradient[lane..], [first, row, column]);
            let sums = if const { C == 1 } {
                [gather_position::<T, S, G, L, R, V>(simd, weight, gradients, position); C]
            } else {
                gather_columns::<T, S, G, L, C, R, V>(simd, weight, gradients, position)
            };
            for c in 0..C {
                for r in 0..R {
                    let place = ((first + r) * height + row) * width + column + c;
                    source.store::<S, V>(simd, input_gradient, place * L + lane, &sums[c][r]);
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
    let ([rows, columns], [_, kernel]) = (const { conv_axes::<G>() }, G::KERNEL);
    let (channel, lanes) = (const { G::KERNEL[0] * G::KERNEL[1] * G::FILTERS }, V * T::lanes::<S>());
    let weight = &weight[first * channel..][..R * channel];
    let (first_row, end_row) = rows.covering(row);
    let first_column = column + columns.before + 1 - kernel;
    let kernel_columns = opaque(kernel).min(kernel);
    let mut sums = [[[T::splat(simd, T::ZERO); V]; R]; C];
    for filter in 0..opaque(G::FILTERS).min(G::FILTERS) {
        for output_row in first_row..end_row {
            let kh = row + rows.before - output_row * rows.stride;
            let place = ((filter * rows.output + output_row) * columns.output + first_column) * L;
            let gradients = &output_gradient[place..][..(kernel + C - 2) * L + lanes];
            let taps = &weight[kh * kernel * G::FILTERS + filter..];
            let taps = &taps[..(R - 1) * channel + (kernel - 1) * G::FILTERS + 1];
            for kw in 0..kernel_columns {
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = taps[r * channel + kw * G::FILTERS];
                }
                for c in 0..C {
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
