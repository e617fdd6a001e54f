//! Formulas that are written once: for single numbers, and for vectors that know their derivative.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::Scalar;
use crate::math;

/// A number in a formula: a value, or a value with its derivative.
///
/// A function that takes any `Number` is computed with `f64` as it is written, and where its derivative is needed with vectors
/// that carry it along, by the rules of differentiation: exactly, and in registers. Both numbers of an operation may be
/// `Number`s, or the second an `f64`.
///
/// At a corner the derivative is that of the side that [`abs`](Number::abs) and [`max`](Number::max) state.
///
/// ```
/// use castnet::simd::Number;
///
/// /// `x^2 / (1 + |x|)`
/// fn flattened<X: Number>(x: X) -> X {
///     x * x / (x.abs() + 1.0)
/// }
/// assert_eq!(flattened(-3.0), 2.25);
/// ```
pub trait Number:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// A number that does not depend on anything.
    fn constant(self, value: f64) -> Self;
    /// The absolute value; its derivative at 0 is 0.
    fn abs(self) -> Self;
    /// e to the power of the number.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `ln(1 + exp(x))`, which does not overflow; its derivative is the logistic function.
    fn softplus(self) -> Self;
    /// The number, which is not negative, to a power.
    fn powf(self, power: f64) -> Self;
    /// `when` where this number is greater than `other`, `otherwise` elsewhere.
    fn select_greater(self, other: Self, when: Self, otherwise: Self) -> Self;

    /// The larger of two; this one, with its derivative, if they are equal.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        other.select_greater(self, other, self)
    }

    /// The smaller of two; this one, with its derivative, if they are equal.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.select_greater(other, other, self)
    }
}

impl Number for f64 {
    fn constant(self, value: f64) -> Self {
        value
    }
    fn abs(self) -> Self {
        f64::abs(self)
    }
    fn exp(self) -> Self {
        Scalar::exp(self)
    }
    fn ln(self) -> Self {
        Scalar::ln(self)
    }
    fn sqrt(self) -> Self {
        Scalar::sqrt(self)
    }
    fn tanh(self) -> Self {
        Scalar::tanh(self)
    }
    fn softplus(self) -> Self {
        f64::max(self, 0.0) + Scalar::ln(1.0 + Scalar::exp(-f64::abs(self)))
    }
    fn powf(self, power: f64) -> Self {
        math::powf(self, power)
    }
    fn select_greater(self, other: Self, when: Self, otherwise: Self) -> Self {
        if self > other { when } else { otherwise }
    }
}
