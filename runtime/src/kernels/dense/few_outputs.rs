//! The gradient in the weights of a few outputs: a sum over the lanes for each, many at once, instead of a transposition.

use pulp::Simd;

use super::{Target, add_feature_sums};
use crate::Scalar;
use crate::kernels::lanes::load;
use crate::kernels::sums::sum_each;

/// Most outputs that are few.
pub(super) const fn most_outputs<T: Scalar, S: Simd>() -> usize {
    // Of 16 lanes, many sums at once are quick.
    if size_of::<T::Vector<S>>() == BLOCK * size_of::<T>() { 8 } else { 2 }
}

/// Weights, each a sum over the lanes, that are added at once.
const BLOCK: usize = 16;

/// As [`weight_gradient`](super::weight_gradient), where the lanes fill whole vectors.
#[inline(always)]
pub(super) fn weight_gradient<T: Scalar, S: Simd, const L: usize, const OUT: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    target: Target<'_, T>,
) {
    if let Some(bias) = target.bias {
        add_feature_sums::<T, S>(simd, L, output_gradient, bias);
    }
    let gradients: &[[T; L]; OUT] = output_gradient.as_chunks().0.first_chunk().expect("a gradient for each output");
    /// Adds a block of which the number is a constant: so is then, for each weight, what is multiplied for it.
    macro_rules! add_blocks {
        ($weight:expr, $input:expr; $($block:literal)*) => {
            $(if const { $block < OUT } {
                let block = &mut $weight[$block * BLOCK..][..BLOCK];
                add_block::<T, S, L, OUT, $block>(simd, $input, gradients, block);
            })*
        };
    }
    // As many inputs as a block has weights have a whole number of blocks.
    let (inputs, last_inputs) = input.as_chunks::<L>().0.as_chunks::<BLOCK>();
    let (weights, last_weights) = target.weight.split_at_mut(inputs.len() * BLOCK * OUT);
    for (weight, inputs) in weights.chunks_exact_mut(BLOCK * OUT).zip(inputs) {
        add_blocks!(weight, inputs; 0 1 2 3 4 5 6 7);
    }
    for (column, input) in last_weights.chunks_exact_mut(OUT).zip(last_inputs) {
        for (weight, gradients) in column.iter_mut().zip(gradients) {
            *weight += T::sum_lanes(simd, products::<T, S, L>(simd, input, gradients));
        }
    }
}

/// Adds the sums for the weights of block `N` of some columns.
#[inline(always)]
fn add_block<T: Scalar, S: Simd, const L: usize, const OUT: usize, const N: usize>(
    simd: S,
    inputs: &[[T; L]; BLOCK],
    gradients: &[[T; L]; OUT],
    block: &mut [T],
) {
    /// One for each weight, written out: the compiler would not unroll a loop with divisions.
    macro_rules! each_product {
        ($($place:literal)*) => {
            [$({
                let (i, o) = const { ((N * BLOCK + $place) / OUT, (N * BLOCK + $place) % OUT) };
                products::<T, S, L>(simd, &inputs[i], &gradients[o])
            }),*]
        };
    }
    let (sums, mut totals) = (each_product!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15), [T::ZERO; BLOCK]);
    sum_each(simd, &sums, &mut totals);
    for (weight, total) in block.iter_mut().zip(totals) {
        *weight += total;
    }
}

/// The products of two features' lanes, added up where there is more than one vector of them.
#[inline(always)]
fn products<T: Scalar, S: Simd, const L: usize>(simd: S, feature: &[T; L], gradients: &[T; L]) -> T::Vector<S> {
    let mut sum = T::splat(simd, T::ZERO);
    for lane in (0..L).step_by(T::lanes::<S>()) {
        let (x, dy) = (load::<T, S>(&feature[lane..]), load::<T, S>(&gradients[lane..]));
        sum = T::mul_add_lanes(simd, x, dy, sum);
    }
    sum
}
