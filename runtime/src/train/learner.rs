//! Steps without a heap.

use bytemuck::Zeroable;

use super::compare::compare;
use super::frozen::{backward, check_batch_size, forward, is_stage_frozen, put_back};
use super::overflow::check_statistics;
use super::report::{BatchLoss, StepReport};
use crate::data::gather_run;
use crate::losses::Loss;
use crate::network::check_tokens;
use crate::optimizers::{Caution, Optimizer};
use crate::pass::is_lane_count;
use crate::regularizers::Regularizer;
use crate::schedules::{Schedule, move_momentum};
use crate::{Error, Network, Pass, Segment, Trace};

/// Learns in memory that its owner provides: a [`Trainer`](https://docs.rs/castnet/latest/castnet/train/struct.Trainer.html)
/// without a heap, for a device that has none.
///
/// The network and the [`Room`] of a step lie wherever their owner puts them: in a `static`, on the stack, in memory that
/// another language has set aside. `L` samples are worked on at once; a batch is any number of samples, but for networks
/// with batch norm, whose batches are at most `L`. Sums of larger batches are taken in the order of their lane groups, so
/// that results are the same to the last bit every time; a trainer shares large batches out, and sums them in another order.
///
/// Nothing is allocated. Without the feature `alloc` nothing panics either: `tests/targets/no_std` has the linker prove it, for
/// lane groups of one sample and networks of dense layers, convolutions and pooling. A step that fails leaves network,
/// optimizer and step count as they were.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::{Adam, InPlace};
/// use castnet::prelude::*;
/// use castnet::train::{Learner, Room};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let mut line: Line = castnet::zeroed();
/// line.initialize(&mut StdRng::seed_from_u64(1));
/// let (adam, mut room) = (InPlace::<_, 2>(Adam::default()), castnet::zeroed::<Room<Line, _, 1>>());
/// let mut learner = Learner::new(&mut line, &mut room, MeanSquaredError, adam, 0.05);
/// for _ in 0..2_000 {
///     let report = learner.step(&[[-1.0], [0.0], [1.0]], &[[-2.0], [1.0], [4.0]])?;
///     assert!(report.loss.is_finite());
/// }
/// assert!((line.predict(&[2.0])[0] - 7.0).abs() < 1e-2);
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct Learner<'a, N: Network, C: Loss<N>, O: Optimizer<N>, P: Schedule, const L: usize> {
    network: &'a mut N,
    room: &'a mut Room<N, O::State, L>,
    loss: C,
    optimizer: O,
    schedule: P,
    seed: u64,
    step: u64,
    caution: Caution<N, O::State>,
}

/// The memory of a [`Learner`] besides the network: a gradient, the activations of `L` samples, and what the optimizer
/// remembers. Zeros are how it starts where that is so for the optimizer's state, as it is for
/// [`InPlace`](crate::optimizers::InPlace).
#[derive(Zeroable)]
#[zeroable(bound = "S: Zeroable")]
pub struct Room<N, S, const L: usize>
where
    N: Network,
{
    gradient: N,
    trace: N::Trace<L>,
    state: S,
}

impl<N: Network, S, const L: usize> Room<N, S, L> {
    /// Room with this state of an optimizer, which [`Optimizer::start`] gives.
    pub fn new(state: S) -> Self {
        Self { gradient: N::zeroed(), trace: Zeroable::zeroed(), state }
    }

    /// The gradient of the last batch.
    pub fn gradient(&self) -> &N {
        &self.gradient
    }

    /// What the optimizer remembers.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// What the optimizer remembers, to be set.
    pub fn state_mut(&mut self) -> &mut S {
        &mut self.state
    }
}

impl<'a, N: Network, C: Loss<N>, O: Optimizer<N>, P: Schedule, const L: usize> Learner<'a, N, C, O, P, L> {
    /// Goes on with what is in `network` and `room`, at step 0; [`at`](Learner::at) sets another.
    pub fn new(network: &'a mut N, room: &'a mut Room<N, O::State, L>, loss: C, optimizer: O, schedule: P) -> Self {
        const { assert!(is_lane_count(L), "a lane group holds 1, 8, 16 or 32 samples") }
        let () = C::FITS;
        Self { network, room, loss, optimizer, schedule, seed: 0, step: 0, caution: Caution::default() }
    }

    /// Draws random numbers from another seed than 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Goes on from another step than 0.
    pub fn at(mut self, step: u64) -> Self {
        self.step = step;
        self
    }

    /// Learns from one batch: `inputs[0]` with `targets[0]`, and so on.
    ///
    /// # Errors
    ///
    /// Those of [`gradient_of`](Learner::gradient_of) and [`update`](Learner::update).
    pub fn step(&mut self, inputs: &[N::Input], targets: &[C::Target]) -> Result<StepReport, Error> {
        let of_batch = self.gradient_of(inputs, targets)?;
        self.update(inputs.len(), of_batch)
    }

    /// The first half of a step: the loss and its gradient, which the owner may change by
    /// [`gradient_mut`](Learner::gradient_mut) before [`update`](Learner::update), the second half.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyBatch`], [`Error::OneSample`], [`Error::BatchTooLarge`], [`Error::LengthMismatch`],
    /// [`Error::NonFiniteInput`], those of the loss, and [`Error::NonFiniteLoss`].
    pub fn gradient_of(&mut self, inputs: &[N::Input], targets: &[C::Target]) -> Result<BatchLoss, Error> {
        let (samples, step) = (inputs.len(), self.step);
        if samples != targets.len() {
            return Err(Error::LengthMismatch { inputs: samples, targets: targets.len() });
        }
        if samples == 0 {
            return Err(Error::EmptyBatch);
        }
        check_batch_size::<N>(samples, |stage| self.is_frozen(stage))?;
        if N::STAGES > 1 && samples > L {
            return Err(Error::BatchTooLarge { network: N::NAME, samples, lanes: L });
        }
        let pass = Pass { seed: self.seed, step, batch: samples, ..Pass::training(L) };
        let mut of_batch = BatchLoss::of_samples(0.0, Some(0));
        for (group, (inputs, targets)) in inputs.chunks(L).zip(targets.chunks(L)).enumerate() {
            let first = group * L;
            let pass = Pass { real: inputs.len(), first_sample: first as u64, overwrite: group == 0, ..pass };
            let of_group = self.learn_group(&pass, first, inputs, targets)?;
            of_batch.loss += of_group.loss;
            of_batch.correct = of_batch.correct.zip(of_group.correct).map(|(one, other)| one + other);
        }
        if of_batch.loss.is_finite() { Ok(of_batch) } else { Err(Error::NonFiniteLoss { step, loss: of_batch.loss }) }
    }

    /// The passes of one lane group, of which `first` is the number of the first sample.
    fn learn_group(
        &mut self,
        pass: &Pass,
        first: usize,
        inputs: &[N::Input],
        targets: &[C::Target],
    ) -> Result<BatchLoss, Error> {
        let Room { gradient, trace, .. } = &mut *self.room;
        gather_run::<N::Scalar, L>(bytemuck::cast_slice(inputs), trace.input_mut())
            .and_then(|()| check_tokens::<N, L>(inputs.len(), trace.input_mut()))
            .map_err(|error| error.in_sample(|lane| first + lane))?;
        for (lane, target) in targets.iter().enumerate() {
            self.loss.check(target, first + lane)?;
        }
        let is_frozen = |stage| is_stage_frozen::<N>(stage, |segment| self.optimizer.is_frozen(segment));
        forward::<N, L>(self.network, trace, pass, is_frozen);
        let (outputs, output_gradient) = trace.output_and_gradient();
        let tally = compare::<N, C, L>(&self.loss, pass, outputs, targets, output_gradient);
        backward::<N, L>(self.network, trace, pass, gradient, is_frozen);
        Ok(BatchLoss::of_samples(tally.loss, tally.correct))
    }

    /// The gradient of the last batch, to change.
    pub fn gradient_mut(&mut self) -> &mut N {
        &mut self.room.gradient
    }

    /// The network, and the gradient of the last batch in its parameters, to change: for what depends on both.
    pub fn network_and_gradient_mut(&mut self) -> (&N, &mut N) {
        (self.network, &mut self.room.gradient)
    }

    /// Between the two halves of a step: the term of a regularizer in the loss, and its gradient.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`].
    pub fn regularize(&mut self, regularizer: &impl Regularizer, of_batch: &mut BatchLoss) -> Result<(), Error> {
        regularizer.check()?;
        let (network, gradient) = self.network_and_gradient_mut();
        of_batch.add_regularization(regularizer.add_to_gradient(network, gradient));
        Ok(())
    }

    /// After a step: what a regularizer makes of the parameters, but for frozen ones.
    pub fn constrain(&mut self, regularizer: &impl Regularizer, step: &StepReport) {
        let is_frozen = |segment: &Segment| self.optimizer.is_frozen(segment);
        regularizer.constrain_but(self.network, step.learning_rate, is_frozen);
    }

    /// The second half of a step: moves the parameters by the gradient of the last batch, of so many samples, which had
    /// that loss.
    ///
    /// # Errors
    ///
    /// [`Error::LearningRate`], [`Error::NoMomentum`], [`Error::Setting`], [`Error::Slots`], [`Error::NonFiniteGradient`] and
    /// [`Error::NonFiniteUpdate`].
    pub fn update(&mut self, samples: usize, of_batch: BatchLoss) -> Result<StepReport, Error> {
        self.schedule.check()?;
        move_momentum(&mut self.optimizer, &self.schedule, self.step)?;
        self.optimizer.check()?;
        let (step, rate) = (self.step, self.schedule.rate(self.step));
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(Error::LearningRate { step, rate });
        }
        let Room { gradient, trace, state } = &mut *self.room;
        if N::STAGES > 1 {
            check_statistics::<N, L>(trace, (step, rate))?;
        }
        self.optimizer.checked_step(&mut self.caution, state, self.network, gradient, (step, rate))?;
        if N::STAGES > 1 {
            self.network.update_running_statistics::<L>(trace, samples);
            for stage in 0..N::STAGES - 1 {
                if is_stage_frozen::<N>(stage, |segment| self.optimizer.is_frozen(segment)) {
                    put_back::<N, L>(self.network, stage, trace);
                }
            }
        }
        self.step += 1;
        Ok(StepReport::new((step, samples), of_batch, rate))
    }

    /// Whether the layer that ends stage `stage` goes by its running statistics.
    fn is_frozen(&self, stage: usize) -> bool {
        is_stage_frozen::<N>(stage, |segment| self.optimizer.is_frozen(segment))
    }

    /// Tells the schedule a loss, as [`Schedule::observe`] asks for it.
    pub fn observe(&mut self, loss: f64) {
        self.schedule.observe(self.step, loss);
    }

    /// How many steps have been made.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The network as it is now.
    pub fn network(&self) -> &N {
        self.network
    }

    /// The network as it is now, to change.
    pub fn network_mut(&mut self) -> &mut N {
        self.caution.forget();
        self.network
    }

    /// The memory of the learner.
    pub fn room(&self) -> &Room<N, O::State, L> {
        self.room
    }
}
