//! Functions of a whole vector, in terms of [`Lanes`]: one file each.
//!
//! In `f32` they are polynomials that the compiler keeps in registers; in `f64`, where networks are checked rather than
//! run, each lane goes through the standard library.

mod exp;
mod ln;
pub(super) mod normal;
mod reciprocal;
mod tanh;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
mod tanh_table;

use pulp::Simd;

use super::Scalar;
use super::lanes::Lanes;

/// Adding it to a number under 2^22 rounds that number to an integer, whose bits are then the lowest of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// The functions of a vector that networks need.
pub trait Functions: Lanes {
    /// `1 / a` within two units in the last place, for `a` that is neither infinite nor near the ends of its range.
    fn reciprocal_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// e to the power of each lane.
    fn exp_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// The natural logarithm of each lane; of what is less than the least normal number minus infinity.
    fn ln_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// The hyperbolic tangent of each lane.
    fn tanh_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// Distribution function and density of the standard normal distribution in each lane.
    fn normal_lanes<S: Simd>(simd: S, a: Self::Vector<S>) -> [Self::Vector<S>; 2];
}

impl Functions for f32 {
    #[inline(always)]
    fn reciprocal_lanes<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        reciprocal::f32s(simd, a)
    }
    #[inline(always)]
    fn exp_lanes<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        exp::exp_f32s(simd, a)
    }
    #[inline(always)]
    fn ln_lanes<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        ln::ln_f32s(simd, a)
    }
    #[inline(always)]
    fn tanh_lanes<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        tanh::tanh_f32s(simd, a)
    }
    #[inline(always)]
    fn normal_lanes<S: Simd>(simd: S, a: S::f32s) -> [S::f32s; 2] {
        normal::f32s(simd, a)
    }
}

impl Functions for f64 {
    #[inline(always)]
    fn reciprocal_lanes<S: Simd>(simd: S, a: S::f64s) -> S::f64s {
        reciprocal::f64s(simd, a)
    }
    #[inline(always)]
    fn exp_lanes<S: Simd>(_simd: S, a: S::f64s) -> S::f64s {
        each_f64::<S>(a, Scalar::exp)
    }
    #[inline(always)]
    fn ln_lanes<S: Simd>(_simd: S, a: S::f64s) -> S::f64s {
        each_f64::<S>(a, Scalar::ln)
    }
    #[inline(always)]
    fn tanh_lanes<S: Simd>(_simd: S, a: S::f64s) -> S::f64s {
        each_f64::<S>(a, Scalar::tanh)
    }
    #[inline(always)]
    fn normal_lanes<S: Simd>(simd: S, a: S::f64s) -> [S::f64s; 2] {
        normal::f64s(simd, a)
    }
}

#[inline(always)]
fn each_f64<S: Simd>(mut vector: S::f64s, function: impl Fn(f64) -> f64) -> S::f64s {
    for lane in bytemuck::cast_slice_mut::<S::f64s, f64>(core::slice::from_mut(&mut vector)) {
        *lane = function(*lane);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::Functions;
    use crate::simd::lanes::map_in_place;
    use pulp::{Arch, Simd};

    struct Map<'a>(&'a mut [f32], Function);

    impl pulp::WithSimd for Map<'_> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            match self.1 {
                Function::Exp => map_in_place(simd, self.0, |x| f32::exp_lanes(simd, x)),
                Function::Ln => map_in_place(simd, self.0, |x| f32::ln_lanes(simd, x)),
                Function::Tanh => map_in_place(simd, self.0, |x| f32::tanh_lanes(simd, x)),
                Function::Normal => map_in_place(simd, self.0, |x| f32::normal_lanes(simd, x)[0]),
                Function::NormalDensity => map_in_place(simd, self.0, |x| f32::normal_lanes(simd, x)[1]),
            }
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Function {
        Exp,
        Ln,
        Tanh,
        Normal,
        NormalDensity,
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
    fn ln_is_within_its_bound() {
        check(Function::Ln, |x, y| {
            let exact = f64::from(x).ln();
            if x < 0.0 {
                y.is_nan()
            } else if x < f32::MIN_POSITIVE {
                y == f32::NEG_INFINITY
            } else {
                (f64::from(y) - exact).abs() <= 1.5e-7 * exact.abs() || f64::from(y) == exact
            }
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

    #[test]
    fn the_normal_distribution_is_within_its_bounds() {
        check(Function::Normal, |x, y| {
            let exact = 0.5 * libm::erfc(-f64::from(x) * core::f64::consts::FRAC_1_SQRT_2);
            let bound = if x < 0.0 { (exact * 6e-6).max(f64::from(f32::MIN_POSITIVE)) } else { 3e-7 };
            (f64::from(y) - exact).abs() <= bound.min(3e-7)
        });
        check(Function::NormalDensity, |x, y| {
            let exact = (-0.5 * f64::from(x) * f64::from(x)).exp() / core::f64::consts::TAU.sqrt();
            (f64::from(y) - exact).abs() <= (exact * 6e-6).max(f64::from(f32::MIN_POSITIVE))
        });
    }
}
