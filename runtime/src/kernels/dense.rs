//! Dense products of a lane group: `y = W x + b`, and its two gradients.

use pulp::Simd;

use super::lanes::{load, store};
use super::{Source, in_lanes, opaque, single, tile_rows, tile_vectors, with_tile};
use crate::Scalar;
use crate::layers::Activation;

mod few_outputs;
mod weight_gradient;

pub(crate) use weight_gradient::{Target, weight_gradient};

/// `output = activation(weight * input + bias)`: `weight` is `OUT * IN`, `input` `IN * L`, `output` `OUT * L`.
#[inline(always)]
pub(crate) fn forward<T: Scalar, S: Simd, A: Activation<T>, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    activation: A,
) {
    if const { L == 1 } {
        return single::dense_forward::<T, S, A, IN, OUT>(simd, weight, bias, input, output, activation);
    }
    in_lanes!(T, S, L, simd => with_tile!(tile_rows::<S>(OUT, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
        forward_tiles::<T, S, A, L, OUT, R, V>(simd, weight, bias, input, output, activation)
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
    activation: A,
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
                store_activated::<T, S, A, V>(simd, row, &sums[r], activation);
            }
        }
    }
}

/// `input_gradient = weight^T * output_gradient`, times the derivative of the activation that the input comes from.
#[inline(always)]
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
    source: Source<'_, T, A>,
    input_gradient: &mut [T],
) {
    if const { L == 1 } {
        return single::dense_input_gradient::<T, S, A, OUT>(simd, weight, output_gradient, source, input_gradient);
    }
    in_lanes!(T, S, L, simd => with_tile!(tile_rows::<S>(IN, tile_vectors::<T, S>(L)), tile_vectors::<T, S>(L), |R, V| {
        input_gradient_tiles::<T, S, A, L, IN, OUT, R, V>(simd, weight, output_gradient, source, input_gradient)
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
    source: Source<'_, T, A>,
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
                source.store::<S, V>(simd, input_gradient, (first + r) * L + lane, &sums[r]);
            }
        }
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

/// Writes the activation of `V` vectors to `target`, which has just their length.
#[inline(always)]
pub(super) fn store_activated<T: Scalar, S: Simd, A: Activation<T>, const V: usize>(
    simd: S,
    target: &mut [T],
    sums: &[T::Vector<S>; V],
    activation: A,
) {
    for v in 0..V {
        store::<T, S>(&mut target[v * T::lanes::<S>()..], activation.value::<S>(simd, sums[v]));
    }
}

/// `sums[i] +=` the sum over `values[i * len..][..len]`: a feature's lanes, or a channel's positions and lanes.
#[inline(always)]
pub(super) fn add_feature_sums<T: Scalar, S: Simd>(simd: S, len: usize, values: &[T], sums: &mut [T]) {
    for (feature, sum) in values.chunks_exact(len).zip(sums) {
        let (vectors, rest) = T::vectors::<S>(feature);
        let mut total = T::partial_load(simd, rest);
        // An addition takes four cycles, and one can start in each half: eight sums keep a core from waiting.
        let (eights, vectors) = vectors.as_chunks::<8>();
        if let Some((first, eights)) = eights.split_first() {
            let mut sums = *first;
            for eight in eights {
                for chain in 0..8 {
                    sums[chain] = T::add_lanes(simd, sums[chain], eight[chain]);
                }
            }
            for sum in sums {
                total = T::add_lanes(simd, total, sum);
            }
        }
        for &vector in vectors {
            total = T::add_lanes(simd, total, vector);
        }
        *sum += T::sum_lanes(simd, total);
    }
}
