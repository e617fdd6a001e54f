//! The gradient of a convolution in its input.

use std::marker::PhantomData;

use pulp::Simd;

use super::{tap_place, taps};
use crate::Scalar;
use crate::kernels::dense::{add_products, load_vectors, store_vectors};
use crate::kernels::{in_lanes, opaque, tile_rows, tile_vectors, with_tile};
use crate::layers::geometry::{Conv2dGeometry, conv_axes};

/// `input_gradient[c, oh * stride + kh - padding, ..] += weight[f, c, kh, kw] * output_gradient[f, oh, ow]`, from zero.
///
/// Two ways: [`gather_positions`] sums up what reaches a position of a tile of channels, and writes it once. Of one, two
/// or three channels that leaves registers idle: [`scatter_windows`] has tiles of taps, whose sums it adds to memory
/// (3x3, 3x32x32 to 16 filters: 134 against 176 us; 16x32x32 to 16: 2,073 against 637 us).
#[inline(always)]
pub(crate) fn input_gradient<T: Scalar, S: Simd, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    if const { can_gather::<G>() } {
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

/// Whether a tile of channels keeps the multiply-adds busy, of which four are under way, or there are too few filters for
/// [`scatter_windows`] to keep them busier.
const fn can_gather<G: Conv2dGeometry>() -> bool {
    G::INPUT[0] >= 4 || G::FILTERS < 4
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
