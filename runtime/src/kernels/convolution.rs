//! Direct convolution of a lane group, and its two gradients: no packing, no im2col.

use pulp::Simd;

use super::dense::{add_products, store_activated};
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
        with_tile!(tile_rows::<S>(G::FILTERS, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
            forward_tiles::<T, S, A, G, L, R, V>(simd, weight, bias, input, output, activation)
        })
    });
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
                        let target = &mut output[place * L + lane..][..lanes];
                        store_activated::<T, S, A, V>(simd, target, &sums[r], activation);
                    }
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
