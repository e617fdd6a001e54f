//! What a kernel applies to a value while it is in a register: an activation on the way out, its derivative on the way
//! back.

use pulp::Simd;

use crate::simd::Scalar;
use crate::simd::lanes::{load, store, zip_in_place};

/// A layer that maps each value by itself, whatever stands around it.
///
/// The layer before applies it to its sums while they are in registers
/// ([`Layer::forward_activated`](crate::layers::Layer::forward_activated)), and on the way back the layer behind its derivative
/// ([`Layer::backward_activated`](crate::layers::Layer::backward_activated)).
pub trait Activation<T: Scalar>: Copy {
    /// `f(x)` in every lane.
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S>;

    /// `dy f'(x)` in every lane, where `y = f(x)`.
    fn gradient<S: Simd>(self, simd: S, y: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S>;
}

/// `x`: what stands for an activation where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl<T: Scalar> Activation<T> for Identity {
    #[inline(always)]
    fn value<S: Simd>(self, _simd: S, x: T::Vector<S>) -> T::Vector<S> {
        x
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, _simd: S, _y: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        dy
    }
}

/// What a gradient in a layer's input is multiplied with before it is written: the derivative of the activation that made
/// the input.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a, T, A> {
    /// The layer's input: what the activation made.
    pub values: &'a [T],
    /// It; [`Identity`] for none.
    pub activation: A,
}

impl<T: Scalar, A: Activation<T>> Before<'_, T, A> {
    /// Writes what `sums`, the gradient in the values from `place` on, comes to in what those were made of.
    #[inline(always)]
    pub(crate) fn store<S: Simd, const V: usize>(
        &self,
        simd: S,
        gradient: &mut [T],
        place: usize,
        sums: &[T::Vector<S>; V],
    ) {
        let width = V * T::lanes::<S>();
        let (values, gradient) = (&self.values[place..][..width], &mut gradient[place..][..width]);
        for v in 0..V {
            let start = v * T::lanes::<S>();
            let value = load::<T, S>(&values[start..]);
            store::<T, S>(&mut gradient[start..], self.activation.gradient::<S>(simd, value, sums[v]));
        }
    }

    /// Makes the gradient in all values that in what those were made of.
    #[inline(always)]
    pub(crate) fn apply<S: Simd>(&self, simd: S, gradient: &mut [T]) {
        zip_in_place(
            simd,
            gradient,
            self.values,
            #[inline(always)]
            |dy, y| self.activation.gradient::<S>(simd, y, dy),
        );
    }
}
