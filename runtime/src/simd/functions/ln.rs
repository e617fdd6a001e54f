//! The natural logarithm of a whole vector: a polynomial that the compiler keeps in registers.

use pulp::Simd;

use crate::simd::lanes::Lanes;

/// ln 2 in two parts: the first has so few digits that a product with an exponent is exact.
const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
/// Minimax coefficients of (ln(1 + r) - r + r^2 / 2) / r^3 on sqrt(1/2) <= 1 + r <= sqrt(2), highest power first (Cephes,
/// `logf.c`).
const LN: [f32; 9] = [
    7.037_683_6e-2,
    -1.151_461e-1,
    1.167_699_9e-1,
    -1.242_014_1e-1,
    1.424_932_3e-1,
    -1.666_805_8e-1,
    2.000_071_5e-1,
    -2.499_999_4e-1,
    3.333_333e-1,
];
/// The bits of 1.
const ONE: u32 = 0x3f80_0000;
/// The bits of sqrt(1/2), where the exponent n changes.
const ROOT: u32 = 0x3f35_04f3;

/// The natural logarithm of each lane: ln(x) = n ln 2 + ln(1 + r) with x = 2^n (1 + r), where 1 + r is nearest to 1.
///
/// The error is at most 1.5e-7 of ln(x); of less than the least normal number, and of zero, it is minus
/// infinity, of a negative number NaN; NaN and infinity stay as they are.
#[inline(always)]
pub(super) fn ln_f32s<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value: f32| simd.splat_f32s(value);
    let bits = simd.transmute_u32s_f32s(x);
    let shifted = simd.add_u32s(bits, simd.splat_u32s(ONE - ROOT));
    let exponent = simd.wrapping_dyn_shr_u32s(shifted, simd.splat_u32s(23));
    // From 2^23 on numbers are whole, and their lowest bits are those of an integer.
    let n = simd.sub_f32s(
        simd.transmute_f32s_u32s(simd.or_u32s(exponent, simd.splat_u32s(0x4b00_0000))),
        splat(8_388_608.0 + 127.0),
    );
    let mantissa = simd.and_u32s(shifted, simd.splat_u32s(0x007f_ffff));
    let one_and_r = simd.transmute_f32s_u32s(simd.add_u32s(mantissa, simd.splat_u32s(ROOT)));
    let r = simd.sub_f32s(one_and_r, splat(1.0));

    let square = simd.mul_f32s(r, r);
    let mut polynomial = splat(LN[0]);
    for &coefficient in &LN[1..] {
        polynomial = f32::mul_add_lanes(simd, polynomial, r, splat(coefficient));
    }
    let rest = simd.mul_f32s(polynomial, simd.mul_f32s(square, r));
    let rest = f32::mul_add_lanes(simd, n, splat(LN_2.1), rest);
    let rest = f32::mul_add_lanes(simd, square, splat(-0.5), rest);
    let result = f32::mul_add_lanes(simd, n, splat(LN_2.0), simd.add_f32s(r, rest));

    let result = f32::select_greater(simd, splat(f32::MIN_POSITIVE), x, splat(f32::NEG_INFINITY), result);
    let result = f32::select_greater(simd, splat(0.0), x, splat(f32::NAN), result);
    let is_finite = simd.less_than_f32s(x, splat(f32::INFINITY));
    // NaN is not less than infinity either.
    simd.select_f32s(is_finite, result, x)
}
