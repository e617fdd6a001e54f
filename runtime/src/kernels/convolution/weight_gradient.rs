//! The gradient of a convolution in its filters.

use pulp::Simd;

use super::{tap_place, taps};
use crate::Scalar;
use crate::kernels::geometry::{Conv2dGeometry, conv_axes};
use crate::kernels::tile::{add_feature_sums, in_lanes};
use crate::simd::dispatch::vectorize;
use crate::simd::places::{part, part_mut, vector_at};
use crate::simd::sums::sum_each;
use crate::sizes::larger;

/// `weight_gradient[f, c, kh, kw] += sum over oh, ow of output_gradient[f, oh, ow] * input[c, oh * stride + kh *
/// dilation - padding, ..]`, and `bias_gradient[f] +=` the sum of `output_gradient[f]`.
#[inline]
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
    in_lanes!(T, S, L, simd => with_taps!(S, G, |F, K| {
        weight_gradient_tiles::<T, S, G, L, F, K>(simd, input, output_gradient, weight_gradient)
    }));
}

/// Tiles of the weight gradient: filters by taps. Each of either is an address, of which there are registers for about ten.
const TAP_TILES: [(usize, usize); 16] = [
    (1, 1),
    (1, 5),
    (1, 8),
    (2, 5),
    (2, 6),
    (3, 4),
    (4, 3),
    (5, 2),
    (6, 2),
    (2, 8),
    (3, 5),
    (4, 5),
    (4, 6),
    (5, 4),
    (6, 4),
    (8, 3),
];

/// [`tap_tile`] as a constant, which is computed once.
trait TapTile {
    const TILE: usize;
}

impl<S: Simd, G: Conv2dGeometry> TapTile for (S, G) {
    const TILE: usize = tap_tile::<S, G>();
}

/// The tile that costs least for all filters and taps. Its sums, inputs and a gradient fit into the registers; an input that
/// is used once is none.
const fn tap_tile<S: Simd, G: Conv2dGeometry>() -> usize {
    let (mut best, mut best_cost, mut tile) = (0, u64::MAX, 0);
    while tile < TAP_TILES.len() {
        let (f, k) = TAP_TILES[tile];
        let inputs = if f > 1 { k } else { 0 };
        if f <= G::FILTERS && k <= taps::<G>() && f * k + inputs < S::REGISTER_COUNT {
            let cost = tile_cost::<S, G>(f, k);
            if cost < best_cost {
                (best, best_cost) = (tile, cost);
            }
        }
        tile += 1;
    }
    best
}

/// What tiles of `f` filters and `k` taps cost, in half multiply-adds. A window takes `f * k` of them, `k` loads, and a new
/// vector from the second cache for each filter's gradient and each row of the input; where taps may lie outside the image,
/// some comparisons for each. After `k` channels the tiles lie as before; of large kernels the first tiles stand for all,
/// so that the compiler is not kept busy.
const fn tile_cost<S: Simd, G: Conv2dGeometry>(f: usize, k: usize) -> u64 {
    const MOST_TILES: usize = 64;
    // It gives 32 or so bytes in the time of a multiply-add.
    let far = size_of::<S::f32s>() / 16;
    let regular = smaller(G::INPUT[0], k) * G::KERNEL[0] * G::KERNEL[1];
    let counted = smaller(regular, MOST_TILES * k);
    let (mut cost, mut first) = (0, 0);
    while first < counted {
        let start = smaller(first, taps::<G>() - k);
        let rows = (start + k - 1) / G::KERNEL[1] - start / G::KERNEL[1] + 1;
        let Reach { common, any } = Reach::of::<G>(start, k);
        let step = 2 * f * k + far * (f + rows) + k;
        cost += (area(any) * step + (area(any) - area(common)) * 5 * k) as u64;
        first += k;
    }
    G::FILTERS.div_ceil(f) as u64 * cost * taps::<G>() as u64 / counted as u64
}

/// Windows at which some taps lie in the image: rows and columns of the output, from the first to before the end.
#[derive(Clone, Copy)]
struct Reach {
    /// All of them do.
    common: [(usize, usize); 2],
    /// Any of them does.
    any: [(usize, usize); 2],
}

impl Reach {
    /// That of `count` taps from `first` on.
    #[inline(always)]
    const fn of<G: Conv2dGeometry>(first: usize, count: usize) -> Self {
        let axes = const { conv_axes::<G>() };
        let mut reach = Self {
            common: [(0, axes[0].output), (0, axes[1].output)],
            any: [(axes[0].output, 0), (axes[1].output, 0)],
        };
        let mut tap = first;
        while tap < first + count {
            let [_, kh, kw] = tap_place::<G>(tap);
            let ranges = [axes[0].outputs(kh), axes[1].outputs(kw)];
            let mut axis = 0;
            while axis < 2 {
                let ((start, end), common, any) = (ranges[axis], reach.common[axis], reach.any[axis]);
                reach.common[axis] = (larger(common.0, start), smaller(common.1, end));
                reach.any[axis] = (smaller(any.0, start), larger(any.1, end));
                axis += 1;
            }
            tap += 1;
        }
        reach
    }
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn area([rows, columns]: [(usize, usize); 2]) -> usize {
    rows.1.saturating_sub(rows.0) * columns.1.saturating_sub(columns.0)
}

/// Calls a function with the constants of [`tap_tile`].
macro_rules! with_taps {
    ($S:ty, $G:ty, |$F:ident, $K:ident| $call:expr) => {
        with_taps!(@ $S, $G, $F, $K, $call; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $S:ty, $G:ty, $F:ident, $K:ident, $call:expr; $($tile:literal)*) => {
        $(if const { <($S, $G)>::TILE == $tile } {
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
        for next_filter in (0..G::FILTERS).step_by(F) {
            let first_filter = next_filter.min(G::FILTERS - F);
            let mut sums = [[T::splat(simd, T::ZERO); K]; F];
            add_image::<T, S, G, L, F, K>(simd, input, output_gradient, [first_filter, first_tap], &mut sums);
            // A copy: what is indexed by a variable lies in memory, and the tile must not.
            let (copy, mut totals) = (sums, [[T::ZERO; K]; F]);
            sum_each(simd, copy.as_flattened(), totals.as_flattened_mut());
            // What overlaps the tile before has been added there.
            for k in next_tap - first_tap..K {
                let place = (first_tap + k) * G::FILTERS + first_filter;
                let Some(target) = part_mut(weight_gradient, place, F) else { return };
                for f in next_filter - first_filter..F {
                    target[f] += totals[f][k];
                }
            }
        }
    }
}

/// Adds to `sums` the products over all windows: in runs where all taps of the tile lie in the image, and window by window
/// where padding takes some of them.
#[inline(always)]
fn add_image<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const F: usize, const K: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    [first_filter, first_tap]: [usize; 2],
    sums: &mut [[T::Vector<S>; K]; F],
) {
    let mut places = [[0; 3]; K];
    for k in 0..K {
        places[k] = tap_place::<G>(first_tap + k);
    }
    let places = &places;
    let Reach { common, any } = Reach::of::<G>(first_tap, K);
    let [common_rows, common_columns] = common;
    let [any_rows, any_columns] = any;
    for row in common_rows.0..common_rows.1 {
        add_row::<T, S, G, L, F, K>(simd, input, output_gradient, first_filter, places, row, common_columns, sums);
    }
    if G::PADDING[0] + G::PADDING[1] + G::PADDING[2] + G::PADDING[3] == 0 {
        return;
    }
    // Not in the loop above: both would have to share the registers.
    for row in any_rows.0..any_rows.1 {
        let run = if row >= common_rows.0 && row < common_rows.1 { common_columns } else { (0, 0) };
        add_edges::<T, S, G, L, F, K>(simd, input, output_gradient, first_filter, places, row, any_columns, run, sums);
    }
}

/// Adds to `sums` the products over the windows of one output row between two columns, except those in a run, one by one:
/// their taps may lie outside the image.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // A loop body with a name.
fn add_edges<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize, const F: usize, const K: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    first_filter: usize,
    places: &[[usize; 3]; K],
    row: usize,
    (first, end): (usize, usize),
    run: (usize, usize),
    sums: &mut [[T::Vector<S>; K]; F],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let ([_, height, width], vectors) = (G::INPUT, L / T::lanes::<S>());
    let mut gradients: [&[T::Vector<S>]; F] = [&[]; F];
    for f in 0..F {
        let place = ((first_filter + f) * rows.output + row) * columns.output * L;
        let Some(row) = part(output_gradient, place, columns.output * L) else { return };
        gradients[f] = T::vectors::<S>(row).0;
    }
    // A row outside the image is empty.
    let mut inputs: [&[T::Vector<S>]; K] = [&[]; K];
    for k in 0..K {
        let [channel, kh, _] = places[k];
        let y = (row * rows.stride + kh * rows.dilation).wrapping_sub(rows.before);
        if y < height {
            let Some(row) = part(input, (channel * height + y) * width * L, width * L) else { return };
            inputs[k] = T::vectors::<S>(row).0;
        }
    }
    let zero = T::splat(simd, T::ZERO);
    let mut column = first;
    while column < end {
        if column == run.0 && run.0 < run.1 {
            column = run.1;
            continue;
        }
        for v in 0..vectors {
            add_outer::<T, S, F, K>(
                simd,
                #[inline(always)]
                |f| vector_at(gradients[f], column * vectors + v, zero),
                #[inline(always)]
                |k| {
                    // Before the first column it wraps to more than there are.
                    let x = (column * columns.stride + places[k][2] * columns.dilation).wrapping_sub(columns.before);
                    inputs[k].get(x.wrapping_mul(vectors).wrapping_add(v)).copied().unwrap_or(zero)
                },
                sums,
            );
        }
        column += 1;
    }
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
        let Some(run) = part(output_gradient, place * L, windows * L) else { return };
        gradients[f] = T::vectors::<S>(run).0;
    }
    let mut inputs: [&[T::Vector<S>]; K] = [&[]; K];
    for k in 0..K {
        let [channel, kh, kw] = places[k];
        let place = (channel * height + rows.position(row, kh)) * width + columns.position(first, kw);
        let Some(run) = part(input, place * L, ((windows - 1) * stride + 1) * L) else { return };
        inputs[k] = T::vectors::<S>(run).0;
    }
    let vectors = L / T::lanes::<S>();
    if stride == 1 {
        // One run of vectors; equal lengths let the compiler drop the bounds checks.
        let len = windows * vectors;
        for f in 0..F {
            let Some(run) = part(gradients[f], 0, len) else { return };
            gradients[f] = run;
        }
        for k in 0..K {
            let Some(run) = part(inputs[k], 0, len) else { return };
            inputs[k] = run;
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
        let zero = T::zeros::<S>();
        for window in 0..windows {
            for v in 0..vectors {
                let (g, x) = (window * vectors + v, window * stride * vectors + v);
                add_outer::<T, S, F, K>(
                    simd,
                    #[inline(always)]
                    |f| vector_at(gradients[f], g, zero),
                    #[inline(always)]
                    |k| vector_at(inputs[k], x, zero),
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
