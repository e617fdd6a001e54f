//! The first part of a step: the gradient of a batch.

use super::engine::{Engine, Job};
use super::frozen::{check_batch_size, is_stage_frozen, put_back};
use super::overflow::check_statistics;
use super::report::BatchLoss;
use super::scores::Metrics;
use super::workers::Workers;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::pass::is_lane_count;
use crate::{Error, Network, Pass, Segment};

/// The batches that there is room for at first.
const DEFAULT_CAPACITY: usize = 64;

/// Computes gradients of batches, and keeps the buffers for it: the part of a [`Trainer`](super::Trainer) before the
/// optimizer, for training of another kind.
///
/// ```
/// use castnet::data::{Batch, Samples};
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::{Caution, Optimizer, Sgd};
/// use castnet::train::Gradients;
/// use castnet::train::observers::ClipByNorm;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// // A step, of parts.
/// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
/// let (sgd, mut gradients, mut caution) = (Sgd::default(), Gradients::new(), Caution::default());
/// let mut state = Optimizer::<Line>::start(&sgd);
/// let (inputs, targets) = ([[-1.0], [0.0], [1.0]], [[-2.0], [1.0], [4.0]]);
/// let data = Samples::new(&inputs, &targets)?;
/// for step in 0..200 {
///     let of_batch = gradients.compute(&*line, &MeanSquaredError, &Batch::all(&data), (0, step))?;
///     assert!(of_batch.loss.is_finite());
///     ClipByNorm { norm: 1.0 }.clip(gradients.gradient_mut());
///     sgd.checked_step(&mut caution, &mut state, &mut line, gradients.gradient(), (step, 0.2))?;
/// }
/// assert!((line.predict(&[2.0])[0] - 7.0).abs() < 1e-2);
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct Gradients<N: Network, Y, const L: usize = 16> {
    capacity: usize,
    pub(super) engine: Engine<N, Y, L>,
}

impl<N: Network, Y: Copy + Send + Sync + 'static> Gradients<N, Y> {
    /// Room for batches of up to 64 samples, in lane groups of 16.
    pub fn new() -> Self {
        Self::with_lanes()
    }
}

impl<N: Network, Y: Copy + Send + Sync + 'static, const L: usize> Default for Gradients<N, Y, L> {
    fn default() -> Self {
        Self::with_lanes()
    }
}

impl<N: Network, Y: Copy + Send + Sync + 'static, const L: usize> Gradients<N, Y, L> {
    /// Room for batches of up to 64 samples, in lane groups of `L`: 1, 8, 16 or 32.
    pub fn with_lanes() -> Self {
        const { assert!(is_lane_count(L), "a lane group holds 1, 8, 16 or 32 samples") }
        Self { capacity: DEFAULT_CAPACITY, engine: Engine::new(Workers::default(), DEFAULT_CAPACITY) }
    }

    /// Makes room for batches of up to `samples`, and no more.
    pub fn batch_capacity(mut self, samples: usize) -> Self {
        self.capacity = samples;
        self.engine = Engine::new(self.engine.workers, samples);
        self
    }

    /// Shares the work among `count` threads, as [`Trainer::threads`](super::Trainer::threads) does.
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] if the system does not give them.
    #[cfg(feature = "threads")]
    pub fn threads(mut self, count: usize) -> Result<Self, Error> {
        self.engine = Engine::new(Workers::new(count)?, self.capacity);
        Ok(self)
    }

    /// The same room and threads, for targets of another type.
    pub(super) fn for_targets<Z: Copy + Send + Sync + 'static>(&self) -> Gradients<N, Z, L> {
        Gradients { capacity: self.capacity, engine: Engine::new(self.engine.workers.clone(), self.capacity) }
    }

    /// Computes the gradient of a batch's mean loss. Random numbers are drawn from the seed and the number of the step.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyBatch`], [`Error::OneSample`], what is wrong with a sample, and [`Error::NonFiniteLoss`]. The gradient is of no use then.
    ///
    /// # Panics
    ///
    /// If the samples of the data set have another length than the network's input.
    pub fn compute<C, D>(
        &mut self,
        network: &N,
        loss: &C,
        batch: &Batch<'_, D>,
        (seed, step): (u64, u64),
    ) -> Result<BatchLoss, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        self.compute_scored(network, loss, batch, (seed, step), &[])
    }

    /// [`compute`](Self::compute), and folds of `metrics` over the outputs, which the engine has then.
    pub(super) fn compute_scored<C, D>(
        &mut self,
        network: &N,
        loss: &C,
        batch: &Batch<'_, D>,
        (seed, step): (u64, u64),
        metrics: Metrics<'_, N, Y>,
    ) -> Result<BatchLoss, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        if batch.is_empty() {
            return Err(Error::EmptyBatch);
        }
        check_batch_size::<N>(batch.len(), |stage| self.engine.frozen[stage])?;
        let pass = Pass { seed, step, batch: batch.len(), ..Pass::training(L) };
        let tally = self.engine.learn(&Job { network, loss, batch, pass, metrics })?;
        if tally.loss.is_finite() {
            Ok(BatchLoss::of_samples(tally.loss, tally.correct))
        } else {
            Err(Error::NonFiniteLoss { step, loss: tally.loss })
        }
    }

    /// The gradient of the last batch.
    pub fn gradient(&self) -> &N {
        self.engine.gradient()
    }

    /// The gradient of the last batch, to change.
    pub fn gradient_mut(&mut self) -> &mut N {
        self.engine.gradient_mut()
    }

    /// Checks the statistics that batch norm took of the last batch, before the running ones move towards them.
    ///
    /// # Errors
    ///
    /// [`Error::NonFiniteUpdate`], with this number and learning rate of the step.
    pub fn check_running_statistics(&mut self, (step, rate): (u64, f64)) -> Result<(), Error> {
        if N::STAGES > 1 { check_statistics::<N, L>(self.engine.first_trace(), (step, rate)) } else { Ok(()) }
    }

    /// Moves the running statistics of batch norm towards those of the last batch, of so many samples.
    pub fn update_running_statistics(&mut self, network: &mut N, samples: usize) {
        if N::STAGES > 1 {
            network.update_running_statistics::<L>(self.engine.first_trace(), samples);
            for stage in 0..N::STAGES - 1 {
                if self.engine.frozen[stage] {
                    put_back(network, stage, self.engine.first_trace());
                }
            }
        }
    }

    /// Has the batch norms go by their running statistics, and leave them, of which `is_frozen` says yes to the running mean and
    /// to the running variance; the others go by the batch. A [`Trainer`](super::Trainer) does so for the frozen
    /// [groups](crate::optimizers::ParameterGroup::frozen) of its optimizer, in every step.
    ///
    /// ```
    /// use castnet::data::Batch;
    /// use castnet::losses::MeanSquaredError;
    /// use castnet::prelude::*;
    /// use castnet::train::Gradients;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Normed {
    ///         input: [2],
    ///         norm: batch_norm,
    ///         dense(1),
    ///     }
    /// }
    ///
    /// let mut normed = Normed::init(&mut StdRng::seed_from_u64(1));
    /// let mut gradients = Gradients::new();
    /// gradients.freeze_statistics(|segment| segment.name.starts_with("norm."));
    /// // What looks at no batch can learn from one sample.
    /// gradients.compute(&*normed, &MeanSquaredError, &Batch::all(&[([3.0, 4.0], [1.0])]), (0, 0))?;
    /// gradients.update_running_statistics(&mut normed, 1);
    /// assert_eq!(normed.norm.running_mean.as_slice(), [0.0, 0.0]);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn freeze_statistics(&mut self, is_frozen: impl Fn(&Segment) -> bool) {
        for (stage, frozen) in self.engine.frozen.iter_mut().enumerate() {
            *frozen = is_stage_frozen::<N>(stage, &is_frozen);
        }
    }
}

/// With the gradient; the other buffers hold nothing between two steps.
impl<N: Network, Y: Copy + Send + Sync + 'static, const L: usize> Clone for Gradients<N, Y, L> {
    fn clone(&self) -> Self {
        let mut copy = self.for_targets();
        copy.gradient_mut().parameters_mut().copy_from_slice(self.gradient().parameters());
        copy.engine.frozen.clone_from(&self.engine.frozen);
        copy
    }
}
