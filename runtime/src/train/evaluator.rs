//! The loss and the scores of a data set, in parts that threads share.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::compare::{Tally, compare};
use super::scores::{Folds, Metrics};
use super::workers::Workers;
use crate::buffer::Buffer;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::network::Buffers;
use crate::network::check_tokens;
use crate::{Error, Network, Pass};

/// Evaluations are summed in this many parts, whatever the number of threads, and the parts in their order.
const PARTS: usize = 64;

/// What evaluating one lane group needs besides the network.
pub(super) struct Evaluator<N: Network, Y, const L: usize> {
    pub buffers: Buffers<N, L>,
    rows: Buffer<N::Scalar>,
    /// The loss computes a gradient too, which nobody reads.
    gradient: Buffer<N::Scalar>,
    targets: Vec<Y>,
    sample_output: Box<N::Output>,
}

/// What to evaluate.
pub(super) struct Task<'a, N: Network, C: Loss<N>, D: ?Sized> {
    pub network: &'a N,
    pub loss: &'a C,
    pub batch: Batch<'a, D>,
    pub metrics: Metrics<'a, N, C::Target>,
}

/// What a data set amounts to, or a part of one.
struct Part {
    tally: Tally,
    /// Of each metric.
    folds: Folds,
}

impl<N: Network, C: Loss<N>, D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized> Task<'_, N, C, D> {
    /// The mean loss, how many are correct, and the score by each metric.
    pub fn run<const L: usize>(
        &self,
        workers: &Workers,
        evaluators: &mut [Evaluator<N, C::Target, L>],
    ) -> Result<(Tally, Vec<f64>), Error> {
        let groups = self.batch.groups(L);
        let size = groups.div_ceil(PARTS);
        let mut parts: Vec<_> = (0..groups.div_ceil(size)).map(|_| Ok(self.nothing())).collect();
        let run = parts.len().div_ceil(evaluators.len());
        workers.for_each(parts.chunks_mut(run).zip(evaluators).enumerate(), |(index, (parts, evaluator))| {
            for (place, part) in parts.iter_mut().enumerate() {
                let first = (index * run + place) * size;
                *part = self.run_part(evaluator, first..groups.min(first + size));
            }
        });
        let all = parts.into_iter().try_fold(self.nothing(), |all, part| Ok(self.both(all, part?)))?;
        let scores = self.metrics.iter().zip(all.folds.0).map(|(metric, fold)| metric.finish(fold));
        Ok((all.tally, scores.collect()))
    }

    fn nothing(&self) -> Part {
        Part { tally: Tally::EMPTY, folds: Folds::start::<N, _>(self.metrics) }
    }

    fn both(&self, mut one: Part, other: Part) -> Part {
        one.folds.merge::<N, _>(self.metrics, other.folds);
        Part { tally: one.tally.and(other.tally), folds: one.folds }
    }

    fn run_part<const L: usize>(
        &self,
        evaluator: &mut Evaluator<N, C::Target, L>,
        groups: Range<usize>,
    ) -> Result<Part, Error> {
        let mut part = self.nothing();
        for group in groups {
            part.tally = part.tally.and(evaluator.evaluate(self, group)?);
            let Evaluator { buffers, targets, sample_output, .. } = evaluator;
            part.folds.add::<N, _, L>(self.metrics, &buffers.output, targets, sample_output);
        }
        Ok(part)
    }
}

impl<N: Network, Y: Copy + Send + Sync + 'static, const L: usize> Evaluator<N, Y, L> {
    pub fn new() -> Self {
        Self {
            buffers: Buffers::new(),
            rows: Buffer::zeroed(N::INPUT_LEN * L),
            gradient: Buffer::zeroed(N::OUTPUT_LEN * L),
            targets: Vec::with_capacity(L),
            sample_output: bytemuck::zeroed_box(),
        }
    }

    /// The outputs and losses of one lane group.
    fn evaluate<C, D>(&mut self, task: &Task<'_, N, C, D>, group: usize) -> Result<Tally, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        let real = task.batch.gather::<L>(group, &mut self.rows, &mut self.buffers.input, &mut self.targets)?;
        check_tokens::<N, L>(real, &self.buffers.input)
            .map_err(|error| error.in_sample(|lane| task.batch.sample(group * L + lane)))?;
        for (lane, target) in self.targets.iter().enumerate() {
            task.loss.check(target, task.batch.sample(group * L + lane))?;
        }
        self.buffers.infer_group(task.network);
        let pass = Pass { real, batch: task.batch.len(), ..Pass::inference(L) };
        Ok(compare::<N, C, L>(task.loss, &pass, &self.buffers.output, &self.targets, &mut self.gradient))
    }
}
