//! One lane group of a batch, from samples to a gradient.

use bytemuck::zeroed_box;
use pulp::{Simd, WithSimd};

use super::scores::{Folds, Metrics};
use crate::buffer::Buffer;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::simd::dispatch::dispatch;
use crate::{Error, Network, Pass, Trace};

/// What a batch amounts to, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tally {
    /// The mean loss of the batch, or what the part adds to it.
    pub loss: f64,
    /// How many were classified correctly, where there are classes.
    pub correct: Option<usize>,
}

impl Tally {
    /// Of no samples.
    pub const EMPTY: Self = Self { loss: 0.0, correct: Some(0) };

    /// Of two parts together.
    pub fn and(self, other: Self) -> Self {
        let correct = self.correct.zip(other.correct).map(|(one, other)| one + other);
        Self { loss: self.loss + other.loss, correct }
    }
}

/// The samples of one lane group and what becomes of them.
pub(super) struct Group<N: Network, Y, const L: usize> {
    pub trace: Box<N::Trace<L>>,
    pub pass: Pass,
    targets: Vec<Y>,
    rows: Buffer<N::Scalar>,
    /// What a step that is scored folds over the group's samples; nothing in others.
    pub scored: Option<Scored<N>>,
}

/// The folds of a lane group, and room for an output.
pub(super) struct Scored<N: Network> {
    pub folds: Folds,
    output: Box<N::Output>,
}

impl<N: Network, Y: Copy + Send + Sync + 'static, const L: usize> Group<N, Y, L> {
    pub fn new() -> Self {
        Self {
            trace: zeroed_box(),
            pass: Pass::training(L),
            targets: Vec::with_capacity(L),
            rows: Buffer::zeroed(N::INPUT_LEN * L),
            scored: None,
        }
    }

    /// Begins to fold over what is compared from now on, if there is anything to fold.
    pub fn start_scores(&mut self, metrics: Metrics<'_, N, Y>) {
        self.scored =
            (!metrics.is_empty()).then(|| Scored { folds: Folds::start::<N, _>(metrics), output: zeroed_box() });
    }

    /// Takes the samples of lane group `number` of `batch` into the trace's input. `pass` is that of the batch.
    pub fn load<D, C>(&mut self, batch: &Batch<'_, D>, loss: &C, pass: Pass, number: usize) -> Result<(), Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
        C: Loss<N, Target = Y>,
    {
        let input = self.trace.input_mut();
        let real = batch.gather::<L>(number, &mut self.rows, input, &mut self.targets)?;
        for (lane, target) in self.targets.iter().enumerate() {
            loss.check(target, batch.sample(number * L + lane))?;
        }
        self.pass = Pass { real, first_sample: (number * L) as u64, ..pass };
        Ok(())
    }

    /// Computes the loss of the outputs, and its gradient in them.
    pub fn compare<C: Loss<N, Target = Y>>(&mut self, loss: &C, metrics: Metrics<'_, N, Y>) -> Tally {
        let (outputs, gradient) = self.trace.output_and_gradient();
        if let Some(Scored { folds, output }) = &mut self.scored {
            folds.add::<N, _, L>(metrics, outputs, &self.targets, output);
        }
        compare::<N, C, L>(loss, &self.pass, outputs, &self.targets, gradient)
    }
}

/// What a lane group's `outputs` add to the mean loss of the batch, and its gradient in them.
pub(crate) fn compare<N: Network, C: Loss<N>, const L: usize>(
    loss: &C,
    pass: &Pass,
    outputs: &[N::Scalar],
    targets: &[C::Target],
    gradient: &mut [N::Scalar],
) -> Tally {
    let correct = loss.correct::<L>(outputs, targets);
    Tally { loss: dispatch::<L, _>(Compare::<N, C, L> { loss, pass, outputs, targets, gradient }), correct }
}

struct Compare<'a, N: Network, C: Loss<N>, const L: usize> {
    loss: &'a C,
    pass: &'a Pass,
    outputs: &'a [N::Scalar],
    targets: &'a [C::Target],
    gradient: &'a mut [N::Scalar],
}

impl<N: Network, C: Loss<N>, const L: usize> WithSimd for Compare<'_, N, C, L> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        self.loss.value_and_gradient::<S, L>(simd, self.pass, self.outputs, self.targets, self.gradient)
    }
}
