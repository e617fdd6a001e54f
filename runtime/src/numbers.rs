//! Structs of matrices with const parameters, seen as one slice of numbers.
//!
//! bytemuck derives `Pod` for no struct with parameters, because it cannot see that there is no padding. Here there is
//! none by the types of the fields.
#![allow(unsafe_code)]

use bytemuck::Pod;
use nalgebra::SMatrix;

use crate::Scalar;

/// A type that is numbers of type `T`, one behind the other, and nothing else.
///
/// # Safety
///
/// It has the alignment of `T`, its size is a multiple of that of `T`, and it has no padding.
pub unsafe trait Numbers<T: Scalar>: Pod {}

// SAFETY: the storage is `[[T; ROWS]; COLUMNS]`, and a matrix is `repr(C)` and has nothing else of a size.
unsafe impl<T: Scalar, const ROWS: usize, const COLUMNS: usize> Numbers<T> for SMatrix<T, ROWS, COLUMNS> {}

/// Defines a struct with const parameters, all fields of which are [`Numbers`], and so is the struct.
#[doc(hidden)]
#[macro_export]
macro_rules! __numbers {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident<$(const $size:ident: usize),*> [$scalar:ty] {
            $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$attribute])*
        #[repr(C)]
        $visibility struct $name<$(const $size: usize),*> {
            $($(#[$field_attribute])* $field_visibility $field: $kind,)*
        }

        // SAFETY: zero is a value of every field.
        #[allow(non_upper_case_globals)]
        unsafe impl<$(const $size: usize),*> $crate::bytemuck::Zeroable for $name<$($size),*>
        where
            $($kind: $crate::__private::Numbers<$scalar>,)*
        {
        }

        // SAFETY: the fields are one behind the other by `repr(C)`. Each is numbers of one type and has the alignment and
        // a multiple of the size of that type, so there is no padding between them or at the end; and all are `Pod`.
        #[allow(non_upper_case_globals)]
        unsafe impl<$(const $size: usize),*> $crate::bytemuck::Pod for $name<$($size),*>
        where
            $($kind: $crate::__private::Numbers<$scalar>,)*
        {
        }

        // SAFETY: as above. There is at least one field, which gives the alignment.
        #[allow(non_upper_case_globals)]
        unsafe impl<$(const $size: usize),*> $crate::__private::Numbers<$scalar> for $name<$($size),*>
        where
            $($kind: $crate::__private::Numbers<$scalar>,)*
        {
        }
    };
}

#[cfg(test)]
mod tests {
    use bytemuck::{Zeroable, cast_slice};
    use nalgebra::{SMatrix, SVector};

    __numbers! {
        #[derive(Clone, Copy)]
        struct Inner<const N: usize, const M: usize> [f64] {
            weight: SMatrix<f64, M, N>,
            bias: SVector<f64, M>,
        }
    }

    __numbers! {
        #[derive(Clone, Copy)]
        struct Outer<const N: usize, const M: usize> [f64] {
            inner: Inner<N, M>,
            last: SVector<f64, 3>,
        }
    }

    #[test]
    fn numbers_stand_one_behind_the_other() {
        let mut outer = Outer::<2, 1>::zeroed();
        outer.inner.weight = [[1.0], [2.0]].into();
        outer.inner.bias[0] = 3.0;
        outer.last = [4.0, 5.0, 6.0].into();
        assert_eq!(cast_slice::<_, f64>(&[outer]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(align_of::<Outer<2, 1>>(), align_of::<f64>());
    }
}
