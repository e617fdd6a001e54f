//! The standard normal distribution, of a whole vector.

use pulp::Simd;

use super::Functions;
use crate::simd::Scalar;
use crate::simd::lanes::Lanes;

/// The tail is `t P(t) exp(-x^2 / 2)` with `t = 1 / (1 + STRETCH |x| / sqrt 2)` (the form of Abramowitz & Stegun, 1964,
/// 7.1.26).
const STRETCH: f32 = 0.44;
/// Minimax coefficients of `P`, highest power first (relative error 1.8e-7 before rounding).
const TAIL: [f32; 8] =
    [0.035_634_15, -0.139_072_95, 0.148_524_87, -0.010_267_942, 0.108_006_47, 0.108_624_24, 0.124_441_17, 0.124_110_09];

/// Distribution function and density in each lane: `P(N <= x)` and `exp(-x^2 / 2) / sqrt(2 pi)`.
///
/// The former is within 3e-7 of the exact value, and on the negative side within 6e-6 of it as far as it is no
/// subnormal number; NaN stays NaN.
#[inline(always)]
pub(super) fn f32s<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    let splat = |value: f32| simd.splat_f32s(value);
    let magnitude = simd.abs_f32s(x);
    let one = splat(1.0);
    let stretched = f32::mul_add_lanes(simd, magnitude, splat(STRETCH * core::f32::consts::FRAC_1_SQRT_2), one);
    let t = simd.div_f32s(one, stretched);
    let mut polynomial = splat(TAIL[0]);
    for &coefficient in &TAIL[1..] {
        polynomial = f32::mul_add_lanes(simd, polynomial, t, splat(coefficient));
    }
    let exp = f32::exp_lanes(simd, simd.mul_f32s(simd.mul_f32s(x, x), splat(-0.5)));
    let tail = simd.mul_f32s(simd.mul_f32s(polynomial, t), exp);
    let below = simd.select_f32s(simd.greater_than_f32s(x, splat(0.0)), simd.sub_f32s(one, tail), tail);
    [below, simd.mul_f32s(exp, splat(FRAC_1_SQRT_2_PI as f32))]
}

/// `1 / sqrt(2 pi)`
const FRAC_1_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;

/// The same, lane by lane.
#[inline(always)]
pub(in crate::simd) fn f64s<S: Simd>(simd: S, x: S::f64s) -> [S::f64s; 2] {
    let below = super::each_f64::<S>(x, |x| 0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2));
    let _ = simd;
    [below, super::each_f64::<S>(x, |x| FRAC_1_SQRT_2_PI * Scalar::exp(-0.5 * x * x))]
}
