//! Numbers with a derivative.

use core::cmp::Ordering;
use core::fmt::{self, Display, Formatter};
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use bytemuck::{Pod, Zeroable};
use pulp::Simd;

use super::functions::normal;
use super::lanes::Lanes;
use super::{Functions, Scalar};

/// A number and its derivative along some direction: what a network declared with the scalar `Dual` computes in.
///
/// Every operation does to the derivative what the chain rule says, so that a backward pass in dual numbers gives the gradient
/// and, exactly, how the gradient changes along a direction: the product of the Hessian with it (Pearlmutter 1994, "Fast Exact
/// Multiplication by the Hessian"; forward mode over reverse mode). [`ExactCurvature`](crate::train::ExactCurvature) does that
/// for a loss on a data set. A comparison looks at the number alone; at a kink, as that of relu, the derivative is that of
/// one side.
///
/// A vector of dual numbers has one lane, so such a network is far slower than one of `f64`; it is for networks of up to some
/// hundred parameters.
///
/// ```
/// use castnet::{Dual, Scalar};
///
/// // x^3 / (1 + x) at 2, with its derivative 3 x^2 / (1 + x) - x^3 / (1 + x)^2.
/// let x = Dual { value: 2.0, derivative: 1.0 };
/// let y = x * x * x / (Dual::ONE + x);
/// assert!((y.value - 8.0 / 3.0).abs() < 1e-15 && (y.derivative - (4.0 - 8.0 / 9.0)).abs() < 1e-15);
/// assert!((x.tanh().derivative - (1.0 - 2.0_f64.tanh().powi(2))).abs() < 1e-15);
/// ```
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct Dual {
    /// The number.
    pub value: f64,
    /// Its derivative along the direction.
    pub derivative: f64,
}

impl Dual {
    /// What a function of slope `slope` makes of this, whose value there is `value`.
    #[inline(always)]
    fn chain(self, value: f64, slope: f64) -> Self {
        Self { value, derivative: slope * self.derivative }
    }
}

impl PartialEq for Dual {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialOrd for Dual {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

/// The number alone.
impl Display for Dual {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.value, f)
    }
}

impl Neg for Dual {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self { value: -self.value, derivative: -self.derivative }
    }
}

macro_rules! operator {
    ($operator:ident::$method:ident, $assign:ident::$assign_method:ident, |$a:ident, $b:ident| $result:expr) => {
        impl $operator for Dual {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $result
            }
        }
        impl $assign for Dual {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                *self = $operator::$method(*self, other);
            }
        }
    };
}

operator!(Add::add, AddAssign::add_assign, |a, b| Self {
    value: a.value + b.value,
    derivative: a.derivative + b.derivative
});
operator!(Sub::sub, SubAssign::sub_assign, |a, b| Self {
    value: a.value - b.value,
    derivative: a.derivative - b.derivative
});
operator!(Mul::mul, MulAssign::mul_assign, |a, b| Self {
    value: a.value * b.value,
    derivative: a.value * b.derivative + a.derivative * b.value
});
operator!(Div::div, DivAssign::div_assign, |a, b| Self {
    value: a.value / b.value,
    derivative: (a.derivative - a.value / b.value * b.derivative) / b.value
});

impl Sum for Dual {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, |sum, number| sum + number)
    }
}

impl Scalar for Dual {
    const ZERO: Self = Self { value: 0.0, derivative: 0.0 };
    const ONE: Self = Self { value: 1.0, derivative: 0.0 };
    const NAME: &'static str = "Dual";

    /// A constant.
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        Self { value, derivative: 0.0 }
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.value
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        self.value.is_finite() && self.derivative.is_finite()
    }
    #[inline(always)]
    fn is_nan(self) -> bool {
        self.value.is_nan() || self.derivative.is_nan()
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        let root = Scalar::sqrt(self.value);
        self.chain(root, 0.5 / root)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        let value = Scalar::exp(self.value);
        self.chain(value, value)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.chain(Scalar::ln(self.value), 1.0 / self.value)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        let value = Scalar::tanh(self.value);
        self.chain(value, 1.0 - value * value)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        if self.value < 0.0 { -self } else { self }
    }
}

/// One lane, whatever the instruction set.
impl Lanes for Dual {
    type Vector<S: Simd> = Self;

    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        1
    }
    #[inline(always)]
    fn zeros<S: Simd>() -> Self {
        Self::ZERO
    }
    #[inline(always)]
    fn splat<S: Simd>(_: S, value: Self) -> Self {
        value
    }
    #[inline(always)]
    fn add_lanes<S: Simd>(_: S, a: Self, b: Self) -> Self {
        a + b
    }
    #[inline(always)]
    fn sub_lanes<S: Simd>(_: S, a: Self, b: Self) -> Self {
        a - b
    }
    #[inline(always)]
    fn mul_lanes<S: Simd>(_: S, a: Self, b: Self) -> Self {
        a * b
    }
    #[inline(always)]
    fn div_lanes<S: Simd>(_: S, a: Self, b: Self) -> Self {
        a / b
    }
    #[inline(always)]
    fn mul_add_lanes<S: Simd>(_: S, a: Self, b: Self, c: Self) -> Self {
        a * b + c
    }
    #[inline(always)]
    fn max_lanes<S: Simd>(_: S, a: Self, b: Self) -> Self {
        if a > b { a } else { b }
    }
    #[inline(always)]
    fn min_lanes<S: Simd>(_: S, a: Self, b: Self) -> Self {
        if a < b { a } else { b }
    }
    #[inline(always)]
    fn sqrt_lanes<S: Simd>(_: S, a: Self) -> Self {
        Scalar::sqrt(a)
    }
    #[inline(always)]
    fn select_greater<S: Simd>(_: S, a: Self, b: Self, when: Self, otherwise: Self) -> Self {
        if a > b { when } else { otherwise }
    }
    #[inline(always)]
    fn select_equal<S: Simd>(_: S, a: Self, b: Self, when: Self, otherwise: Self) -> Self {
        if a == b { when } else { otherwise }
    }
    #[inline(always)]
    fn as_scalars<S: Simd>(vectors: &[Self]) -> &[Self] {
        vectors
    }
    #[inline(always)]
    fn as_scalars_mut<S: Simd>(vectors: &mut [Self]) -> &mut [Self] {
        vectors
    }
    #[inline(always)]
    fn sum_lanes<S: Simd>(_: S, a: Self) -> Self {
        a
    }
    #[inline(always)]
    fn vectors<S: Simd>(slice: &[Self]) -> (&[Self], &[Self]) {
        (slice, &[])
    }
    #[inline(always)]
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self], &mut [Self]) {
        (slice, &mut [])
    }
    #[inline(always)]
    fn partial_load<S: Simd>(_: S, slice: &[Self]) -> Self {
        slice.first().copied().unwrap_or(Self::ZERO)
    }
    #[inline(always)]
    fn partial_store<S: Simd>(_: S, slice: &mut [Self], vector: Self) {
        if let Some(first) = slice.first_mut() {
            *first = vector;
        }
    }
}

impl Functions for Dual {
    #[inline(always)]
    fn reciprocal_lanes<S: Simd>(_: S, a: Self) -> Self {
        Self::ONE / a
    }
    #[inline(always)]
    fn exp_lanes<S: Simd>(_: S, a: Self) -> Self {
        Scalar::exp(a)
    }
    #[inline(always)]
    fn ln_lanes<S: Simd>(_: S, a: Self) -> Self {
        Scalar::ln(a)
    }
    #[inline(always)]
    fn tanh_lanes<S: Simd>(_: S, a: Self) -> Self {
        Scalar::tanh(a)
    }
    #[inline(always)]
    fn normal_lanes<S: Simd>(_: S, a: Self) -> [Self; 2] {
        let [distribution, density] = normal::f64s(pulp::Scalar::new(), a.value);
        [a.chain(distribution, density), a.chain(density, -a.value * density)]
    }
}
