//! Steps that learn from several batches.

use super::gradient_sum::GradientSum;
use super::observers::Observer;
use super::report::BatchLoss;
use super::trainer::Trainer;
use crate::data::{Batch, Dataset, Samples};
use crate::losses::Loss;
use crate::optimizers::Optimizer;
use crate::{Error, Network};

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Computes the gradient of a batch and keeps it for the next [`step`](Trainer::step), which learns from its own batch and
    /// all that were kept, each sample alike.
    ///
    /// Running statistics move with the batch of the step alone. Checkpoints have what is kept. The first call allocates
    /// as much memory as the network has.
    ///
    /// ```
    /// use castnet::{losses::MeanSquaredError, optimizers::Sgd, prelude::*, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line<f64> {
    ///         input: [1],
    ///         dense(1),
    ///     }
    /// }
    ///
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let mut whole = Trainer::new(line, MeanSquaredError, Sgd::default());
    /// let mut parts = whole.clone();
    /// whole.step(&[[-1.0], [0.0], [1.0]], &[[-2.0], [1.0], [4.0]])?;
    /// parts.accumulate(&[[-1.0], [0.0]], &[[-2.0], [1.0]])?;
    /// assert_eq!(parts.step(&[[1.0]], &[[4.0]])?.samples, 3);
    /// let difference = whole.network().parameters()[0] - parts.network().parameters()[0];
    /// assert!(difference.abs() < 1e-15);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`step`](Trainer::step) that concern the batch, and [`Error::NonFiniteLoss`]. What was kept stays.
    pub fn accumulate(&mut self, inputs: &[N::Input], targets: &[C::Target]) -> Result<BatchLoss, Error> {
        let samples = Samples::new(inputs, targets)?;
        self.accumulate_batch(&Batch::all(&samples))
    }

    /// [`accumulate`](Trainer::accumulate), of a batch of a data set.
    ///
    /// # Errors
    ///
    /// As [`accumulate`](Trainer::accumulate).
    ///
    /// # Panics
    ///
    /// If the samples of the data set have another length than the network's input.
    pub fn accumulate_batch<D>(&mut self, batch: &Batch<'_, D>) -> Result<BatchLoss, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        self.gradients.freeze_statistics(|segment| self.optimizer.is_frozen(segment));
        let draw = (self.seed_of_batch(), self.step);
        let of_batch = self.gradients.compute(&*self.network, &self.loss, batch, draw)?;
        let sum = self.accumulated.get_or_insert_with(GradientSum::new);
        sum.add(self.gradients.gradient(), batch.len(), of_batch);
        Ok(of_batch)
    }

    /// What is kept for the next step, if anything ever was.
    pub fn accumulated(&self) -> Option<&GradientSum<N>> {
        self.accumulated.as_ref()
    }

    /// Forgets what was kept for the next step.
    pub fn forget_accumulated(&mut self) {
        if let Some(sum) = &mut self.accumulated {
            sum.clear();
        }
    }

    /// The seed of what is drawn for the next batch: another one for each that a step learns from.
    pub(super) fn seed_of_batch(&self) -> u64 {
        let batches = self.accumulated.as_ref().map_or(0, GradientSum::batches);
        self.seed ^ batches << 40
    }

    /// Takes what was kept into the gradient of a batch; nothing is forgotten.
    pub(super) fn add_accumulated(&mut self, samples: usize, of_batch: BatchLoss) -> (usize, BatchLoss) {
        match &self.accumulated {
            Some(sum) if sum.samples() > 0 => sum.mean_with(self.gradients.gradient_mut(), samples, of_batch),
            _ => (samples, of_batch),
        }
    }
}
