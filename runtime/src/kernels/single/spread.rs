//! Dense layers of one sample in AVX-512: inputs are spread from a register.
//!
//! A vector of weights takes the whole width of the load unit. An input that is broadcast from memory takes its turn
//! there too; one that is spread from a register by a permutation does not.

use core::arch::x86_64::__m512i;
use pulp::x86::V4;

use crate::simd::lanes::{Lanes, load};

type Vector = <f32 as Lanes>::Vector<V4>;

/// Numbers in a vector.
const LANES: usize = 16;

/// `spread[lane] = vector[index[lane]]`.
#[inline(always)]
fn spread(simd: V4, vector: Vector, index: __m512i) -> Vector {
    bytemuck::cast(simd.avx512f._mm512_permutexvar_ps(index, bytemuck::cast(vector)))
}

/// The inputs from `first` on, as far as a vector goes, and zeros behind the last.
#[inline(always)]
fn inputs(simd: V4, input: &[f32], first: usize) -> Vector {
    let rest = &input[first..];
    if rest.len() >= LANES { load::<f32, V4>(rest) } else { f32::partial_load(simd, rest) }
}

/// `weight * input + bias` in the first lanes, for half a vector of outputs or fewer: as many columns as fit are one vector.
#[inline(always)]
pub(super) fn narrow<const OUT: usize>(simd: V4, weight: &[f32], bias: Option<&[f32]>, input: &[f32]) -> Vector {
    const CHAINS: usize = 4;
    let columns = const { columns_of_vector::<OUT>() };
    let column_of_lane = lanes_by(OUT);
    let step = simd.avx512f._mm512_set1_epi32(columns as i32);
    let mut sums = [f32::splat(simd, 0.0); CHAINS];
    // Blocks of as many inputs as a vector has, but for those that are no whole group of columns.
    let groups = const { LANES / columns_of_vector::<OUT>() };
    for first in (0..input.len()).step_by(groups * columns) {
        let inputs = inputs(simd, input, first);
        let mut index = column_of_lane;
        let weight = &weight[first * OUT..];
        if weight.len() >= (groups - 1) * columns * OUT + LANES {
            for group in 0..groups {
                let weights = load::<f32, V4>(&weight[group * columns * OUT..]);
                sums[group % CHAINS] =
                    f32::mul_add_lanes(simd, weights, spread(simd, inputs, index), sums[group % CHAINS]);
                index = simd.avx512f._mm512_add_epi32(index, step);
            }
        } else {
            for weights in weight.chunks(columns * OUT).take(groups) {
                let weights = f32::partial_load(simd, weights);
                sums[0] = f32::mul_add_lanes(simd, weights, spread(simd, inputs, index), sums[0]);
                index = simd.avx512f._mm512_add_epi32(index, step);
            }
        }
    }
    let [a, b, c, d] = sums;
    let sum = f32::add_lanes(simd, f32::add_lanes(simd, a, b), f32::add_lanes(simd, c, d));
    let mut total = bias.map_or(f32::splat(simd, 0.0), |bias| f32::partial_load(simd, bias));
    let mut index = lanes_by(1);
    let next = simd.avx512f._mm512_set1_epi32(OUT as i32);
    for _ in 0..columns {
        total = f32::add_lanes(simd, total, spread(simd, sum, index));
        index = simd.avx512f._mm512_add_epi32(index, next);
    }
    total
}

/// Columns of `OUT` numbers that one vector holds.
const fn columns_of_vector<const OUT: usize>() -> usize {
    if OUT > LANES { 1 } else { LANES / OUT }
}

/// The number of each lane divided by `number`.
#[inline(always)]
fn lanes_by(number: usize) -> __m512i {
    let mut quotients = [0; LANES];
    for (lane, quotient) in quotients.iter_mut().enumerate() {
        *quotient = (lane / number) as u32;
    }
    bytemuck::cast(quotients)
}

#[cfg(test)]
mod tests {
    use pulp::{Simd, WithSimd};

    use super::*;

    struct Narrow<'a, const OUT: usize> {
        weight: &'a [f32],
        bias: Option<&'a [f32]>,
        input: &'a [f32],
    }

    impl<const OUT: usize> WithSimd for Narrow<'_, OUT> {
        type Output = [f32; OUT];
        fn with_simd<S: Simd>(self, simd: S) -> [f32; OUT] {
            let simd = crate::simd::dispatch::avx512_of(simd).expect("it is called for AVX-512");
            let mut output = [f32::NAN; OUT];
            f32::partial_store(simd, &mut output, narrow::<OUT>(simd, self.weight, self.bias, self.input));
            output
        }
    }

    fn check<const OUT: usize>() {
        let Some(simd) = V4::try_new() else { return };
        let numbers: Vec<f32> = (0..600).map(|place| (place as f32 * 0.7).sin()).collect();
        for inputs in [1, 2, 3, 7, 15, 16, 17, 31, 64] {
            let (weight, input) = (&numbers[..OUT * inputs], &numbers[520..520 + inputs]);
            for bias in [None, Some(&numbers[3..3 + OUT])] {
                let output = Simd::vectorize(simd, Narrow::<OUT> { weight, bias, input });
                for (o, &found) in output.iter().enumerate() {
                    let products: f32 = input.iter().enumerate().map(|(i, x)| x * weight[i * OUT + o]).sum();
                    let expected = products + bias.map_or(0.0, |bias| bias[o]);
                    assert!((found - expected).abs() < 1e-5, "{inputs} to {OUT}: {found}, expected {expected}");
                }
            }
        }
    }

    #[test]
    fn columns_that_share_a_vector_are_told_apart() {
        check::<1>();
        check::<2>();
        check::<3>();
        check::<4>();
        check::<5>();
        check::<6>();
        check::<7>();
        check::<8>();
    }
}
