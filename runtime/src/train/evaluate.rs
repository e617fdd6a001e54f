//! How good a network is on data that it does not learn from.

use super::group::{Tally, compare};
use super::trainer::Trainer;
use super::workers::Workers;
use crate::buffer::Buffer;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::metrics::Metric;
use crate::optimizers::Optimizer;
use crate::predict::Buffers;
use crate::{Error, Network, Pass, Shape};

/// Evaluations are summed in this many parts, whatever the number of threads, and the parts in their order.
const PARTS: usize = 64;

/// How good a network is on a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// How many samples there were.
    pub samples: usize,
    /// The mean loss.
    pub loss: f64,
    /// The part of the samples that were classified correctly, from 0 to 1; `None` if the loss has no classes.
    pub accuracy: Option<f64>,
    /// The mean score by each metric, in the order in which they were given.
    pub scores: Vec<f64>,
}

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
struct Task<'a, N: Network, C: Loss<N>, D: ?Sized> {
    network: &'a N,
    loss: &'a C,
    batch: Batch<'a, D>,
    metrics: &'a [&'a dyn Metric<N, C::Target>],
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize> Trainer<N, C, O, L> {
    /// The loss and accuracy of the network at inference (no dropout; running statistics) on a data set.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyDataset`], [`Error::SampleShape`], and what is wrong with a sample, as for
    /// [`step`](Trainer::step).
    pub fn evaluate<D>(&mut self, data: &D) -> Result<Evaluation, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        self.evaluate_with(data, &[])
    }

    /// [`evaluate`](Trainer::evaluate), and the mean score by each of the `metrics`.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Trainer::evaluate).
    ///
    /// ```
    /// use castnet::metrics::MeanAbsoluteError;
    /// use castnet::{Network, losses::MeanSquaredError, network, optimizers::Adam, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line {
    ///         input: [1],
    ///         dense(1, init = zeros),
    ///     }
    /// }
    ///
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
    /// let data = [([0.0_f32], [1.0_f32]), ([1.0], [3.0])];
    /// let evaluation = trainer.evaluate_with(&data, &[&MeanAbsoluteError])?;
    /// assert_eq!((evaluation.loss, &evaluation.scores[..]), (5.0, &[2.0][..]));
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn evaluate_with<D>(&mut self, data: &D, metrics: &[&dyn Metric<N, C::Target>]) -> Result<Evaluation, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        check_data::<N, D>(data)?;
        let task = Task { network: &*self.network, loss: &self.loss, batch: Batch::all(data), metrics };
        let (tally, mut scores) = task.run(&self.engine.workers, &mut self.evaluators)?;
        let samples = data.len();
        scores.iter_mut().for_each(|score| *score /= samples as f64);
        let accuracy = tally.correct.map(|correct| correct as f64 / samples as f64);
        Ok(Evaluation { samples, loss: tally.loss / samples as f64, accuracy, scores })
    }
}

/// Whether the network can take the samples of a data set.
pub(super) fn check_data<N: Network, D: Dataset + ?Sized>(data: &D) -> Result<(), Error> {
    if data.is_empty() {
        return Err(Error::EmptyDataset);
    }
    let found = data.sample_shape();
    // A flat sample may be an image, and an image may go to a flat input.
    let flat = found.len() == 1 || N::INPUT_SHAPE.len() == 1;
    let fits = found == N::INPUT_SHAPE
        || flat && found.iter().try_fold(1, |product: usize, &size| product.checked_mul(size)) == Some(N::INPUT_LEN);
    if fits {
        Ok(())
    } else {
        Err(Error::SampleShape { found: Shape::new(found), expected: Shape::new(N::INPUT_SHAPE) })
    }
}

impl<N: Network, C: Loss<N>, D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized> Task<'_, N, C, D> {
    /// The sums over all samples of losses, correct ones and scores.
    fn run<const L: usize>(
        &self,
        workers: &Workers,
        evaluators: &mut [Evaluator<N, C::Target, L>],
    ) -> Result<(Tally, Vec<f64>), Error> {
        let groups = self.batch.groups(L);
        let size = groups.div_ceil(PARTS);
        let mut parts: Vec<_> = (0..groups.div_ceil(size)).map(|_| Ok((Tally::EMPTY, Vec::new()))).collect();
        let run = parts.len().div_ceil(evaluators.len());
        workers.for_each(parts.chunks_mut(run).zip(evaluators).enumerate(), |(index, (parts, evaluator))| {
            for (place, part) in parts.iter_mut().enumerate() {
                let first = (index * run + place) * size;
                *part = self.run_part(evaluator, first..groups.min(first + size));
            }
        });
        let nothing = (Tally::EMPTY, vec![0.0; self.metrics.len()]);
        parts.into_iter().try_fold(nothing, |(sum, mut sums), part| {
            let (tally, scores) = part?;
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
            Ok((sum.and(tally), sums))
        })
    }

    fn run_part<const L: usize>(
        &self,
        evaluator: &mut Evaluator<N, C::Target, L>,
        groups: std::ops::Range<usize>,
    ) -> Result<(Tally, Vec<f64>), Error> {
        let mut tally = Tally::EMPTY;
        let mut scores = vec![0.0; self.metrics.len()];
        for group in groups {
            tally = tally.and(evaluator.evaluate(self, group)?);
            evaluator.score(self.metrics, &mut scores);
        }
        Ok((tally, scores))
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
        for (lane, target) in self.targets.iter().enumerate() {
            task.loss.check(target, task.batch.sample(group * L + lane))?;
        }
        self.buffers.infer_group(task.network);
        let pass = Pass { real, ..Pass::inference(L) };
        Ok(compare::<N, C, L>(task.loss, &pass, &self.buffers.output, &self.targets, &mut self.gradient))
    }

    /// Adds the scores of the last lane group's samples.
    fn score(&mut self, metrics: &[&dyn Metric<N, Y>], scores: &mut [f64]) {
        if metrics.is_empty() {
            return;
        }
        for (lane, target) in self.targets.iter().enumerate() {
            self.buffers.copy_output(lane, &mut self.sample_output);
            for (score, metric) in scores.iter_mut().zip(metrics) {
                *score += metric.score(&self.sample_output, target);
            }
        }
    }
}
