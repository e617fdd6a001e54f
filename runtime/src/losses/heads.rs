//! A loss for each head of a network, and weights.

use pulp::Simd;

use super::Loss;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::map_in_place;
use crate::simd::places::{within, within_mut};
use crate::{Error, HasHead, Head, Infer, Outputs, Pass, Scalar};

/// A loss times a weight.
///
/// `loss = weight * L(y, t)`, and so is the gradient: what one head of a network counts beside the others.
///
/// ```
/// use castnet::losses::{MeanSquaredError, Weighted};
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1, init = zeros) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let loss = Weighted { weight: 0.25, loss: MeanSquaredError };
/// let mut trainer = Trainer::new(line, loss, Sgd::default());
/// assert_eq!(trainer.step(&[[1.0]], &[[2.0]])?.loss, 1.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weighted<C> {
    /// What the loss is multiplied by.
    pub weight: f64,
    /// The loss.
    pub loss: C,
}

impl<N: Outputs, C: Loss<N>> Loss<N> for Weighted<C> {
    type Target = C::Target;

    const FITS: () = C::FITS;

    /// # Errors
    ///
    /// Those of the loss, and [`Error::Setting`] if the weight is not a finite number.
    fn check(&self, target: &C::Target, sample: usize) -> Result<(), Error> {
        if !self.weight.is_finite() {
            return Err(Error::Setting { setting: "weight", value: self.weight, expected: "a finite number" });
        }
        self.loss.check(target, sample)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[C::Target],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let value = self.loss.value_and_gradient::<S, L>(simd, pass, outputs, targets, gradient);
        vectorize(
            simd,
            #[inline(always)]
            || scale(simd, gradient, N::Scalar::from_f64(self.weight)),
        );
        self.weight * value
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[C::Target]) -> Option<usize> {
        self.loss.correct::<L>(outputs, targets)
    }
}

/// Multiplies all numbers by a weight.
#[inline(always)]
fn scale<T: Scalar, S: Simd>(simd: S, values: &mut [T], weight: T) {
    let weight = T::splat(simd, weight);
    map_in_place(
        simd,
        values,
        #[inline(always)]
        |value| T::mul_lanes(simd, value, weight),
    );
}

/// One of several things that stand in a tuple, by its place.
pub trait Element<const I: usize> {
    /// Its type.
    type Type;

    /// The thing.
    fn element(&self) -> &Self::Type;
}

macro_rules! element {
    ($place:tt: $own:ident of $($kind:ident)*) => {
        impl<$($kind),*> Element<$place> for ($($kind,)*) {
            type Type = $own;

            fn element(&self) -> &$own {
                &self.$place
            }
        }
    };
}

element!(0: A of A B);
element!(1: B of A B);
element!(0: A of A B C);
element!(1: B of A B C);
element!(2: C of A B C);
element!(0: A of A B C D);
element!(1: B of A B C D);
element!(2: C of A B C D);
element!(3: D of A B C D);

/// The outputs of a head of `N`, or their gradient, of all outputs.
fn range<N: Infer, const L: usize>(head: usize) -> core::ops::Range<usize> {
    let head = &N::HEADS[head];
    head.offset * L..(head.offset + head.len) * L
}

/// An error about an output of a head, counted among all outputs of the network.
fn in_network<N: Infer>(head: usize, mut error: Error) -> Error {
    if let Error::NonFiniteTarget { output, .. } | Error::TargetOutOfRange { output, .. } = &mut error {
        *output += N::HEADS[head].offset;
    }
    error
}

/// Panics at its caller if the number of heads is not that of losses.
#[track_caller]
const fn check_count<N: Infer>(losses: usize) {
    if N::HEADS.len() == losses {
        return;
    }
    let text = super::text::Text::EMPTY.with("`").with(N::NAME).with("` has ").with_number(N::HEADS.len());
    let text = text.with(" heads, and this is a loss for ").with_number(losses);
    let text = text.with(": write as many losses as there are branches in the `concat` that ends it");
    panic!("{}", text.as_str());
}

macro_rules! losses_of_heads {
    ($count:literal: $($loss:ident $head:tt)*) => {
        /// The sum of a loss for each head, in the order of the heads; a target is a tuple of theirs.
        impl<N, $($loss),*> Loss<N> for ($($loss,)*)
        where
            N: Infer $(+ HasHead<$head>)*,
            $($loss: Loss<Head<N, $head>>,)*
        {
            type Target = ($(<$loss as Loss<Head<N, $head>>>::Target,)*);

            const FITS: () = {
                check_count::<N>($count);
                $(let () = <$loss as Loss<Head<N, $head>>>::FITS;)*
            };

            /// # Errors
            ///
            /// Those of the losses. An output is counted among all of the network.
            fn check(&self, target: &Self::Target, sample: usize) -> Result<(), Error> {
                $(self.$head.check(&target.$head, sample).map_err(|error| in_network::<N>($head, error))?;)*
                Ok(())
            }

            #[inline]
            fn value_and_gradient<S: Simd, const L: usize>(
                &self,
                simd: S,
                pass: &Pass,
                outputs: &[N::Scalar],
                targets: &[Self::Target],
                gradient: &mut [N::Scalar],
            ) -> f64 {
                let mut value = 0.0;
                $(
                    // A loss takes its targets as one slice: a copy of each, on the stack.
                    let Some(first) = targets.first() else { return value };
                    let mut own = [first.$head; L];
                    for (own, target) in own.iter_mut().zip(targets) {
                        *own = target.$head;
                    }
                    let (place, own) = (range::<N, L>($head), within(&own, 0..targets.len()));
                    let (output, slopes) = (within(outputs, place.clone()), within_mut(gradient, place));
                    value += self.$head.value_and_gradient::<S, L>(simd, pass, output, own, slopes);
                )*
                value
            }

            /// That of the first head whose targets are classes.
            fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[Self::Target]) -> Option<usize> {
                $(
                    let mut own = [targets.first()?.$head; L];
                    for (own, target) in own.iter_mut().zip(targets) {
                        *own = target.$head;
                    }
                    let (output, own) = (within(outputs, range::<N, L>($head)), within(&own, 0..targets.len()));
                    let correct = self.$head.correct::<L>(output, own);
                    if correct.is_some() {
                        return correct;
                    }
                )*
                None
            }
        }
    };
}

losses_of_heads!(2: A 0 B 1);
losses_of_heads!(3: A 0 B 1 C 2);
losses_of_heads!(4: A 0 B 1 C 2 D 3);
