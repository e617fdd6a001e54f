//! Sizes as types.

use core::ops::{Add, Mul};

use typenum::{B0, B1, Bit, Const, Prod, Sum, ToUInt, U, UInt, UTerm, Unsigned};

/// A binary number with one more digit `BIT` at its end; leading zeros vanish.
#[doc(hidden)]
pub trait Append<const BIT: bool> {
    /// `2 * self + BIT`.
    type Output: Unsigned;
}

impl Append<false> for UTerm {
    type Output = UTerm;
}
impl Append<true> for UTerm {
    type Output = UInt<UTerm, B1>;
}
impl<U: Unsigned, B: Bit> Append<false> for UInt<U, B> {
    type Output = UInt<UInt<U, B>, B0>;
}
impl<U: Unsigned, B: Bit> Append<true> for UInt<U, B> {
    type Output = UInt<UInt<U, B>, B1>;
}

/// A const parameter of a network as a type.
#[doc(hidden)]
pub struct Number<const N: usize>;

/// That typenum has a type for a number.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "typenum has no type for `{Self}`",
    label = "a size without a type: typenum has types for numbers up to 1024, and for powers of 2 and 10"
)]
pub trait KnownToTypenum {
    /// `U784` of `Number<784>`.
    type Type: Unsigned;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> KnownToTypenum for Number<N>
where
    Const<N>: ToUInt,
    U<N>: Unsigned,
{
    type Type = U<N>;
}
#[diagnostic::do_not_recommend]
impl KnownToTypenum for UTerm {
    type Type = Self;
}
#[diagnostic::do_not_recommend]
impl<N: Unsigned, B: Bit> KnownToTypenum for UInt<N, B> {
    type Type = Self;
}

/// A sum with one more product: the parameters of a network with const parameters, matrices of one shape by matrices of
/// another.
#[doc(hidden)]
pub trait PlusProduct<Rows, Columns, Times> {
    /// `self + Rows * Columns * Times`.
    type Output: Unsigned + KnownToTypenum;
}
impl<Total, Rows, Columns, Times> PlusProduct<Rows, Columns, Times> for Total
where
    Total: KnownToTypenum,
    Rows: KnownToTypenum,
    Columns: KnownToTypenum,
    Rows::Type: Mul<Columns::Type>,
    Prod<Rows::Type, Columns::Type>: Mul<Times>,
    Total::Type: Add<Prod<Prod<Rows::Type, Columns::Type>, Times>>,
    Sum<Total::Type, Prod<Prod<Rows::Type, Columns::Type>, Times>>: Unsigned + KnownToTypenum,
{
    type Output = Sum<Total::Type, Prod<Prod<Rows::Type, Columns::Type>, Times>>;
}

/// The type of a sum of products, each `(Rows, Columns, Times)`.
#[doc(hidden)]
#[macro_export]
macro_rules! __plus_products {
    ($total:ty;) => { $total };
    ($total:ty; ($rows:ty, $columns:ty, $times:ty) $($rest:tt)*) => {
        $crate::__plus_products!(
            <$total as $crate::__private::PlusProduct<$rows, $columns, $times>>::Output; $($rest)*
        )
    };
}

/// The typenum type of a number by its digits: `__binary!(1 0 1)` is `U5`.
#[doc(hidden)]
#[macro_export]
macro_rules! __binary {
    (@ $number:ty;) => { $number };
    (@ $number:ty; 0 $($digits:tt)*) => {
        $crate::__binary!(@ $crate::typenum::UInt<$number, $crate::typenum::B0>; $($digits)*)
    };
    (@ $number:ty; 1 $($digits:tt)*) => {
        $crate::__binary!(@ $crate::typenum::UInt<$number, $crate::typenum::B1>; $($digits)*)
    };
    ($($digits:tt)*) => { $crate::__binary!(@ $crate::typenum::UTerm; $($digits)*) };
}

/// The typenum type of a constant expression of up to 32 bits.
#[doc(hidden)]
#[macro_export]
macro_rules! __type_level {
    ($value:expr) => {
        $crate::__type_level!(@ $value, $crate::typenum::UTerm;
            31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0)
    };
    (@ $value:expr, $number:ty;) => { $number };
    (@ $value:expr, $number:ty; $bit:literal $($bits:literal)*) => {
        $crate::__type_level!(
            @ $value, <$number as $crate::__private::Append<{ (($value) >> $bit) & 1 == 1 }>>::Output; $($bits)*
        )
    };
}

#[cfg(test)]
mod tests {
    use typenum::{U0, U1, U10, U784, assert_type_eq};

    #[test]
    fn digits_become_types() {
        assert_type_eq!(__binary!(), U0);
        assert_type_eq!(__binary!(1), U1);
        assert_type_eq!(__binary!(1 0 1 0), U10);
    }

    #[test]
    fn constants_become_types() {
        const IMAGE: usize = 28 * 28;
        assert_type_eq!(__type_level!(0_usize), U0);
        assert_type_eq!(__type_level!(1_usize), U1);
        assert_type_eq!(__type_level!(2_usize * 5), U10);
        assert_type_eq!(__type_level!(IMAGE), U784);
        assert_eq!(<__type_level!(61_706_usize) as typenum::Unsigned>::USIZE, 61_706);
    }
}
