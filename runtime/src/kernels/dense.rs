//! Dense products of a lane group: `y = W x + b`, and its two gradients.

use pulp::Simd;

use super::tile::{add_products, in_lanes, opaque, tile_rows, tile_vectors, with_tile};
use super::{Activation, Before, Then, single};
use crate::Scalar;

mod few_outputs;
mod weight_gradient;

pub(crate) use weight_gradient::{GradientOf, weight_gradient};

/// `output = activation(weight * input + bias)`: `weight` is `OUT * IN`, `input` `IN * L`, `output` `OUT * L`.
#[inline]
pub(crate) fn forward<T: Scalar, S: Simd, A: Activation<T>, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    mut then: Then<'_, T, A>,
) {
    if const { L == 1 } {
        return single::dense_forward::<T, S, A, IN, OUT>(simd, weight, bias, input, output, &mut then);
    }
    in_lanes!(T, S, L, simd => with_tile!(tile_rows::<S>(OUT, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
        forward_tiles::<T, S, A, L, OUT, R, V>(simd, weight, bias, input, output, &mut then)
    }));
}

#[inline(always)]
fn forward_tiles<
    T: Scalar,
    S: Simd,
    A: Activation<T>,
    const L: usize,
    const OUT: usize,
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
    let width = V * T::lanes::<S>();
    for first in (0..OUT).step_by(R).map(|first| first.min(OUT - R)) {
        for lane in (0..L).step_by(width) {
            let mut sums = [[T::splat(simd, T::ZERO); V]; R];
            if let Some(bias) = bias {
                for r in 0..R {
                    sums[r] = [T::splat(simd, bias[first + r]); V];
                }
            }
            for (column, feature) in weight.chunks_exact(OUT).zip(input.chunks_exact(L)) {
                add_products::<T, S, R, V>(simd, &column[first..first + R], &feature[lane..lane + width], &mut sums);
            }
            for r in 0..R {
                then.store::<S, V>(simd, output, (first + r) * L + lane, &sums[r]);
            }
        }
    }
}

/// `input_gradient = weight^T * output_gradient`, times the derivative of the activation that the input comes from.
#[inline]
pub(crate) fn input_gradient<
    T: Scalar,
    S: Simd,
    A: Activation<T>,
    const L: usize,
    const IN: usize,
    const OUT: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    before: Before<'_, T, A>,
    input_gradient: &mut [T],
) {
    if const { L == 1 } {
        return single::dense_input_gradient::<T, S, A, OUT>(simd, weight, output_gradient, before, input_gradient);
    }
    in_lanes!(T, S, L, simd => with_tile!(tile_rows::<S>(IN, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
        input_gradient_tiles::<T, S, A, L, IN, OUT, R, V>(simd, weight, output_gradient, before, input_gradient)
    }));
}

#[inline(always)]
fn input_gradient_tiles<
    T: Scalar,
    S: Simd,
    A: Activation<T>,
    const L: usize,
    const IN: usize,
    const OUT: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    before: Before<'_, T, A>,
    input_gradient: &mut [T],
) {
    let width = V * T::lanes::<S>();
    let (output_gradient, outputs) = (&output_gradient[..OUT * L], opaque(OUT));
    for first in (0..IN).step_by(R).map(|first| first.min(IN - R)) {
        let columns = &weight[first * OUT..][..R * OUT];
        for lane in (0..L).step_by(width) {
            let mut sums = [[T::splat(simd, T::ZERO); V]; R];
            for o in 0..outputs {
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = columns[r * OUT + o];
                }
                add_products::<T, S, R, V>(simd, &weights, &output_gradient[o * L + lane..][..width], &mut sums);
            }
            for r in 0..R {
                before.store::<S, V>(simd, input_gradient, (first + r) * L + lane, &sums[r]);
            }
        }
    }
}
