//! What a kernel applies to a value while it is in a register: an activation on the way out, its derivative on the way
//! back.

use pulp::Simd;

use crate::simd::Scalar;
use crate::simd::lanes::{load, store, zip_in_place};
use crate::simd::places::{from, from_mut, part, part_mut};

/// What the backward pass of a layer that maps values one by one reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing of them.
    Nothing,
    /// The output, as the forward pass left it.
    Output,
    /// A number for each value, beside it: for an [`Activation`], its derivative.
    Beside,
}

/// A function of each value by itself, whatever stands around it.
///
/// The layer before applies it to its sums while they are in registers
/// ([`FusedForward`](crate::layers::FusedForward)), and on the way back the layer behind its derivative
/// ([`FusedBackward`](crate::layers::FusedBackward)). Where no neighbour does,
/// [`Elementwise`](crate::layers::Elementwise) is it as a layer of its own.
///
/// One whose derivative can be had from its output alone states `value` and `gradient`. Another one says
/// [`Keeps::Beside`], and in `value_and_kept` computes value and derivative together, from what they have in common; the
/// backward pass is then a multiplication.
///
/// ```
/// use castnet::layers::{Activation, Context, Elementwise, InPlace};
/// use castnet::simd::Scalar;
/// use castnet::{Pass, pulp};
///
/// /// `x^2`
/// #[derive(Clone, Copy)]
/// struct Square;
///
/// impl<T: Scalar> Activation<T> for Square {
///     const KEEPS: castnet::layers::Keeps = castnet::layers::Keeps::Beside;
///     fn value<S: pulp::Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
///         T::mul_lanes(simd, x, x)
///     }
///     fn value_and_kept<S: pulp::Simd>(self, simd: S, x: T::Vector<S>) -> [T::Vector<S>; 2] {
///         [T::mul_lanes(simd, x, x), T::add_lanes(simd, x, x)]
///     }
/// }
///
/// let (simd, pass) = (pulp::Scalar::new(), Pass::training(1));
/// let (mut values, mut kept, mut gradient) = ([3.0_f32], [0.0], [1.0]);
/// Elementwise(Square).forward::<_, 1>(Context::new(simd, &pass, 0), &mut values, &mut kept);
/// Elementwise(Square).backward::<_, 1>(Context::new(simd, &pass, 0), &kept, &mut gradient);
/// assert_eq!((values, gradient), ([9.0], [6.0]));
/// ```
pub trait Activation<T: Scalar>: Copy {
    /// What the derivative is computed from.
    const KEEPS: Keeps = Keeps::Output;

    /// `f(x)` in every lane.
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S>;

    /// `f(x)` in every lane, and what [`gradient`](Activation::gradient) reads: `f'(x)`, if that is kept beside.
    #[inline(always)]
    fn value_and_kept<S: Simd>(self, simd: S, x: T::Vector<S>) -> [T::Vector<S>; 2] {
        let y = self.value::<S>(simd, x);
        [y, y]
    }

    /// `dy f'(x)` in every lane, where `kept` is `f(x)`, or `f'(x)` if that is kept beside. As it is provided, for the
    /// latter.
    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        T::mul_lanes(simd, kept, dy)
    }
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
    fn gradient<S: Simd>(self, _simd: S, _kept: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        dy
    }
}

/// The activation of what a layer computes, applied before it is written.
#[derive(Debug)]
pub struct Then<'a, T, A> {
    /// It; [`Identity`] for none.
    pub activation: A,
    /// Room for what it keeps beside each value of the output; empty if it keeps nothing there, and at inference.
    pub kept: &'a mut [T],
}

impl<T> Then<'_, T, Identity> {
    /// No activation.
    pub const fn nothing() -> Self {
        Self { activation: Identity, kept: &mut [] }
    }
}

impl<T: Scalar, A: Activation<T>> Then<'_, T, A> {
    /// Whether numbers beside the values are asked for. The compiler knows it of all activations that never do.
    #[inline(always)]
    pub(crate) fn keeps(&self) -> bool {
        !self.kept.is_empty() && const { matches!(A::KEEPS, Keeps::Beside) }
    }

    /// Writes the activation of `V` vectors to `output` from `place` on.
    #[inline(always)]
    pub(crate) fn store<S: Simd, const V: usize>(
        &mut self,
        simd: S,
        output: &mut [T],
        place: usize,
        sums: &[T::Vector<S>; V],
    ) {
        let lanes = T::lanes::<S>();
        if self.keeps() {
            for v in 0..V {
                let [value, kept] = self.activation.value_and_kept::<S>(simd, sums[v]);
                store::<T, S>(from_mut(output, place + v * lanes), value);
                store::<T, S>(from_mut(self.kept, place + v * lanes), kept);
            }
            return;
        }
        let Some(output) = part_mut(output, place, V * lanes) else { return };
        for v in 0..V {
            store::<T, S>(from_mut(output, v * lanes), self.activation.value::<S>(simd, sums[v]));
        }
    }

    /// Writes the activation of as many lanes as `output` has room for.
    #[inline(always)]
    pub(crate) fn store_part<S: Simd>(&mut self, simd: S, output: &mut [T], sums: T::Vector<S>) {
        if self.keeps() {
            let [value, kept] = self.activation.value_and_kept::<S>(simd, sums);
            T::partial_store(simd, output, value);
            if let Some(place) = part_mut(self.kept, 0, output.len()) {
                T::partial_store(simd, place, kept);
            }
        } else {
            T::partial_store(simd, output, self.activation.value::<S>(simd, sums));
        }
    }

    /// Calls `write` with the activation of a vector, and with what it keeps beside it and the room for that.
    #[inline(always)]
    pub(crate) fn scatter<S: Simd>(
        &mut self,
        simd: S,
        sums: T::Vector<S>,
        output: &mut [T],
        write: impl Fn(&mut [T], T::Vector<S>),
    ) {
        if self.keeps() {
            let [value, kept] = self.activation.value_and_kept::<S>(simd, sums);
            write(output, value);
            write(self.kept, kept);
        } else {
            write(output, self.activation.value::<S>(simd, sums));
        }
    }

    /// The same for a part of the output, as a channel is.
    #[inline(always)]
    pub(crate) fn part(&mut self, range: core::ops::Range<usize>) -> Then<'_, T, A> {
        let kept = if self.keeps() { &mut self.kept[range] } else { &mut [] };
        Then { activation: self.activation, kept }
    }
}

/// The activation that made a layer's input: the gradient in that input is multiplied with its derivative before it is
/// written.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a, T, A> {
    /// It; [`Identity`] for none.
    pub activation: A,
    /// What it kept of each value of the input: [`Activation::KEEPS`] says whether that is the input itself.
    pub kept: &'a [T],
}

impl<'a, T> Before<'a, T, Identity> {
    /// No activation made `input`.
    pub const fn nothing(input: &'a [T]) -> Self {
        Self { activation: Identity, kept: input }
    }
}

impl<T: Scalar, A: Activation<T>> Before<'_, T, A> {
    /// Writes the gradient in the argument of the activation, from `place` on, given that in its value.
    #[inline(always)]
    pub(crate) fn store<S: Simd, const V: usize>(
        &self,
        simd: S,
        gradient: &mut [T],
        place: usize,
        sums: &[T::Vector<S>; V],
    ) {
        let width = V * T::lanes::<S>();
        let (Some(kept), Some(gradient)) = (part(self.kept, place, width), part_mut(gradient, place, width)) else {
            return;
        };
        for v in 0..V {
            let start = v * T::lanes::<S>();
            let kept = load::<T, S>(from(kept, start));
            store::<T, S>(from_mut(gradient, start), self.activation.gradient::<S>(simd, kept, sums[v]));
        }
    }

    /// Replaces the gradient in the activation's values by that in its arguments.
    #[inline(always)]
    pub(crate) fn apply<S: Simd>(&self, simd: S, gradient: &mut [T]) {
        zip_in_place(
            simd,
            gradient,
            self.kept,
            #[inline(always)]
            |dy, kept| self.activation.gradient::<S>(simd, kept, dy),
        );
    }
}
