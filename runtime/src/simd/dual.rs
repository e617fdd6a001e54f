//! Vectors that carry their derivative along: dual numbers.

use core::ops::{Add, Div, Mul, Neg, Sub};

use pulp::Simd;

use super::{Number, Scalar};
use crate::math;

/// A vector, and its derivative in one variable: `value + slope * e`, where `e^2 = 0`.
#[derive(Clone, Copy)]
pub(crate) struct Dual<T: Scalar, S: Simd> {
    simd: S,
    pub value: T::Vector<S>,
    pub slope: T::Vector<S>,
}

impl<T: Scalar, S: Simd> Dual<T, S> {
    /// The variable.
    #[inline(always)]
    pub fn variable(simd: S, value: T::Vector<S>) -> Self {
        Self { simd, value, slope: T::splat(simd, T::ONE) }
    }

    /// What does not depend on it.
    #[inline(always)]
    pub fn fixed(simd: S, value: T::Vector<S>) -> Self {
        Self { simd, value, slope: T::splat(simd, T::ZERO) }
    }

    #[inline(always)]
    fn splat(self, value: f64) -> T::Vector<S> {
        T::splat(self.simd, T::from_f64(value))
    }

    /// `value`, a function of this number whose derivative there is `derivative`.
    #[inline(always)]
    fn chain(self, value: T::Vector<S>, derivative: T::Vector<S>) -> Self {
        Self { value, slope: T::mul_lanes(self.simd, self.slope, derivative), ..self }
    }

    /// A function of single numbers, lane by lane.
    #[inline(always)]
    fn each(self, function: impl Fn(f64) -> f64) -> T::Vector<S> {
        let mut value = self.value;
        for lane in T::as_scalars_mut::<S>(core::slice::from_mut(&mut value)) {
            *lane = T::from_f64(function(lane.to_f64()));
        }
        value
    }
}

impl<T: Scalar, S: Simd> Neg for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let zero = self.splat(0.0);
        let [value, slope] = [self.value, self.slope].map(
            #[inline(always)]
            |part| T::sub_lanes(self.simd, zero, part),
        );
        Self { value, slope, ..self }
    }
}

impl<T: Scalar, S: Simd> Add for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let value = T::add_lanes(self.simd, self.value, other.value);
        Self { value, slope: T::add_lanes(self.simd, self.slope, other.slope), ..self }
    }
}

impl<T: Scalar, S: Simd> Sub for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let value = T::sub_lanes(self.simd, self.value, other.value);
        Self { value, slope: T::sub_lanes(self.simd, self.slope, other.slope), ..self }
    }
}

impl<T: Scalar, S: Simd> Mul for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let value = T::mul_lanes(self.simd, self.value, other.value);
        let of_other = T::mul_lanes(self.simd, self.value, other.slope);
        Self { value, slope: T::mul_add_lanes(self.simd, self.slope, other.value, of_other), ..self }
    }
}

impl<T: Scalar, S: Simd> Div for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let value = T::div_lanes(self.simd, self.value, other.value);
        let of_other = T::mul_lanes(self.simd, value, other.slope);
        let slope = T::div_lanes(self.simd, T::sub_lanes(self.simd, self.slope, of_other), other.value);
        Self { value, slope, ..self }
    }
}

impl<T: Scalar, S: Simd> Add<f64> for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: f64) -> Self {
        Self { value: T::add_lanes(self.simd, self.value, self.splat(other)), ..self }
    }
}

impl<T: Scalar, S: Simd> Sub<f64> for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: f64) -> Self {
        Self { value: T::sub_lanes(self.simd, self.value, self.splat(other)), ..self }
    }
}

impl<T: Scalar, S: Simd> Mul<f64> for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: f64) -> Self {
        let factor = self.splat(other);
        self.chain(T::mul_lanes(self.simd, self.value, factor), factor)
    }
}

impl<T: Scalar, S: Simd> Div<f64> for Dual<T, S> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: f64) -> Self {
        let divisor = self.splat(other);
        let value = T::div_lanes(self.simd, self.value, divisor);
        Self { value, slope: T::div_lanes(self.simd, self.slope, divisor), ..self }
    }
}

impl<T: Scalar, S: Simd> Number for Dual<T, S> {
    #[inline(always)]
    fn constant(self, value: f64) -> Self {
        Self::fixed(self.simd, self.splat(value))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let (simd, zero) = (self.simd, self.splat(0.0));
        let negative = -self;
        let is_negative = |one, other| T::select_greater(simd, zero, self.value, one, other);
        let slope = is_negative(negative.slope, self.slope);
        Self {
            value: is_negative(negative.value, self.value),
            slope: T::select_equal(simd, self.value, zero, zero, slope),
            simd,
        }
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let value = T::exp_lanes(self.simd, self.value);
        self.chain(value, value)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        let value = T::ln_lanes(self.simd, self.value);
        Self { value, slope: T::div_lanes(self.simd, self.slope, self.value), ..self }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        let value = T::sqrt_lanes(self.simd, self.value);
        let twice = T::add_lanes(self.simd, value, value);
        Self { value, slope: T::div_lanes(self.simd, self.slope, twice), ..self }
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let value = T::tanh_lanes(self.simd, self.value);
        let square = T::mul_lanes(self.simd, value, value);
        self.chain(value, T::sub_lanes(self.simd, self.splat(1.0), square))
    }

    #[inline(always)]
    fn softplus(self) -> Self {
        let (simd, zero, one) = (self.simd, self.splat(0.0), self.splat(1.0));
        // e^-|x|, at most 1.
        let small = T::exp_lanes(simd, (-self.abs()).value);
        let sum = T::add_lanes(simd, one, small);
        // NaN stays NaN.
        let positive = T::select_greater(simd, zero, self.value, zero, self.value);
        let value = T::add_lanes(simd, positive, T::ln_lanes(simd, sum));
        let numerator = T::select_greater(simd, zero, self.value, small, one);
        self.chain(value, T::div_lanes(simd, numerator, sum))
    }

    #[inline(always)]
    fn powf(self, power: f64) -> Self {
        let value = self.each(
            #[inline(always)]
            |base| math::powf(base, power),
        );
        let derivative = self.each(
            #[inline(always)]
            |base| power * math::powf(base, power - 1.0),
        );
        self.chain(value, derivative)
    }

    #[inline(always)]
    fn select_greater(self, other: Self, when: Self, otherwise: Self) -> Self {
        let select = |one, another| T::select_greater(self.simd, self.value, other.value, one, another);
        Self { value: select(when.value, otherwise.value), slope: select(when.slope, otherwise.slope), ..self }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;
    use crate::simd::Lanes as _;

    /// The value and the derivative of each function at a number, in all lanes.
    struct At<'a, F>(F, f64, &'a mut [f64; 2]);

    trait Function {
        fn value<X: Number>(&self, x: X) -> X;
    }

    impl<F: Function> WithSimd for At<'_, F> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let Dual { value, slope, .. } = self.0.value(Dual::<f64, S>::variable(simd, simd.splat_f64s(self.1)));
            *self.2 = [value, slope].map(|vector| f64::as_scalars::<S>(&[vector])[0]);
        }
    }

    macro_rules! function {
        ($name:ident: $x:ident => $value:expr) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Function for $name {
                fn value<X: Number>(&self, $x: X) -> X {
                    $value
                }
            }
        };
    }

    function!(Operations: x => (x * x - x * 3.0 + 0.5) / (x.abs() / 2.0 + x.constant(1.5)) - 1.0);
    function!(Functions: x => (x.tanh() * x.exp()).abs().sqrt() + (x * x + 1.0).ln() + (x * x).powf(1.5));
    function!(Softplus: x => x.softplus());
    function!(Corners: x => x.max(x.constant(0.5)) * 2.0 + x.min(-x) - x.select_greater(x * x, x, x * 3.0));

    fn check(function: impl Function + Copy) {
        for x in [-30.0, -2.25, -0.4, 0.3, 0.8, 1.7, 20.0] {
            let mut found = [0.0; 2];
            Arch::new().dispatch(At(function, x, &mut found));
            let expected = function.value(x);
            let difference = (function.value(x + 1e-6) - function.value(x - 1e-6)) / 2e-6;
            assert!((found[0] - expected).abs() <= 1e-14 * expected.abs(), "at {x}: {}, not {expected}", found[0]);
            assert!(
                (found[1] - difference).abs() <= 1e-7 * difference.abs().max(1.0),
                "at {x}: {found:?}, {difference}"
            );
        }
    }

    #[test]
    fn derivatives_follow_the_rules() {
        check(Operations);
        check(Functions);
        check(Softplus);
        check(Corners);
    }

    #[test]
    fn softplus_is_straight_far_out() {
        for (x, expected) in [(1e4, [1e4, 1.0]), (-1e4, [0.0, 0.0]), (0.0, [2.0_f64.ln(), 0.5])] {
            let mut found = [0.0; 2];
            Arch::new().dispatch(At(Softplus, x, &mut found));
            assert_eq!(found, expected);
        }
    }
}
