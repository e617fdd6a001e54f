//! `exp` of a whole vector: a polynomial that the compiler keeps in registers.

use pulp::Simd;

use super::ROUNDING;
use crate::simd::lanes::Lanes;

/// ln 2 in two parts: the first has so few digits that a product with an exponent is exact.
const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
/// Minimax coefficients of (exp(r) - 1 - r) / r^2 on |r| <= ln(2) / 2, highest power first (Cephes, `expf.c`).
const EXP: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 5.0e-1];
/// Beyond it exp overflows to infinity.
const EXP_HIGH: f32 = 89.0;
/// Below it exp is smaller than the least normal number and is returned as zero.
const EXP_LOW: f32 = -87.3;

/// e to the power of each lane: exp(x) = 2^n exp(r) with n = round(x / ln 2), r = x - n ln 2.
///
/// The relative error is at most 2 units in the last place; what would be subnormal is zero; NaN stays NaN.
#[inline(always)]
pub(super) fn exp_f32s<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    let clamped = simd.min_f32s(splat(EXP_HIGH), simd.max_f32s(splat(EXP_LOW), x));
    let shifted = f32::mul_add_lanes(simd, clamped, splat(core::f32::consts::LOG2_E), splat(ROUNDING));
    let n = simd.sub_f32s(shifted, splat(ROUNDING));
    let r = f32::mul_add_lanes(simd, n, splat(-LN_2.0), clamped);
    let r = f32::mul_add_lanes(simd, n, splat(-LN_2.1), r);

    let mut polynomial = splat(EXP[0]);
    for &coefficient in &EXP[1..] {
        polynomial = f32::mul_add_lanes(simd, polynomial, r, splat(coefficient));
    }
    let exp_r = f32::mul_add_lanes(simd, polynomial, simd.mul_f32s(r, r), simd.add_f32s(r, splat(1.0)));

    // 2^(n - 1) and a doubling, because n = 128 has no exponent of its own.
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(126));
    let power = simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23)));
    let result = simd.mul_f32s(simd.mul_f32s(exp_r, power), splat(2.0));
    simd.select_f32s(simd.equal_f32s(x, x), result, x)
}
