//! `exp` and `tanh` of a whole vector.
//!
//! In `f32` both are polynomials that the compiler keeps in registers; in `f64`, where networks are checked rather than
//! run, each lane goes through the standard library.

#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
mod table;

use pulp::Simd;

use super::lanes::Lanes;

/// Adding it to a number under 2^22 rounds that number to an integer, whose bits are then the lowest of the sum.
const ROUNDING: f32 = 12_582_912.0;
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
    let shifted = f32::mul_add_lanes(simd, clamped, splat(std::f32::consts::LOG2_E), splat(ROUNDING));
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

/// Minimax coefficients of (2^f - 1) / f on |f| <= 1/2, highest power first (by linear programming; relative error 1.1e-8
/// before rounding).
const EXP2: [f32; 6] = [1.540_318_5e-4, 1.339_073e-3, 9.618_239e-3, 5.550_357_3e-2, 2.402_264_9e-1, 6.931_472e-1];
/// tanh(x) is a matter of exp(2 x) = 2^([`TANH_SCALE`] x).
const TANH_SCALE: f32 = 2.0 * std::f32::consts::LOG2_E;
/// Beyond it, on either side, tanh is one in `f32`.
const EXP2_LIMIT: f32 = 30.0;
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
    if let Some(avx512) = super::dispatch::avx512_of(simd) {
        return bytemuck::cast(table::tanh(avx512, bytemuck::cast(x)));
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

/// e to the power of each lane.
#[inline(always)]
pub(super) fn exp_f64s<S: Simd>(_simd: S, x: S::f64s) -> S::f64s {
    each_f64::<S>(x, f64::exp)
}

/// The hyperbolic tangent of each lane.
#[inline(always)]
pub(super) fn tanh_f64s<S: Simd>(_simd: S, x: S::f64s) -> S::f64s {
    each_f64::<S>(x, f64::tanh)
}

#[inline(always)]
fn each_f64<S: Simd>(mut vector: S::f64s, function: impl Fn(f64) -> f64) -> S::f64s {
    for lane in bytemuck::cast_slice_mut::<S::f64s, f64>(std::slice::from_mut(&mut vector)) {
        *lane = function(*lane);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::super::lanes::{Lanes, map_in_place};
    use pulp::{Arch, Simd};

    struct Map<'a>(&'a mut [f32], Function);

    impl pulp::WithSimd for Map<'_> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            match self.1 {
                Function::Exp => map_in_place(simd, self.0, |x| f32::exp_lanes(simd, x)),
                Function::Tanh => map_in_place(simd, self.0, |x| f32::tanh_lanes(simd, x)),
            }
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Function {
        Exp,
        Tanh,
    }

    /// Every 997th bit pattern, or with `EVERY_F32=1` all of them, by 4,096: both signs, all exponents, infinities, NaN.
    fn for_each_f32(mut check: impl FnMut(&[f32])) {
        let step = if std::env::var_os("EVERY_F32").is_some() { 1 } else { 997 };
        let mut patterns = (0..=u32::MAX).step_by(step).peekable();
        while patterns.peek().is_some() {
            check(&patterns.by_ref().take(4_096).map(f32::from_bits).collect::<Vec<_>>());
        }
    }

    fn check(function: Function, is_right: impl Fn(f32, f32) -> bool) {
        let check = |inputs: &[f32], run: &dyn Fn(Map)| {
            let mut outputs = inputs.to_vec();
            run(Map(&mut outputs, function));
            for (&x, &y) in inputs.iter().zip(&outputs) {
                assert!(is_right(x, y) || x.is_nan() && y.is_nan(), "{function:?}({x}) = {y}");
            }
        };
        for_each_f32(|inputs| {
            check(inputs, &|map| Arch::new().dispatch(map));
            check(inputs, &|map| Arch::Scalar.dispatch(map));
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V2::try_new() {
                check(inputs, &|map| Simd::vectorize(simd, map));
            }
        });
    }

    #[test]
    fn tanh_is_within_its_bound() {
        check(Function::Tanh, |x, y| {
            let exact = f64::from(x).tanh();
            (f64::from(y) - exact).abs() <= 2e-7_f64.min(3e-6 * exact.abs()) && y.abs() <= 1.0
        });
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        check(Function::Exp, |x, y| {
            let exact = f64::from(x).exp();
            let close = (f64::from(y) - exact).abs() <= exact * 2.4e-7 + f64::from(f32::MIN_POSITIVE) * 2.0;
            close || exact > f64::from(f32::MAX) && y == f32::INFINITY
        });
    }
}
