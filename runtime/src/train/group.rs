//! One lane group of a batch, from samples to a gradient.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytemuck::zeroed_box;

use super::compare::{Tally, compare};
use super::scores::{Folds, Metrics};
use crate::buffer::Buffer;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::network::check_tokens;
use crate::{Error, Network, Pass, Trace};

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
        check_tokens::<N, L>(real, self.trace.input_mut())
            .map_err(|error| error.in_sample(|lane| batch.sample(number * L + lane)))?;
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
