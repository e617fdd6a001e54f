//! The gradient in the weights of a few outputs: a sum over the lanes for each, many at once, instead of a transposition.

use pulp::Simd;

use super::GradientOf;
use crate::Scalar;
use crate::kernels::tile::add_feature_sums;
use crate::simd::lanes::load;
use crate::simd::sums::sum_each;

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
    target: GradientOf<'_, T>,
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

#[cfg(test)]
mod tests {
    use pulp::{Arch, Simd, WithSimd};

    use crate::kernels::dense::{GradientOf, weight_gradient};

    struct Compare<const L: usize, const IN: usize, const OUT: usize>;

    impl<const L: usize, const IN: usize, const OUT: usize> WithSimd for Compare<L, IN, OUT> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            // Whole numbers, whose sums are exact in any order.
            let numbers = |len: usize, factor: usize| -> Vec<f32> {
                (0..len).map(|place| ((place * factor) % 19) as f32 - 9.0).collect()
            };
            let (input, output_gradient) = (numbers(IN * L, 7), numbers(OUT * L, 11));
            let lanes = |values: &[f32], feature: usize| values[feature * L..][..L].to_vec();
            for overwrite in [false, true] {
                let (mut weight, mut bias) = (vec![0.5; IN * OUT], vec![0.5; OUT]);
                let target = GradientOf { weight: &mut weight, bias: Some(&mut bias), overwrite };
                weight_gradient::<f32, S, L, IN, OUT>(simd, &input, &output_gradient, target);
                let before = if overwrite { 0.0 } else { 0.5 };
                for o in 0..OUT {
                    let gradients = lanes(&output_gradient, o);
                    assert_eq!(bias[o], before + gradients.iter().sum::<f32>(), "{IN} to {OUT}, bias {o}");
                    for i in 0..IN {
                        let sum: f32 = lanes(&input, i).iter().zip(&gradients).map(|(x, dy)| x * dy).sum();
                        assert_eq!(weight[i * OUT + o], before + sum, "{IN} to {OUT}, weight {o}, {i}");
                    }
                }
            }
        }
    }

    fn compare<const IN: usize, const OUT: usize>() {
        Arch::new().dispatch(Compare::<16, IN, OUT>);
        Arch::new().dispatch(Compare::<32, IN, OUT>);
    }

    fn compare_all<const OUT: usize>() {
        compare::<15, OUT>();
        compare::<16, OUT>();
        compare::<17, OUT>();
        compare::<40, OUT>();
    }

    #[test]
    fn every_weight_has_its_sum() {
        compare_all::<1>();
        compare_all::<2>();
        compare_all::<3>();
        compare_all::<4>();
        compare_all::<5>();
        compare_all::<6>();
        compare_all::<7>();
        compare_all::<8>();
        compare_all::<9>();
    }
}
