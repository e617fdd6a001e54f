//! `tanh` in AVX-512, whose registers are large enough to be a table.

use core::arch::x86_64::__m512i;
use core::f32::consts::SQRT_2;

use pulp::Simd;
use pulp::x86::V4;

use super::ROUNDING;
use super::tanh::{EXP2_LIMIT, TANH_SCALE};
use crate::simd::lanes::Lanes;

type Vector = <f32 as Lanes>::Vector<V4>;

/// Powers of two between one and two, as many as a register has lanes.
#[rustfmt::skip]
const POWERS: [f32; 16] = [
    1.0, 1.044_273_7, 1.090_507_7, 1.138_788_6, 1.189_207_1, 1.241_857_8, 1.296_839_6, 1.354_255_6,
    SQRT_2, 1.476_826_2, 1.542_210_8, 1.610_490_3, 1.681_792_9, 1.756_252_2, 1.834_008_1, 1.915_206_6,
];
/// An exponent begins at bit 23; of a number of sixteenths the whole ones do after a shift by this.
const SHIFT: u32 = 19;
/// The bits of 2^(j/16), less those that j itself has when it is shifted with the whole ones.
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut j = 0;
    while j < 16 {
        table[j] = POWERS[j].to_bits() - ((j as u32) << SHIFT);
        j += 1;
    }
    table
};
/// Minimax coefficients of (2^(f/16) - 1) / f on |f| <= 1/2, highest power first (by linear programming; relative error
/// 1.1e-7 before rounding).
const EXP2_SIXTEENTH: [f32; 3] = [1.355_080_8e-5, 9.384_123e-4, 4.332_17e-2];
/// Beyond it, on either side, tanh is one in `f32`.
const LIMIT: f32 = 16.0 * EXP2_LIMIT;

/// The hyperbolic tangent as [`super::tanh::tanh_f32s`] has it, with 2 x / ln 2 = (n + f) / 16: what n has beyond whole numbers
/// is looked up, so that half of the polynomial is left to multiply. The powers in the table are rounded, which near zero
/// leaves a relative error of up to 3e-6.
#[inline(always)]
pub(super) fn tanh(simd: V4, x: Vector) -> Vector {
    let splat = |value: f32| simd.splat_f32s(value);
    // Without the sign: where t is almost -1, its last digit would count twice in the quotient.
    let magnitude = simd.abs_f32s(x);
    // In this order NaN stays NaN.
    let y = simd.min_f32s(splat(LIMIT), simd.mul_f32s(magnitude, splat(16.0 * TANH_SCALE)));
    let shifted = simd.add_f32s(y, splat(ROUNDING));
    let f = simd.sub_f32s(y, simd.sub_f32s(shifted, splat(ROUNDING)));
    let [a, b, c] = EXP2_SIXTEENTH;
    let polynomial = f32::mul_add_lanes(simd, splat(a), f, splat(b));
    let polynomial = f32::mul_add_lanes(simd, polynomial, f, splat(c));
    let fraction = simd.mul_f32s(polynomial, f);
    let n: __m512i = bytemuck::cast(shifted);
    let part = simd.avx512f._mm512_permutexvar_epi32(n, bytemuck::cast(TABLE));
    let power = simd.avx512f._mm512_add_epi32(part, simd.avx512f._mm512_slli_epi32::<SHIFT>(n));
    let power: Vector = bytemuck::cast(power);
    let t = f32::mul_add_lanes(simd, power, fraction, simd.sub_f32s(power, splat(1.0)));
    let tanh = simd.div_f32s(t, simd.add_f32s(t, splat(2.0)));
    simd.or_f32s(tanh, simd.and_f32s(x, splat(-0.0)))
}
