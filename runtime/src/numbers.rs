//! Structs of matrices, seen as one slice of numbers.
//!
//! bytemuck derives `Pod` for no struct with const parameters, because it cannot see that there is no padding; here there is
//! none by the types of the fields. And what it derives says names that may be other things where a network is declared.
#![allow(unsafe_code)]

use bytemuck::{Pod, Zeroable};
use nalgebra::SMatrix;

use crate::Scalar;

/// Zeros: a network, the room of a learner or a workspace before anything is in it, as a constant that a `static` may start
/// with.
///
/// ```
/// use castnet::prelude::*;
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// static LINE: Line = castnet::zeroed();
/// assert_eq!(LINE.predict(&[3.0]), [0.0]);
/// ```
pub const fn zeroed<T: Zeroable>() -> T {
    // SAFETY: `T` says that zeros are a value of it.
    unsafe { core::mem::zeroed() }
}

/// A type that is numbers of type `T`, one behind the other, and nothing else.
///
/// # Safety
///
/// It has the alignment of `T`, its size is a multiple of that of `T`, and it has no padding.
pub unsafe trait Numbers<T: Scalar>: Pod {}

// SAFETY: the storage is `[[T; ROWS]; COLUMNS]`, and a matrix is `repr(C)` and has nothing else of a size.
unsafe impl<T: Scalar, const ROWS: usize, const COLUMNS: usize> Numbers<T> for SMatrix<T, ROWS, COLUMNS> {}

// SAFETY: an array is its elements, one behind the other.
unsafe impl<T: Scalar, const N: usize> Numbers<T> for [T; N] {}

/// Has the compiler check what is said of the types of fields, for every value of the const parameters.
///
/// As bounds of the implementations they would be looked at wherever these are used, and where the compiler cannot infer a
/// parameter each of them would be an error.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    ([$($size:ident)*] ($($bound:tt)*) $($kind:ty,)*) => {
        #[allow(dead_code, deprecated, non_upper_case_globals)]
        const _: () = {
            fn __holds<__Field: $($bound)*>() {}
            fn __fields<$(const $size: ::core::primitive::usize),*>() {
                $(__holds::<$kind>();)*
            }
        };
    };
}

/// Zero is a value of a struct if it is one of each of its fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __zeroable {
    ($name:ident [$($size:ident)*] { $($kind:ty,)* }) => {
        // SAFETY: zero is a value of every field.
        #[allow(deprecated, non_upper_case_globals)]
        unsafe impl<$(const $size: ::core::primitive::usize),*> $crate::bytemuck::Zeroable for $name<$({ $size }),*> {}
        $crate::__fields! { [$($size)*] ($crate::bytemuck::Zeroable) $($kind,)* }
    };
}

/// A struct that is `repr(C)`, and all fields of which are [`Numbers`], is plain data.
#[doc(hidden)]
#[macro_export]
macro_rules! __pod {
    ($name:ident [$($size:ident)*] $scalar:ty { $($kind:ty,)* }) => {
        // SAFETY: the fields are one behind the other by `repr(C)`. Each is numbers of one type and has the alignment and
        // a multiple of the size of that type, so there is no padding between them or at the end; and all are `Pod`.
        #[allow(deprecated, non_upper_case_globals)]
        unsafe impl<$(const $size: ::core::primitive::usize),*> $crate::bytemuck::Pod for $name<$({ $size }),*> {}
        $crate::__fields! { [$($size)*] ($crate::__private::Numbers<$scalar>) $($kind,)* }
    };
}

/// Such a struct is [`Numbers`] too, if it has at least one field.
#[doc(hidden)]
#[macro_export]
macro_rules! __numbers {
    ($name:ident [$($size:ident)*] $scalar:ty { $($kind:ty,)* }) => {
        // SAFETY: the fields are one behind the other, each is numbers of one type, and they give the alignment.
        #[allow(deprecated, non_upper_case_globals)]
        unsafe impl<$(const $size: ::core::primitive::usize),*> $crate::__private::Numbers<$scalar>
            for $name<$({ $size }),*>
        {
        }
        $crate::__fields! { [$($size)*] ($crate::__private::Numbers<$scalar>) $($kind,)* }
    };
}

/// A struct of arrays of numbers, without padding, can be seen as all of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __sample {
    ($name:ident $scalar:ty) => {
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::core::convert::AsRef<[$scalar]> for $name {
            #[inline]
            fn as_ref(&self) -> &[$scalar] {
                $crate::__private::flat(self)
            }
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl ::core::convert::AsMut<[$scalar]> for $name {
            #[inline]
            fn as_mut(&mut self) -> &mut [$scalar] {
                $crate::__private::flat_mut(self)
            }
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl $crate::data::Sample for $name {
            type Scalar = $scalar;
        }
    };
}

/// A struct that is `repr(C)`, and all fields of which are [`Numbers`], and which may have an alignment of its own as long
/// as they fill it.
#[doc(hidden)]
#[macro_export]
macro_rules! __filled_numbers {
    ($name:ident $scalar:ty { $($kind:ty,)* }) => {
        // SAFETY: the fields are one behind the other and all are `Pod`. Together they are as large as the struct, which is
        // asserted below: there is no padding.
        #[allow(deprecated)]
        unsafe impl $crate::bytemuck::Pod for $name {}
        $crate::__fields! { [] ($crate::__private::Numbers<$scalar>) $($kind,)* }

        #[allow(deprecated)]
        const _: () = ::core::assert!(
            ::core::mem::size_of::<$name>() == 0 $(+ ::core::mem::size_of::<$kind>())*,
            "the fields of a network have padding between them",
        );
    };
}

#[cfg(test)]
mod tests {
    use bytemuck::{Zeroable, cast_slice};
    use nalgebra::{SMatrix, SVector};

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Inner<const N: usize, const M: usize> {
        weight: SMatrix<f64, M, N>,
        bias: SVector<f64, M>,
    }

    __zeroable! { Inner [N M] { SMatrix<f64, M, N>, SVector<f64, M>, } }
    __pod! { Inner [N M] f64 { SMatrix<f64, M, N>, SVector<f64, M>, } }
    __numbers! { Inner [N M] f64 { SMatrix<f64, M, N>, SVector<f64, M>, } }

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Outer<const N: usize, const M: usize> {
        inner: Inner<N, M>,
        last: SVector<f64, 3>,
    }

    __zeroable! { Outer [N M] { Inner<N, M>, SVector<f64, 3>, } }
    __pod! { Outer [N M] f64 { Inner<N, M>, SVector<f64, 3>, } }
    __numbers! { Outer [N M] f64 { Inner<N, M>, SVector<f64, 3>, } }

    #[repr(C, align(64))]
    #[derive(Clone, Copy)]
    struct Filled {
        inner: Inner<2, 1>,
        filling: SVector<f64, 5>,
    }

    __zeroable! { Filled [] { Inner<2, 1>, SVector<f64, 5>, } }
    __filled_numbers! { Filled f64 { Inner<2, 1>, SVector<f64, 5>, } }

    #[test]
    fn numbers_stand_one_behind_the_other() {
        let mut outer = Outer::<2, 1>::zeroed();
        outer.inner.weight = [[1.0], [2.0]].into();
        outer.inner.bias[0] = 3.0;
        outer.last = [4.0, 5.0, 6.0].into();
        assert_eq!(cast_slice::<_, f64>(&[outer]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(align_of::<Outer<2, 1>>(), align_of::<f64>());
    }

    #[test]
    fn filled_numbers_have_no_padding() {
        let mut filled = Filled::zeroed();
        filled.inner.bias[0] = 3.0;
        filled.filling[4] = 8.0;
        assert_eq!(cast_slice::<_, f64>(&[filled]), [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 8.0]);
    }
}
