//! Functions of single numbers: those of the standard library where it is there, which are what a processor has of its own
//! or the quickest, and those of libm elsewhere. They may differ in the last bit, but for the square root.
//!
//! [`Scalar`](crate::Scalar) has the others.

/// The function of the standard library, or the one of libm.
macro_rules! either {
    ($std:path, $libm:ident) => {{
        #[cfg(feature = "std")]
        let function = $std;
        #[cfg(not(feature = "std"))]
        let function = libm::$libm;
        function
    }};
}
pub(crate) use either;

/// `x` to the power of `y`.
#[inline(always)]
pub(crate) fn powf(x: f64, y: f64) -> f64 {
    either!(f64::powf, pow)(x, y)
}

/// The natural logarithm of `1 + x`, exact for a small `x`.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    either!(f64::ln_1p, log1p)(x)
}

/// The cosine of an angle in radians.
#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    either!(f64::cos, cos)(x)
}
