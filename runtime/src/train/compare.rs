//! The outputs of a lane group against their targets.

use pulp::{Simd, WithSimd};

use crate::losses::Loss;
use crate::simd::dispatch::dispatch;
use crate::{Outputs, Pass};

/// What a batch amounts to, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tally {
    /// The mean loss of the batch, or what the part adds to it.
    pub loss: f64,
    /// How many were classified correctly, where there are classes.
    pub correct: Option<usize>,
}

#[cfg(feature = "alloc")]
impl Tally {
    /// Of no samples.
    pub const EMPTY: Self = Self { loss: 0.0, correct: Some(0) };

    /// Of two parts together.
    pub fn and(self, other: Self) -> Self {
        let correct = self.correct.zip(other.correct).map(|(one, other)| one + other);
        Self { loss: self.loss + other.loss, correct }
    }
}

/// What a lane group's `outputs` add to the mean loss of the batch, and its gradient in them.
pub(crate) fn compare<N: Outputs, C: Loss<N>, const L: usize>(
    loss: &C,
    pass: &Pass,
    outputs: &[N::Scalar],
    targets: &[C::Target],
    gradient: &mut [N::Scalar],
) -> Tally {
    let correct = loss.correct::<L>(outputs, targets);
    Tally { loss: dispatch::<L, _>(Compare::<N, C, L> { loss, pass, outputs, targets, gradient }), correct }
}

struct Compare<'a, N: Outputs, C: Loss<N>, const L: usize> {
    loss: &'a C,
    pass: &'a Pass,
    outputs: &'a [N::Scalar],
    targets: &'a [C::Target],
    gradient: &'a mut [N::Scalar],
}

impl<N: Outputs, C: Loss<N>, const L: usize> WithSimd for Compare<'_, N, C, L> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        self.loss.value_and_gradient::<S, L>(simd, self.pass, self.outputs, self.targets, self.gradient)
    }
}
