//! Direct convolution of a lane group, and its two gradients: no packing, no im2col.

use pulp::Simd;

use super::tile::{add_products, in_lanes, opaque, tile_rows, tile_vectors, with_tile};
use super::{Activation, Then, single};
use crate::Scalar;
use crate::kernels::geometry::{Conv2dGeometry, conv_axes};

mod input_gradient;
mod weight_gradient;

pub(crate) use input_gradient::input_gradient;
pub(crate) use weight_gradient::weight_gradient;

/// The activation of `output[f, oh, ow] = bias[f] + sum over c, kh, kw of weight[f, c, kh, kw] * input[c, oh * stride + kh *
/// dilation - padding, ..]`.
///
/// `weight` is `[(c * KH + kh) * KW + kw][f]`: the filters' weights for one tap stand together.
#[inline]
pub(crate) fn forward<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    mut then: Then<'_, T, A>,
) {
    if const { L == 1 } {
        return single::conv_forward::<T, S, A, G>(simd, weight, bias, input, output, &mut then);
    }
    in_lanes!(T, S, L, simd => {
        with_tile!(rows_at_once::<T, S>(G::FILTERS, L), tile_vectors::<T, S>(L), |R, V| {
            forward_tiles::<T, S, A, G, L, R, V>(simd, weight, bias, input, output, &mut then)
        })
    });
}

/// Neighbouring columns that a tile of so many rows and vectors takes at once: of few rows as many as keep the multipliers
/// busy, because a multiply-add takes four cycles, and the sums of one column would wait for themselves; of more rows two
/// that share the broadcast weights, where the lanes of one column are no two vectors that do.
const fn columns_at_once(rows: usize, vectors: usize) -> usize {
    match rows * vectors {
        1..=3 => 4,
        4 | 5 => 2,
        _ if vectors == 1 => 2,
        _ => 1,
    }
}

/// Rows of a tile, filters or channels, of `count`.
const fn rows_at_once<T: Scalar, S: Simd>(count: usize, lanes: usize) -> usize {
    let vectors = tile_vectors::<T, S>(lanes);
    tile_rows::<S>(count, if vectors == 1 { 2 } else { vectors })
}

/// Calls a function with [`columns_at_once`] as a constant.
macro_rules! with_columns {
    ($rows:expr, $vectors:expr, |$C:ident| $call:expr) => {
        if const { columns_at_once($rows, $vectors) == 4 } {
            const $C: usize = 4;
            $call
        } else if const { columns_at_once($rows, $vectors) == 2 } {
            const $C: usize = 2;
            $call
        } else {
            const $C: usize = 1;
            $call
        }
    };
}
use with_columns;

/// Positions outside, filters inside: a window and the whole filter bank stay in the nearest cache.
#[inline(always)]
fn forward_tiles<
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
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    let [rows, columns] = const { conv_axes::<G>() };
    // Columns whose windows lie in the image from the first to the last tap.
    let (inner, end) = const { inner_columns::<G>() };
    let at_once = const { columns_at_once(R, V) };
    for row in 0..rows.output {
        let mut column = 0;
        while column < columns.output {
            let position = [row, column];
            if at_once > 1 && column >= inner && column + at_once <= end {
                with_columns!(R, V, |C| {
                    forward_position::<T, S, A, G, L, C, R, V>(simd, weight, bias, input, output, then, position)
                });
                column += at_once;
            } else {
                forward_position::<T, S, A, G, L, 1, R, V>(simd, weight, bias, input, output, then, position);
                column += 1;
            }
        }
    }
}

/// The columns, from the first to before the end, at which no tap falls on padding.
const fn inner_columns<G: Conv2dGeometry>() -> (usize, usize) {
    let [_, columns] = const { conv_axes::<G>() };
    (columns.outputs(0).0, columns.outputs(columns.kernel - 1).1)
}

/// All filters at `C` neighbouring positions of a row; at several only where no tap falls on padding.
#[inline(always)]
fn forward_position<
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
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
    [row, column]: [usize; 2],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let ([channels, height, width], lanes) = (G::INPUT, V * T::lanes::<S>());
    let ((first_kh, end_kh), (first_kw, end_kw)) = (rows.taps(row), columns.taps(column));
    let taps = if C > 1 { columns.kernel } else { end_kw.saturating_sub(first_kw) };
    for first in (0..G::FILTERS).step_by(R).map(|first| first.min(G::FILTERS - R)) {
        for lane in (0..L).step_by(lanes) {
            let mut sums = [[[T::splat(simd, T::ZERO); V]; R]; C];
            if let Some(bias) = bias {
                for r in 0..R {
                    for c in 0..C {
                        sums[c][r] = [T::splat(simd, bias[first + r]); V];
                    }
                }
            }
            for channel in 0..opaque(channels) {
                for kh in first_kh..end_kh {
                    if taps == 0 {
                        continue;
                    }
                    let place = (channel * height + rows.position(row, kh)) * width;
                    let place = place + columns.position(column, first_kw);
                    let inputs =
                        &input[place * L..][..((taps - 1) * columns.dilation + 1 + (C - 1) * columns.stride) * L];
                    let tap = (channel * G::KERNEL[0] + kh) * G::KERNEL[1] + first_kw;
                    let weights = &weight[tap * G::FILTERS..][..taps * G::FILTERS];
                    if const { C == 1 } {
                        add_taps::<T, S, G, L, R, V>(simd, weights, inputs, [first, lane], &mut sums[0]);
                    } else {
                        add_taps_of_columns::<T, S, G, L, C, R, V>(simd, weights, inputs, [first, lane], &mut sums);
                    }
                }
            }
            for r in 0..R {
                for c in 0..C {
                    let place = ((first + r) * rows.output + row) * columns.output + column + c;
                    then.store::<S, V>(simd, output, place * L + lane, &sums[c][r]);
                }
            }
        }
    }
}

/// Adds the products over neighbouring taps of one row and channel for filters from `first` on: `weights` are those of the
/// taps, for all filters, and `inputs` the values from the first tap to the last.
#[inline(always)]
fn add_taps<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weights: &[T],
    inputs: &[T],
    [first, lane]: [usize; 2],
    sums: &mut [[T::Vector<S>; V]; R],
) {
    let dilation = G::DILATION[1];
    if dilation > 1 {
        for (filters, x) in weights.chunks_exact(G::FILTERS).zip(inputs.chunks(dilation * L)) {
            let (filters, x) = (&filters[first..first + R], &x[lane..lane + V * T::lanes::<S>()]);
            add_products::<T, S, R, V>(simd, filters, x, sums);
        }
        return;
    }
    for (filters, x) in weights.chunks_exact(G::FILTERS).zip(inputs.chunks_exact(L)) {
        let (filters, x) = (&filters[first..first + R], &x[lane..lane + V * T::lanes::<S>()]);
        add_products::<T, S, R, V>(simd, filters, x, sums);
    }
}

/// [`add_taps`] of all taps of a row for `C` neighbouring columns.
#[inline(always)]
fn add_taps_of_columns<
    T: Scalar,
    S: Simd,
    G: Conv2dGeometry,
    const L: usize,
    const C: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weights: &[T],
    inputs: &[T],
    [first, lane]: [usize; 2],
    sums: &mut [[[T::Vector<S>; V]; R]; C],
) {
    let [_, columns] = const { conv_axes::<G>() };
    let taps = if columns.kernel == 1 { 1 } else { opaque(columns.kernel) };
    for kw in 0..taps {
        let filters = &weights[kw * G::FILTERS + first..][..R];
        for c in 0..C {
            let x = &inputs[(kw * columns.dilation + c * columns.stride) * L + lane..][..V * T::lanes::<S>()];
            add_products::<T, S, R, V>(simd, filters, x, &mut sums[c]);
        }
    }
}

/// Weights of one filter.
const fn taps<G: Conv2dGeometry>() -> usize {
    G::INPUT[0] * G::KERNEL[0] * G::KERNEL[1]
}

/// A tap as channel, row and column of the kernel.
#[inline(always)]
const fn tap_place<G: Conv2dGeometry>(tap: usize) -> [usize; 3] {
    let [kernel_height, kernel_width] = G::KERNEL;
    [tap / (kernel_height * kernel_width), tap / kernel_width % kernel_height, tap % kernel_width]
}
