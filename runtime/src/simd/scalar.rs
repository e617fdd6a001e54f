//! The two scalars that a network can be made of.

use core::fmt::Display;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use bytemuck::Pod;

use super::Functions;
use crate::math;

/// A floating-point number that a network computes in: `f32` or `f64`.
///
/// The trait is sealed. It has what generic training code needs and no more; a scalar's own methods (`sin`, `powi`, ..)
/// are reached by naming the type.
///
/// ```
/// use castnet::Scalar;
///
/// fn halve<T: Scalar>(value: T) -> T {
///     value * T::from_f64(0.5)
/// }
/// assert_eq!(halve(3.0_f32), 1.5);
/// ```
pub trait Scalar:
    Functions
    + Pod
    + nalgebra::Scalar
    + Default
    + Display
    + PartialOrd
    + Send
    + Sync
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The scalar's name in Rust: `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest value to `value`.
    fn from_f64(value: f64) -> Self;
    /// The value as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// Whether the value is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Whether the value is NaN.
    fn is_nan(self) -> bool;
    /// The square root.
    fn sqrt(self) -> Self;
    /// e to the power of the value.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
}

macro_rules! scalar {
    ($scalar:ident, $sqrt:ident $exp:ident $ln:ident $tanh:ident) => {
        impl Scalar for $scalar {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAME: &'static str = stringify!($scalar);

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $scalar
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $scalar::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $scalar::is_nan(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                math::either!($scalar::sqrt, $sqrt)(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                math::either!($scalar::exp, $exp)(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                math::either!($scalar::ln, $ln)(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                math::either!($scalar::tanh, $tanh)(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $scalar::abs(self)
            }
        }
    };
}

scalar!(f32, sqrtf expf logf tanhf);
scalar!(f64, sqrt exp log tanh);
