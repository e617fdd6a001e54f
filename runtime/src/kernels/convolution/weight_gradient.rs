//! The gradient of a convolution in its filters.

use pulp::Simd;

use super::{tap_place, taps};
use crate::Scalar;
use crate::kernels::dense::add_feature_sums;
use crate::kernels::dispatch::vectorize;
use crate::kernels::in_lanes;
use crate::layers::geometry::{Conv2dGeometry, conv_axes};

/// `weight_gradient[f, c, kh, kw] += sum over oh, ow of output_gradient[f, oh, ow] * input[c, oh * stride + kh - padding,
/// ..]`, and `bias_gradient[f] +=` the sum of `output_gradient[f]`.
#[inline(always)]
pub(crate) fn weight_gradient<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    weight_gradient: &mut [T],
    bias_gradient: Option<&mut [T]>,
) {
    let [rows, columns] = const { conv_axes::<G>() };
    if let Some(bias_gradient) = bias_gradient {
        let len = rows.output * columns.output * L;
        vectorize(
            simd,
            #[inline(always)]
            || add_feature_sums::<T, S>(simd, len, output_gradient, bias_gradient),
        );
    }
    in_lanes!(T, S, L, simd => with_taps!(G, |F, K| {
        weight_gradient_tiles::<T, S, G, L, F, K>(simd, input, output_gradient, weight_gradient)
    }));
}

/// Tiles of the weight gradient: filters by taps.
const TAP_TILES: [(usize, usize); 9] = [(1, 1), (1, 5), (1, 8), (2, 5), (2, 6), (3, 4), (4, 3), (5, 2), (6, 2)];

/// The tile that costs least for all filters and taps: a step is `F * K` multiply-adds and `F + K` loads.
const fn tap_tile<G: Conv2dGeometry>() -> usize {
    let taps = taps::<G>();
    let (mut best, mut best_cost, mut tile) = (0, usize::MAX, 0);
    while tile < TAP_TILES.len() {
        let (f, k) = TAP_TILES[tile];
        let cost = G::FILTERS.div_ceil(f) * taps.div_ceil(k) * (2 * f * k + f + k);
        if f <= G::FILTERS && k <= taps && cost < best_cost {
            (best, best_cost) = (tile, cost);
        }
        tile += 1;
    }
    best
}

/// Calls a function with the constants of [`tap_tile`].
macro_rules! with_taps {
    ($G:ty, |$F:ident, $K:ident| $call:expr) => {
        with_taps!(@ $G, $F, $K, $call; 0 1 2 3 4 5 6 7 8)
    };
    (@ $G:ty, $F:ident, $K:ident, $call:expr; $($tile:literal)*) => {
        $(if const { tap_tile::<$G>() == $tile } {
            const $F: usize = TAP_TILES[$tile].0;
            const $K: usize = TAP_TILES[$tile].1;
            $call
        } else)* {
            unreachable!()
        }
    };
}
use with_taps;

/// The sums of `F` filters and `K` taps stay in registers over the whole image.
#[inline(always)]
fn weight_gradient_tiles<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const F: usize, const K: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    weight_gradient: &mut [T],
) {
    let taps = taps::<G>();
    for next_tap in (0..taps).step_by(K) {
        let first_tap = next_tap.min(taps - K);
        let mut places = [[0; 3]; K];
        for k in 0..K {
            places[k] = tap_place::<G>(first_tap + k);
        }
        for next_filter in (0..G::FILTERS).step_by(F) {
            let first_filter = next_filter.min(G::FILTERS - F);
            let mut sums = [[T::splat(simd, T::ZERO); K]; F];
            add_image::<T, S, G, L, F, K>(simd, input, output_gradient, first_filter, &places, &mut sums);
            // What overlaps the tile before has been added there.
            for k in next_tap - first_tap..K {
                for f in next_filter - first_filter..F {
                    weight_gradient[(first_tap + k) * G::FILTERS + first_filter + f] += T::sum_lanes(simd, sums[f][k]);
                }
            }
        }
    }
}

/// Adds to `sums` the products over all windows: those that all taps of the tile share together, what padding takes from
/// some but not from others tap by tap.
#[inline(always)]
fn add_image<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const F: usize, const K: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    first_filter: usize,
    places: &[[usize; 3]; K],
    sums: &mut [[T::Vector<S>; K]; F],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let mut common = ((0, rows.output), (0, columns.output));
    for &[_, kh, kw] in places {
        common.0 = intersection(common.0, rows.outputs(kh));
        common.1 = intersection(common.1, columns.outputs(kw));
    }
    for row in common.0.0..common.0.1 {
        add_row::<T, S, G, L, F, K>(simd, input, output_gradient, first_filter, places, row, common.1, sums);
    }
    if G::PADDING[0] + G::PADDING[1] + G::PADDING[2] + G::PADDING[3] == 0 {
        return;
    }
    for k in 0..K {
        let [_, kh, kw] = places[k];
        let (first_row, end_row) = rows.outputs(kh);
        let (first_column, end_column) = columns.outputs(kw);
        let mut tap_sums = [[T::splat(simd, T::ZERO); 1]; F];
        for f in 0..F {
            tap_sums[f][0] = sums[f][k];
        }
        for row in first_row..end_row {
            let inside = row >= common.0.0 && row < common.0.1;
            let gaps = if inside {
                [(first_column, common.1.0.min(end_column)), (common.1.1.max(first_column), end_column)]
            } else {
                [(first_column, end_column), (0, 0)]
            };
            for gap in gaps {
                let place = &[places[k]];
                add_row::<T, S, G, L, F, 1>(simd, input, output_gradient, first_filter, place, row, gap, &mut tap_sums);
            }
        }
        for f in 0..F {
            sums[f][k] = tap_sums[f][0];
        }
    }
}

const fn intersection(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    let first = if a.0 > b.0 { a.0 } else { b.0 };
    let end = if a.1 < b.1 { a.1 } else { b.1 };
    (first, if end < first { first } else { end })
}

/// Adds to `sums` the products over the windows of one output row between two columns.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // A loop body with a name.
fn add_row<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const F: usize, const K: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    first_filter: usize,
    places: &[[usize; 3]; K],
    row: usize,
    (first, end): (usize, usize),
    sums: &mut [[T::Vector<S>; K]; F],
) {
    if first >= end {
        return;
    }
    let [rows, columns] = const { conv_axes::<G>() };
    let [_, height, width] = G::INPUT;
    let (windows, stride) = (end - first, G::STRIDE[1]);
    let mut gradients: [&[T::Vector<S>]; F] = [&[]; F];
    for f in 0..F {
        let place = ((first_filter + f) * rows.output + row) * columns.output + first;
        gradients[f] = T::vectors::<S>(&output_gradient[place * L..][..windows * L]).0;
    }
    let mut inputs: [&[T::Vector<S>]; K] = [&[]; K];
    for k in 0..K {
        let [channel, kh, kw] = places[k];
        let place = (channel * height + rows.position(row, kh)) * width + columns.position(first, kw);
        inputs[k] = T::vectors::<S>(&input[place * L..][..((windows - 1) * stride + 1) * L]).0;
    }
    let vectors = L / T::lanes::<S>();
    if stride == 1 {
        // One run of vectors; equal lengths let the compiler drop the bounds checks.
        let len = windows * vectors;
        for f in 0..F {
            gradients[f] = &gradients[f][..len];
        }
        for k in 0..K {
            inputs[k] = &inputs[k][..len];
        }
        for v in 0..len {
            add_outer::<T, S, F, K>(
                simd,
                #[inline(always)]
                |f| gradients[f][v],
                #[inline(always)]
                |k| inputs[k][v],
                sums,
            );
        }
    } else {
        for window in 0..windows {
            for v in 0..vectors {
                let (g, x) = (window * vectors + v, window * stride * vectors + v);
                add_outer::<T, S, F, K>(
                    simd,
                    #[inline(always)]
                    |f| gradients[f][g],
                    #[inline(always)]
                    |k| inputs[k][x],
                    sums,
                );
            }
        }
    }
}

/// `sums[f][k] += gradient(f) * input(k)`.
#[inline(always)]
fn add_outer<T: Scalar, S: Simd, const F: usize, const K: usize>(
    simd: S,
    gradient: impl Fn(usize) -> T::Vector<S>,
    input: impl Fn(usize) -> T::Vector<S>,
    sums: &mut [[T::Vector<S>; K]; F],
) {
    let mut inputs = [T::splat(simd, T::ZERO); K];
    for k in 0..K {
        inputs[k] = input(k);
    }
    for f in 0..F {
        let gradient = gradient(f);
        for k in 0..K {
            sums[f][k] = T::mul_add_lanes(simd, gradient, inputs[k], sums[f][k]);
        }
    }
}
