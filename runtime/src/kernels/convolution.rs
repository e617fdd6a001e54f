//! Direct convolution of a lane group, and its two gradients: no packing, no im2col.

use std::marker::PhantomData;

use pulp::Simd;

use super::dense::{add_feature_sums, add_products, load_vectors, store_vectors};
use super::dispatch::vectorize;
use super::{in_lanes, opaque, single, tile_rows, tile_vectors, with_tile};
use crate::Scalar;
use crate::layers::geometry::{Conv2dGeometry, conv_axes};

/// `output[f, oh, ow] = bias[f] + sum over c, kh, kw of weight[f, c, kh, kw] * input[c, oh * stride + kh - padding, ..]`.
///
/// `weight` is `[(c * KH + kh) * KW + kw][f]`: the filters' weights for one tap stand together.
#[inline(always)]
pub(crate) fn forward<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
) {
    if const { L == 1 } {
        return single::conv_forward::<T, S, G>(simd, weight, bias, input, output);
    }
    in_lanes!(T, S, L, simd => {
        with_tile!(tile_rows::<S>(G::FILTERS, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
            forward_tiles::<T, S, G, L, R, V>(simd, weight, bias, input, output)
        })
    });
}

/// Positions outside, filters inside: a window and the whole filter bank stay in the nearest cache.
#[inline(always)]
fn forward_tiles<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let [channels, height, width] = G::INPUT;
    let lanes = V * T::lanes::<S>();
    for row in 0..rows.output {
        let (first_kh, end_kh) = rows.taps(row);
        for column in 0..columns.output {
            let (first_kw, end_kw) = columns.taps(column);
            let taps = end_kw.saturating_sub(first_kw);
            for first in (0..G::FILTERS).step_by(R).map(|first| first.min(G::FILTERS - R)) {
                for lane in (0..L).step_by(lanes) {
                    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
                    if let Some(bias) = bias {
                        for r in 0..R {
                            sums[r] = [T::splat(simd, bias[first + r]); V];
                        }
                    }
                    for channel in 0..channels {
                        for kh in first_kh..end_kh {
                            if taps == 0 {
                                continue;
                            }
                            let place = (channel * height + rows.position(row, kh)) * width;
                            let inputs = &input[(place + columns.position(column, first_kw)) * L..][..taps * L];
                            let tap = (channel * G::KERNEL[0] + kh) * G::KERNEL[1] + first_kw;
                            let weights = &weight[tap * G::FILTERS..][..taps * G::FILTERS];
                            for (filters, x) in weights.chunks_exact(G::FILTERS).zip(inputs.chunks_exact(L)) {
                                let filters = &filters[first..first + R];
                                add_products::<T, S, R, V>(simd, filters, &x[lane..lane + lanes], &mut sums);
                            }
                        }
                    }
                    for r in 0..R {
                        let place = ((first + r) * rows.output + row) * columns.output + column;
                        store_vectors::<T, S, V>(&mut output[place * L + lane..][..lanes], &sums[r]);
                    }
                }
            }
        }
    }
}

/// `input_gradient[c, oh * stride + kh - padding, ..] += weight[f, c, kh, kw] * output_gradient[f, oh, ow]`, from zero.
///
/// Two ways, of which each is up to half as fast again as the other, and the wrong one at worst a seventh as fast:
/// [`scatter_windows`] adds the gradient of a window to memory tap by tap, in long loops; [`gather_positions`] sums up
/// what reaches a position, in loops of changing length near the border, but writes it once.
#[inline(always)]
pub(crate) fn input_gradient<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    if const { images_collide::<T, G, L>() } {
        in_lanes!(T, S, L, simd => {
            with_tile!(tile_rows::<S>(G::INPUT[0], tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
                gather_positions::<T, S, G, L, R, V>(simd, weight, output_gradient, input_gradient)
            })
        });
    } else {
        input_gradient.fill(T::ZERO);
        in_lanes!(T, S, L, simd => {
            // The sums pass through memory, where those of a tile for 16 registers are enough: with 32, a quarter slower.
            with_tile!(tile_rows::<pulp::Scalar>(taps::<G>(), tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
                scatter_windows::<T, S, G, L, R, V>(simd, weight, output_gradient, input_gradient)
            })
        });
    }
}

/// Whether one position of all channels falls into fewer places of the nearest cache than there are channels: the images
/// are a multiple of 4 KiB apart, and there are as many as it has ways.
const fn images_collide<T, G: Conv2dGeometry, const L: usize>() -> bool {
    let [channels, height, width] = G::INPUT;
    channels >= 8 && (height * width * L * size_of::<T>()).is_multiple_of(4096)
}

/// Weights of one filter.
const fn taps<G: Conv2dGeometry>() -> usize {
    G::INPUT[0] * G::KERNEL[0] * G::KERNEL[1]
}

#[inline(always)]
fn gather_positions<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    let [channels, height, width] = G::INPUT;
    let lanes = V * T::lanes::<S>();
    for row in 0..height {
        for column in 0..width {
            for first in (0..channels).step_by(R).map(|first| first.min(channels - R)) {
                for lane in (0..L).step_by(lanes) {
                    let gradients = &output_gradient[lane..];
                    let sums = gather_position::<T, S, G, L, R, V>(simd, weight, gradients, [first, row, column]);
                    for r in 0..R {
                        let place = ((first + r) * height + row) * width + column;
                        store_vectors::<T, S, V>(&mut input_gradient[place * L + lane..][..lanes], &sums[r]);
                    }
                }
            }
        }
    }
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
    let filters = opaque(G::FILTERS);
    let (first_row, end_row) = rows.covering(row);
    let (first_column, end_column) = columns.covering(column);
    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
    for output_row in first_row..end_row {
        let kh = row + rows.before - output_row * rows.stride;
        for output_column in first_column..end_column {
            let kw = column + columns.before - output_column * columns.stride;
            let tap = (kh * G::KERNEL[1] + kw) * G::FILTERS;
            let mut place = (output_row * columns.output + output_column) * L;
            for offset in tap..(tap + filters).min(channel) {
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = weight[r * channel + offset];
                }
                let gradients = &output_gradient[place..][..V * T::lanes::<S>()];
                add_products::<T, S, R, V>(simd, &weights, gradients, &mut sums);
                place += rows.output * columns.output * L;
            }
        }
    }
    sums
}

/// Filters whose gradients at one position are brought together on the stack; in the image they lie far apart, often
/// a multiple of 4 KiB, where few of them fit into the nearest cache at a time.
const FILTER_BLOCK: usize = 64;

#[inline(always)]
fn scatter_windows<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let positions = rows.output * columns.output;
    let mut block = [[T::ZERO; L]; FILTER_BLOCK];
    for position in 0..positions {
        let window = Window::<G>::new(position / columns.output, position % columns.output);
        for first_filter in (0..G::FILTERS).step_by(FILTER_BLOCK) {
            let filters = FILTER_BLOCK.min(G::FILTERS - first_filter);
            for f in 0..filters {
                let place = (first_filter + f) * positions + position;
                block[f].copy_from_slice(&output_gradient[place * L..][..L]);
            }
            for next in (0..taps::<G>()).step_by(R) {
                let first = next.min(taps::<G>() - R);
                let weights = &weight[first * G::FILTERS..][..R * G::FILTERS];
                for lane in (0..L).step_by(V * T::lanes::<S>()) {
                    let sums = tap_sums::<T, S, G, L, R, V>(simd, weights, first_filter, &block[..filters], lane);
                    // What overlaps the tile before has been added there.
                    let new = next - first;
                    window.add_taps::<T, S, L, V>(simd, next, &sums[new..], &mut input_gradient[lane..]);
                }
            }
        }
    }
}

/// `sums[r] = sum over f of weights[r][first_filter + f] * gradients[f]`.
#[inline(always)]
fn tap_sums<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const R: usize, const V: usize>(
    simd: S,
    weights: &[T],
    first_filter: usize,
    gradients: &[[T; L]],
    lane: usize,
) -> [[T::Vector<S>; V]; R] {
    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
    let filters = gradients.len();
    for (f, gradients) in (first_filter..first_filter + filters).zip(gradients) {
        let mut filter = [T::ZERO; R];
        for r in 0..R {
            filter[r] = weights[r * G::FILTERS + f];
        }
        add_products::<T, S, R, V>(simd, &filter, &gradients[lane..lane + V * T::lanes::<S>()], &mut sums);
    }
    sums
}

/// One position of the kernel over the input.
struct Window<G> {
    row: usize,
    column: usize,
    /// Taps that fall on the input, down and to the right.
    inside: [(usize, usize); 2],
    geometry: PhantomData<G>,
}

impl<G: Conv2dGeometry> Window<G> {
    #[inline(always)]
    fn new(row: usize, column: usize) -> Self {
        let [rows, columns] = const { conv_axes::<G>() };
        Self { row, column, inside: [rows.taps(row), columns.taps(column)], geometry: PhantomData }
    }

    /// Adds `sums` to the image at the taps from `first` on; what falls on padding is left out.
    #[inline(always)]
    fn add_taps<T: Scalar, S: Simd, const L: usize, const V: usize>(
        &self,
        simd: S,
        first: usize,
        sums: &[[T::Vector<S>; V]],
        image: &mut [T],
    ) {
        let [rows, columns] = const { conv_axes::<G>() };
        let [_, height, width] = G::INPUT;
        let [mut channel, mut kh, mut kw] = tap_place::<G>(first);
        for sum in sums {
            let (row_inside, column_inside) = (self.inside[0], self.inside[1]);
            if kh >= row_inside.0 && kh < row_inside.1 && kw >= column_inside.0 && kw < column_inside.1 {
                let row = channel * height + rows.position(self.row, kh);
                let place = (row * width + columns.position(self.column, kw)) * L;
                add_to::<T, S, V>(simd, &mut image[place..][..V * T::lanes::<S>()], sum);
            }
            kw += 1;
            if kw == G::KERNEL[1] {
                (kh, kw) = (kh + 1, 0);
            }
            if kh == G::KERNEL[0] {
                (channel, kh) = (channel + 1, 0);
            }
        }
    }
}

/// `target += vectors`.
#[inline(always)]
fn add_to<T: Scalar, S: Simd, const V: usize>(simd: S, target: &mut [T], vectors: &[T::Vector<S>; V]) {
    let mut sum = load_vectors::<T, S, V>(simd, target);
    for v in 0..V {
        sum[v] = T::add_lanes(simd, sum[v], vectors[v]);
    }
    store_vectors::<T, S, V>(target, &sum);
}

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
const TAP_TILES: [(usize, usize); 8] = [(1, 1), (1, 8), (2, 5), (2, 6), (3, 4), (4, 3), (5, 2), (6, 2)];

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
        with_taps!(@ $G, $F, $K, $call; 0 1 2 3 4 5 6 7)
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

/// A tap as channel, row and column of the kernel.
#[inline(always)]
fn tap_place<G: Conv2dGeometry>(tap: usize) -> [usize; 3] {
    let [kernel_height, kernel_width] = G::KERNEL;
    [tap / (kernel_height * kernel_width), tap / kernel_width % kernel_height, tap % kernel_width]
}

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
