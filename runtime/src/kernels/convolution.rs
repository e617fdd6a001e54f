//! Direct convolution of a lane group, and its two gradients: no packing, no im2col.

use pulp::Simd;

use super::dense::{load_vectors, store_activated};
use super::{in_lanes, single, tile_rows, tile_vectors, with_tile};
use crate::Scalar;
use crate::layers::Activation;
use crate::layers::geometry::{Conv2dGeometry, conv_axes};

mod input_gradient;
mod weight_gradient;

pub(crate) use input_gradient::input_gradient;
pub(crate) use weight_gradient::weight_gradient;

/// `activation` of `output[f, oh, ow] = bias[f] + sum over c, kh, kw of weight[f, c, kh, kw] * input[c, oh * stride + kh - padding, ..]`.
///
/// `weight` is `[(c * KH + kh) * KW + kw][f]`: the filters' weights for one tap stand together.
#[inline(always)]
pub(crate) fn forward<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const L: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    activation: A,
) {
    if const { L == 1 } {
        return single::conv_forward::<T, S, A, G>(simd, weight, bias, input, output, activation);
    }
    in_lanes!(T, S, L, simd => {
        with_tile!(forward_rows::<T, S, G>(L), tile_vectors::<T, S>(L), |R, V| {
            forward_tiles::<T, S, A, G, L, R, V>(simd, weight, bias, input, output, activation)
        })
    });
}

/// Neighbouring columns that a tile takes at once. They share the broadcast weights, where the lanes of one column are no
/// two vectors that do.
const fn columns_at_once(vectors: usize) -> usize {
    if vectors == 1 { 2 } else { 1 }
}

/// Filters of a tile.
const fn forward_rows<T: Scalar, S: Simd, G: Conv2dGeometry>(lanes: usize) -> usize {
    let vectors = tile_vectors::<T, S>(lanes);
    tile_rows::<S>(G::FILTERS, vectors * columns_at_once(vectors))
}

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
    activation: A,
) {
    let [rows, columns] = const { conv_axes::<G>() };
    for row in 0..rows.output {
        let mut column = 0;
        while column < columns.output {
            let position = [row, column];
            if const { columns_at_once(V) == 2 }
                && column + 1 < columns.output
                && columns.taps(column) == columns.taps(column + 1)
            {
                forward_position::<T, S, A, G, L, 2, R, V>(simd, weight, bias, input, output, activation, position);
                column += 2;
            } else {
                forward_position::<T, S, A, G, L, 1, R, V>(simd, weight, bias, input, output, activation, position);
                column += 1;
            }
        }
    }
}

/// All filters at `C` neighbouring positions of a row, one or two, at which the same taps lie in the image.
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
    activation: A,
    [row, column]: [usize; 2],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let ([channels, height, width], lanes) = (G::INPUT, V * T::lanes::<S>());
    let ((first_kh, end_kh), (first_kw, end_kw)) = (rows.taps(row), columns.taps(column));
    let taps = end_kw.saturating_sub(first_kw);
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
            for channel in 0..channels {
                for kh in first_kh..end_kh {
                    if taps == 0 {
                        continue;
                    }
                    let place = (channel * height + rows.position(row, kh)) * width;
                    let inputs = &input[(place + columns.position(column, first_kw)) * L..];
                    let last = &inputs[(C - 1) * columns.stride * L..][..taps * L];
                    let tap = (channel * G::KERNEL[0] + kh) * G::KERNEL[1] + first_kw;
                    let weights = &weight[tap * G::FILTERS..][..taps * G::FILTERS];
                    let inputs = inputs[..taps * L].chunks_exact(L).zip(last.chunks_exact(L));
                    for (filters, (x, last)) in weights.chunks_exact(G::FILTERS).zip(inputs) {
                        let (x, last) = (&x[lane..lane + lanes], &last[lane..lane + lanes]);
                        let mut vectors = [load_vectors::<T, S, V>(simd, x); C];
                        vectors[C - 1] = load_vectors::<T, S, V>(simd, last);
                        let filters = &filters[first..first + R];
                        for r in 0..R {
                            let filter = T::splat(simd, filters[r]);
                            for c in 0..C {
                                for v in 0..V {
                                    sums[c][r][v] = T::mul_add_lanes(simd, filter, vectors[c][v], sums[c][r][v]);
                                }
                            }
                        }
                    }
                }
            }
            for r in 0..R {
                for c in 0..C {
                    let place = ((first + r) * rows.output + row) * columns.output + column + c;
                    let target = &mut output[place * L + lane..][..lanes];
                    store_activated::<T, S, A, V>(simd, target, &sums[c][r], activation);
                }
            }
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
