//! `tanh` of a whole vector: a polynomial that the compiler keeps in registers.

use pulp::Simd;

use super::ROUNDING;
use crate::simd::lanes::Lanes;

/// Minimax coefficients of (2^f - 1) / f on |f| <= 1/2, highest power first (by linear programming; relative error 1.1e-8
/// before rounding).
const EXP2: [f32; 6] = [1.540_318_5e-4, 1.339_073e-3, 9.618_239e-3, 5.550_357_3e-2, 2.402_264_9e-1, 6.931_472e-1];
/// tanh(x) is a matter of exp(2 x) = 2^([`TANH_SCALE`] x).
pub(super) const TANH_SCALE: f32 = 2.0 * core::f32::consts::LOG2_E;
/// Beyond it, on either side, tanh is one in `f32`.
pub(super) const EXP2_LIMIT: f32 = 30.0;
/// [`ROUNDING`], with the bias of an exponent in its lowest bits.
const ROUNDING_TO_EXPONENT: f32 = ROUNDING + 127.0;

/// The hyperbolic tangent of each lane, within 2e-7 of the exact value and of 3e-6 of it, and never beyond one; NaN stays NaN.
///
/// tanh(x) = t / (t + 2) with t = exp(2 x) - 1, which keeps the relative error small near zero too: with
/// 2 x / ln 2 = n + f, t = 2^n (2^f - 1) + (2^n - 1). That n + f has the relative error of one product does not matter
/// here: where it is large, t is almost -1, or the quotient almost 1.
#[inline(always)]
pub(super) fn tanh_f32s<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    if let Some(avx512) = crate::simd::dispatch::avx512_of(simd) {
        return bytemuck::cast(super::tanh_table::tanh(avx512, bytemuck::cast(x)));
    }
    let y = simd.mul_f32s(x, splat(TANH_SCALE));
    // In this order NaN stays NaN, but for plain code: see below.
    let y = simd.min_f32s(splat(EXP2_LIMIT), simd.max_f32s(splat(-EXP2_LIMIT), y));
    let shifted = simd.add_f32s(y, splat(ROUNDING_TO_EXPONENT));
    let f = simd.sub_f32s(y, simd.sub_f32s(shifted, splat(ROUNDING_TO_EXPONENT)));
    let mut polynomial = splat(EXP2[0]);
    for &coefficient in &EXP2[1..] {
        polynomial = f32::mul_add_lanes(simd, polynomial, f, splat(coefficient));
    }
    let fraction = simd.mul_f32s(polynomial, f);
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let power = simd.transmute_f32s_u32s(exponent);
    let t = f32::mul_add_lanes(simd, power, fraction, simd.sub_f32s(power, splat(1.0)));
    let tanh = simd.div_f32s(t, simd.add_f32s(t, splat(2.0)));
    if const { size_of::<S::f32s>() == size_of::<f32>() } {
        // The minimum and maximum of plain code pass over NaN.
        return simd.select_f32s(simd.equal_f32s(x, x), tanh, x);
    }
    tanh
}
