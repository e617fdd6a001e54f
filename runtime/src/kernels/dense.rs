//! Dense products of a lane group: `y = W x + b`, and its two gradients.

use pulp::Simd;

use super::dispatch::vectorize;
use super::lanes::{load, store};
use super::{in_lanes, single, tile_rows, tile_vectors, with_tile};
use crate::Scalar;

/// `output = weight * input + bias`: `weight` is `OUT * IN`, `input` `IN * L`, `output` `OUT * L`.
#[inline(always)]
pub(crate) fn forward<T: Scalar, S: Simd, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
) {
    if L == 1 {
        return single::dense_forward::<T, S, IN, OUT>(simd, weight, bias, input, output);
    }
    in_lanes!(T, S, L, simd => with_tile!(tile_rows(OUT, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
        forward_tiles::<T, S, L, OUT, R, V>(simd, weight, bias, input, output)
    }));
}

#[inline(always)]
fn forward_tiles<T: Scalar, S: Simd, const L: usize, const OUT: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
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
                let row = &mut output[(first + r) * L + lane..][..width];
                store_vectors::<T, S, V>(row, &sums[r]);
            }
        }
    }
}

/// `input_gradient = weight^T * output_gradient`.
#[inline(always)]
pub(crate) fn input_gradient<T: Scalar, S: Simd, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    if L == 1 {
        return single::dense_input_gradient::<T, S, OUT>(simd, weight, output_gradient, input_gradient);
    }
    in_lanes!(T, S, L, simd => with_tile!(tile_rows(IN, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
        input_gradient_tiles::<T, S, L, IN, OUT, R, V>(simd, weight, output_gradient, input_gradient)
    }));
}

#[inline(always)]
fn input_gradient_tiles<
    T: Scalar,
    S: Simd,
    const L: usize,
    const IN: usize,
    const OUT: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    let width = V * T::lanes::<S>();
    for first in (0..IN).step_by(R).map(|first| first.min(IN - R)) {
        let mut columns: [&[T]; R] = [&[]; R];
        for r in 0..R {
            columns[r] = &weight[(first + r) * OUT..][..OUT];
        }
        for lane in (0..L).step_by(width) {
            let mut sums = [[T::splat(simd, T::ZERO); V]; R];
            for (o, feature) in output_gradient.chunks_exact(L).enumerate() {
                let mut weights = [T::ZERO; R];
                for r in 0..R {
                    weights[r] = columns[r][o];
                }
                add_products::<T, S, R, V>(simd, &weights, &feature[lane..lane + width], &mut sums);
            }
            for r in 0..R {
                let row = &mut input_gradient[(first + r) * L + lane..][..width];
                store_vectors::<T, S, V>(row, &sums[r]);
            }
        }
    }
}

/// Outputs whose gradients are transposed at a time: `[L][BLOCK]` on the stack.
const BLOCK: usize = 16;

/// `weight_gradient += output_gradient * input^T` and `bias_gradient += output_gradient * 1`.
#[inline(always)]
pub(crate) fn weight_gradient<T: Scalar, S: Simd, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    weight_gradient: &mut [T],
    bias_gradient: Option<&mut [T]>,
) {
    if L == 1 {
        return single::dense_weight_gradient::<T, S, OUT>(
            simd,
            input,
            output_gradient,
            weight_gradient,
            bias_gradient,
        );
    }
    if let Some(bias_gradient) = bias_gradient {
        vectorize(
            simd,
            #[inline(always)]
            || add_feature_sums::<T, S>(simd, L, output_gradient, bias_gradient),
        );
    }
    // Here the outputs are the vector: lanes of `S` divide the block for every instruction set.
    vectorize(
        simd,
        #[inline(always)]
        || {
            with_tile!(tile_rows(IN, tile_vectors::<T, S>(BLOCK)), tile_vectors::<T, S>(BLOCK), |R, V| {
                weight_gradient_tiles::<T, S, L, IN, OUT, R, V>(simd, input, output_gradient, weight_gradient)
            })
        },
    );
}

#[inline(always)]
fn weight_gradient_tiles<
    T: Scalar,
    S: Simd,
    const L: usize,
    const IN: usize,
    const OUT: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    weight_gradient: &mut [T],
) {
    let width = V * T::lanes::<S>();
    let mut block = [[T::ZERO; BLOCK]; L];
    for first_output in (0..OUT).step_by(BLOCK) {
        let outputs = BLOCK.min(OUT - first_output);
        transpose::<T, L>(&output_gradient[first_output * L..][..outputs * L], &mut block);
        for part in (0..outputs).step_by(width) {
            let used = width.min(outputs - part);
            for next in (0..IN).step_by(R) {
                let first = next.min(IN - R);
                let mut sums = [[T::splat(simd, T::ZERO); V]; R];
                let mut rows: [&[T]; R] = [&[]; R];
                for r in 0..R {
                    rows[r] = &input[(first + r) * L..][..L];
                }
                for (lane, gradients) in block.iter().enumerate() {
                    let mut inputs = [T::ZERO; R];
                    for r in 0..R {
                        inputs[r] = rows[r][lane];
                    }
                    add_products::<T, S, R, V>(simd, &inputs, &gradients[part..part + width], &mut sums);
                }
                for r in next - first..R {
                    let target = &mut weight_gradient[(first + r) * OUT + first_output + part..][..used];
                    add_vectors::<T, S, V>(simd, target, &sums[r]);
                }
            }
        }
    }
}

/// `block[lane][output] = rows[output * L + lane]`; outputs beyond the rows are zero.
#[inline(always)]
fn transpose<T: Scalar, const L: usize>(rows: &[T], block: &mut [[T; BLOCK]; L]) {
    let outputs = rows.len() / L;
    for (output, row) in rows.chunks_exact(L).enumerate() {
        for lane in 0..L {
            block[lane][output] = row[lane];
        }
    }
    for gradients in block.iter_mut() {
        gradients[outputs..].fill(T::ZERO);
    }
}

/// `sums[r][v] += weights[r] * vectors[v]`.
#[inline(always)]
pub(super) fn add_products<T: Scalar, S: Simd, const R: usize, const V: usize>(
    simd: S,
    weights: &[T],
    vectors: &[T],
    sums: &mut [[T::Vector<S>; V]; R],
) {
    let vectors = load_vectors::<T, S, V>(simd, vectors);
    for r in 0..R {
        let weight = T::splat(simd, weights[r]);
        for v in 0..V {
            sums[r][v] = T::mul_add_lanes(simd, weight, vectors[v], sums[r][v]);
        }
    }
}

/// `V` vectors from the start of `source`.
#[inline(always)]
pub(super) fn load_vectors<T: Scalar, S: Simd, const V: usize>(simd: S, source: &[T]) -> [T::Vector<S>; V] {
    let mut vectors = [T::splat(simd, T::ZERO); V];
    for v in 0..V {
        vectors[v] = load::<T, S>(&source[v * T::lanes::<S>()..]);
    }
    vectors
}

/// Writes `V` vectors to `target`, which has just their length.
#[inline(always)]
pub(super) fn store_vectors<T: Scalar, S: Simd, const V: usize>(target: &mut [T], vectors: &[T::Vector<S>; V]) {
    for v in 0..V {
        store::<T, S>(&mut target[v * T::lanes::<S>()..], vectors[v]);
    }
}

/// Adds `V` vectors to `target`, which has their length or less.
#[inline(always)]
fn add_vectors<T: Scalar, S: Simd, const V: usize>(simd: S, target: &mut [T], vectors: &[T::Vector<S>; V]) {
    let lanes = T::lanes::<S>();
    for v in 0..V {
        if target.len() >= (v + 1) * lanes {
            let part = &mut target[v * lanes..];
            let sum = T::add_lanes(simd, load::<T, S>(part), vectors[v]);
            store::<T, S>(part, sum);
        } else if target.len() > v * lanes {
            let part = &mut target[v * lanes..];
            let sum = T::add_lanes(simd, T::partial_load(simd, part), vectors[v]);
            T::partial_store(simd, part, sum);
        }
    }
}

/// `sums[i] +=` the sum over `values[i * len..][..len]`: a feature's lanes, or a channel's positions and lanes.
#[inline(always)]
pub(super) fn add_feature_sums<T: Scalar, S: Simd>(simd: S, len: usize, values: &[T], sums: &mut [T]) {
    for (feature, sum) in values.chunks_exact(len).zip(sums) {
        let (vectors, rest) = T::vectors::<S>(feature);
        let mut total = T::partial_load(simd, rest);
        for &vector in vectors {
            total = T::add_lanes(simd, total, vector);
        }
        *sum += T::sum_lanes(simd, total);
    }
}
