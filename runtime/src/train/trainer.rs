//! A network with all that training it takes.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;

use super::begun_epoch::BegunEpoch;
use super::evaluator::Evaluator;
use super::gradient_sum::GradientSum;
use super::gradients::Gradients;
use super::history::Epoch;
use super::observers::{NetworkMut, Observer};
use super::report::StepReport;
use super::scores::{Folds, Metrics};
use crate::data::{Batch, Dataset, Samples};
use crate::losses::Loss;
use crate::optimizers::{Caution, Optimizer};
use crate::schedules::{Schedule, move_momentum};
use crate::{Error, Network, Segment};

/// Trains a network.
///
/// A trainer owns the network, a loss, an optimizer and its state, a schedule, observers, and the buffers of a step. Work
/// is done on lane groups of `L` samples; a batch is any number of samples. It is made of parts that work without it:
/// [`Gradients`], [`Optimizer::checked_step`], [`Schedule::rate`], [`observers`](super::observers),
/// [`evaluate`](crate::evaluate).
///
/// **Memory.** Everything is allocated at construction, for batches of up to 64 samples, or as many as
/// [`batch_capacity`](Trainer::batch_capacity) says. On one thread (the default) a step allocates nothing. A network
/// without batch norm needs the same few buffers for any batch then; with batch norm, or on several threads, the first
/// batch that is larger than the capacity makes room for its size, once.
///
/// **Reproducible.** The same samples, seed, lanes and steps give the same network to the last bit, on any number of
/// threads. (On processors with other instruction sets, sums are rounded differently.)
///
/// **Errors.** A step that fails leaves network, optimizer and step count as they were.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::Sgd;
/// use castnet::schedules::CosineDecay;
/// use castnet::train::Trainer;
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
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Sgd { momentum: 0.5, ..Sgd::default() })
///     .schedule(CosineDecay { from: 0.2, to: 0.0, steps: 200 })
///     .seed(7);
/// for _ in 0..200 {
///     let report = trainer.step(&[[-1.0], [0.0], [1.0]], &[[-2.0], [1.0], [4.0]])?;
///     assert!(report.loss.is_finite());
/// }
/// assert!((trainer.predict(&[2.0])[0] - 7.0).abs() < 1e-2);
/// let line: Box<Line> = trainer.into_network();
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct Trainer<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize = 16, H = ()> {
    pub(super) network: Box<N>,
    pub(super) loss: C,
    pub(super) optimizer: O,
    pub(super) state: O::State,
    pub(super) schedule: Box<dyn Schedule>,
    pub(super) observers: H,
    pub(super) seed: u64,
    pub(super) step: u64,
    pub(super) epoch: u64,
    /// What a fit has done of the epoch that comes next.
    pub(super) begun: Option<BegunEpoch>,
    pub(super) gradients: Gradients<N, C::Target, L>,
    pub(super) evaluators: Vec<Evaluator<N, C::Target, L>>,
    caution: Caution<N, O::State>,
    /// The gradients of batches that the next step learns from too.
    pub(super) accumulated: Option<GradientSum<N>>,
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>> Trainer<N, C, O> {
    /// A trainer with lane groups of 16 samples, which serve networks and batches of all sizes well.
    ///
    /// The learning rate is constant, the optimizer's [`DEFAULT_RATE`](Optimizer::DEFAULT_RATE), until
    /// [`schedule`](Trainer::schedule) sets another.
    pub fn new(network: Box<N>, loss: C, optimizer: O) -> Self {
        let () = C::FITS;
        Self::build(network, loss, optimizer)
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize> Trainer<N, C, O, L> {
    /// A trainer with lane groups of `L` samples: 1, 8, 16 or 32.
    ///
    /// A group takes about as long as a full one however many samples it has: `Trainer::<_, _, _, 1>` is for learning
    /// from one sample at a time. Any other number is a compile error:
    ///
    /// ```compile_fail
    /// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! { struct Line { input: [1], dense(1) } }
    ///
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let trainer = Trainer::<_, _, _, 0>::with_lanes(line, MeanSquaredError, Adam::default());
    /// ```
    pub fn with_lanes(network: Box<N>, loss: C, optimizer: O) -> Self {
        let () = C::FITS;
        Self::build(network, loss, optimizer)
    }

    /// The functions that call it see to it that the loss fits: where such a check fails, the compiler names the place that
    /// the function with the check was called from.
    fn build(network: Box<N>, loss: C, optimizer: O) -> Self {
        Self {
            network,
            loss,
            state: optimizer.start(),
            optimizer,
            schedule: Box::new(O::DEFAULT_RATE),
            observers: (),
            seed: 0,
            step: 0,
            epoch: 0,
            begun: None,
            gradients: Gradients::with_lanes(),
            evaluators: vec![Evaluator::new()],
            caution: Caution::default(),
            accumulated: None,
        }
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Sets the learning rate: a number, one of the [`schedules`](crate::schedules), or a
    /// [`Function`](crate::schedules::Function) of the step.
    pub fn schedule(mut self, schedule: impl Schedule + 'static) -> Self {
        self.set_schedule(schedule);
        self
    }

    /// Sets the learning rate of the steps from now on; they are counted on. The momentum, if the schedule before has moved it,
    /// stays where it is.
    ///
    /// ```
    /// use castnet::{losses::MeanSquaredError, optimizers::Sgd, prelude::*, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line {
    ///         input: [1],
    ///         dense(1),
    ///     }
    /// }
    ///
    /// struct Player {
    ///     trainer: Trainer<Line, MeanSquaredError, Sgd>,
    /// }
    ///
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let mut player = Player { trainer: Trainer::new(line, MeanSquaredError, Sgd::default()) };
    /// player.trainer.set_schedule(0.001);
    /// assert_eq!(player.trainer.step(&[[0.5]], &[[1.0]])?.learning_rate, 0.001);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn set_schedule(&mut self, schedule: impl Schedule + 'static) {
        self.schedule = Box::new(schedule);
    }

    /// The schedule, with what it has observed.
    pub fn current_schedule(&self) -> &dyn Schedule {
        &*self.schedule
    }

    /// Tells the schedule how well training goes: [`Schedule::observe`]. [`fit`](Trainer::fit) does so after each epoch.
    pub fn observe(&mut self, loss: f64) {
        self.schedule.observe(self.step, loss);
    }

    /// Sets the seed of dropout and, in [`fit`](Trainer::fit), of the order of samples and of what is drawn for them; 0 without
    /// it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes room for batches of up to `samples`, and no more.
    pub fn batch_capacity(mut self, samples: usize) -> Self {
        self.gradients = self.gradients.batch_capacity(samples);
        self
    }

    /// Sets who takes part in each step and epoch: one of the [`observers`](super::observers), or a tuple of several.
    pub fn with_observers<G: Observer<N>>(self, observers: G) -> Trainer<N, C, O, L, G> {
        Trainer {
            observers,
            network: self.network,
            loss: self.loss,
            optimizer: self.optimizer,
            state: self.state,
            schedule: self.schedule,
            seed: self.seed,
            step: self.step,
            epoch: self.epoch,
            begun: self.begun,
            gradients: self.gradients,
            evaluators: self.evaluators,
            caution: self.caution,
            accumulated: self.accumulated,
        }
    }

    /// Goes on with another loss: from imitation to reward, say. Everything else is kept, the optimizer's state too.
    pub fn with_loss<K: Loss<N>>(self, loss: K) -> Trainer<N, K, O, L, H> {
        let () = K::FITS;
        Trainer {
            loss,
            gradients: self.gradients.for_targets(),
            evaluators: self.evaluators.iter().map(|_| Evaluator::new()).collect(),
            observers: self.observers,
            network: self.network,
            optimizer: self.optimizer,
            state: self.state,
            schedule: self.schedule,
            seed: self.seed,
            step: self.step,
            epoch: self.epoch,
            begun: self.begun,
            caution: self.caution,
            accumulated: self.accumulated,
        }
    }

    /// Shares the work of a step among `count` threads: the caller's and others of the trainer's own; 0 stands for as many
    /// as the processor has, and more than 64 are 64.
    ///
    /// The result is the same to the last bit on any number. Handing out the work takes some microseconds and a few
    /// small allocations per step, so small networks and batches are faster on one thread, which is the default. After a
    /// step the other threads stay awake for 0.2 ms, so that the next one finds them ready, and then sleep. A process that is
    /// forked off this one has none of them, and works alone.
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] if the system does not give them.
    #[cfg(feature = "threads")]
    pub fn threads(mut self, count: usize) -> Result<Self, Error> {
        self.gradients = self.gradients.threads(count)?;
        self.evaluators.resize_with(self.gradients.engine.workers.count(), Evaluator::new);
        Ok(self)
    }

    /// Learns from one batch: `inputs[0]` with `targets[0]`, and so on.
    ///
    /// # Errors
    ///
    /// - [`Error::EmptyBatch`], [`Error::OneSample`] and [`Error::LengthMismatch`];
    /// - what is wrong with a sample: [`Error::NonFiniteInput`], or the errors of the loss, [`Error::LabelOutOfRange`]
    ///   and [`Error::NonFiniteTarget`];
    /// - [`Error::NonFiniteLoss`], [`Error::NonFiniteGradient`] and [`Error::NonFiniteUpdate`] if training has diverged;
    /// - [`Error::LearningRate`] if the schedule is at fault, [`Error::Setting`] if its settings or the optimizer's are,
    ///   [`Error::NoMomentum`] if it moves what the optimizer does not have.
    ///
    /// After an error the network is as it was, to the last bit.
    pub fn step(&mut self, inputs: &[N::Input], targets: &[C::Target]) -> Result<StepReport, Error> {
        let samples = Samples::new(inputs, targets)?;
        self.step_batch(&Batch::all(&samples))
    }

    /// Learns from one batch of a data set.
    ///
    /// # Errors
    ///
    /// As [`step`](Trainer::step); samples are counted as in the data set.
    ///
    /// # Panics
    ///
    /// If the samples of the data set have another length than the network's input.
    ///
    /// ```
    /// use castnet::data::Batches;
    /// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line {
    ///         input: [1],
    ///         dense(1),
    ///     }
    /// }
    ///
    /// let data: Vec<_> = (0..10).map(|index| ([index as f32 / 10.0], [1.0 - index as f32 / 10.0])).collect();
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
    /// let mut batches = Batches::new(&data, 4)?;
    /// while let Some(batch) = batches.next() {
    ///     trainer.step_batch(&batch)?;
    /// }
    /// assert_eq!(trainer.steps(), 3);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn step_batch<D>(&mut self, batch: &Batch<'_, D>) -> Result<StepReport, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        self.step_scored(batch, &[], &mut Folds(Vec::new()))
    }

    /// [`step_batch`](Self::step_batch), and adds to the folds of `metrics` the outputs before the step.
    pub(super) fn step_scored<D>(
        &mut self,
        batch: &Batch<'_, D>,
        metrics: Metrics<'_, N, C::Target>,
        folds: &mut Folds,
    ) -> Result<StepReport, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        let (step, samples) = (self.step, batch.len());
        if samples == 0 {
            return Err(Error::EmptyBatch);
        }
        let rate = self.rate()?;
        move_momentum(&mut self.optimizer, &*self.schedule, step)?;
        self.optimizer.check()?;
        self.gradients.freeze_statistics(|segment| self.optimizer.is_frozen(segment));
        let draw = (self.seed_of_batch(), step);
        let of_batch = self.gradients.compute_scored(&*self.network, &self.loss, batch, draw, metrics)?;
        self.gradients.engine.collect_scores(metrics, folds);
        let (all, of_batch) = self.add_accumulated(samples, of_batch);
        let mut report = StepReport::new((step, all), of_batch, rate);

        self.gradients.check_running_statistics((step, rate))?;
        self.observers.gradient(&mut report, &self.network, self.gradients.gradient_mut())?;
        if !report.loss.is_finite() {
            return Err(Error::NonFiniteLoss { step, loss: report.loss });
        }
        let (caution, gradient) = (&mut self.caution, self.gradients.gradient());
        self.optimizer.checked_step(caution, &mut self.state, &mut self.network, gradient, (step, rate))?;
        self.gradients.update_running_statistics(&mut self.network, samples);
        self.step += 1;
        if all > samples {
            self.forget_accumulated();
        }
        report.stop = self.observed(|observers, network| observers.stepped(&report, network)).is_break();
        Ok(report)
    }

    /// The learning rate of the next step.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] and [`Error::LearningRate`] if the schedule is at fault.
    pub fn rate(&self) -> Result<f64, Error> {
        self.schedule.check()?;
        let (step, rate) = (self.step, self.schedule.rate(self.step));
        if rate.is_finite() && rate >= 0.0 { Ok(rate) } else { Err(Error::LearningRate { step, rate }) }
    }

    /// Tells observers and schedule that an epoch is over, as [`fit`](Trainer::fit) does: the schedule
    /// [observes](Schedule::observe) the validation loss, or the training loss without validation data.
    pub fn finish_epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        self.observe(epoch.validation.as_ref().map_or(epoch.training_loss, |validation| validation.loss));
        self.observed(|observers, network| observers.epoch(epoch, network))
    }

    /// Shows the observers the network, which they may change.
    pub(super) fn observed<R>(&mut self, show: impl FnOnce(&mut H, &mut NetworkMut<'_, N>) -> R) -> R {
        let is_frozen = |segment: &Segment| self.optimizer.is_frozen(segment);
        let mut network = NetworkMut::new(&mut *self.network).with_frozen(&is_frozen);
        let result = show(&mut self.observers, &mut network);
        if network.is_changed() {
            self.caution.forget();
        }
        result
    }

    /// The output for one sample; as [`Infer::predict`](crate::Infer::predict), for networks of any size.
    pub fn predict(&mut self, input: &N::Input) -> N::Output {
        self.evaluators[0].buffers.predict(&self.network, input)
    }

    /// The network as it is now.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// The network as it is now, to change; the optimizer goes on with what it remembers.
    pub fn network_mut(&mut self) -> &mut N {
        self.caution.forget();
        &mut self.network
    }

    /// What the optimizer remembers.
    pub fn optimizer_state(&self) -> &O::State {
        &self.state
    }

    /// What the optimizer remembers, to be set.
    pub fn optimizer_state_mut(&mut self) -> &mut O::State {
        &mut self.state
    }

    /// The trained network.
    pub fn into_network(self) -> Box<N> {
        self.network
    }

    /// The gradient of the last step, as the observers left it; zero before the first, and of no use after a step that
    /// failed.
    pub fn gradient(&self) -> &N {
        self.gradients.gradient()
    }

    /// The observers.
    pub fn observers(&self) -> &H {
        &self.observers
    }

    /// The observers, to change.
    pub fn observers_mut(&mut self) -> &mut H {
        &mut self.observers
    }

    /// The optimizer, to change its settings; what it remembers is kept.
    pub fn optimizer_mut(&mut self) -> &mut O {
        &mut self.optimizer
    }

    /// How many steps have been made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// How many epochs fits have finished.
    pub fn epochs(&self) -> u64 {
        self.epoch
    }

    /// How far the epoch is that a fit has begun, if it ended within one.
    pub fn begun_epoch(&self) -> Option<&BegunEpoch> {
        self.begun.as_ref()
    }

    /// Leaves an epoch that a fit has begun: the next fit starts it anew.
    pub fn leave_epoch(&mut self) {
        self.begun = None;
    }
}

/// The copy goes on as this one would; they share their threads.
impl<N, C, O, const L: usize, H> Clone for Trainer<N, C, O, L, H>
where
    N: Network,
    C: Loss<N> + Clone,
    O: Optimizer<N> + Clone,
    H: Clone,
{
    fn clone(&self) -> Self {
        Self {
            network: self.network.clone(),
            loss: self.loss.clone(),
            optimizer: self.optimizer.clone(),
            state: self.state.clone(),
            schedule: self.schedule.clone(),
            observers: self.observers.clone(),
            seed: self.seed,
            step: self.step,
            epoch: self.epoch,
            begun: self.begun,
            gradients: self.gradients.clone(),
            evaluators: self.evaluators.iter().map(|_| Evaluator::new()).collect(),
            caution: self.caution.clone(),
            accumulated: self.accumulated.clone(),
        }
    }
}

/// Where training is, without the numbers.
impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H> Debug for Trainer<N, C, O, L, H> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("network", &N::NAME)
            .field("steps", &self.step)
            .field("epochs", &self.epoch)
            .field("begun", &self.begun)
            .field("seed", &self.seed)
            .field("learning_rate", &self.schedule.rate(self.step))
            .field("lanes", &L)
            .field("threads", &self.gradients.engine.workers.count())
            .finish_non_exhaustive()
    }
}
