//! Everything that a run of training depends on, as a value.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::begun_epoch::BegunEpoch;
use super::observers::Observer;
use super::trainer::Trainer;
use crate::losses::Loss;
use crate::optimizers::Optimizer;
use crate::{Error, Network};

/// Where a [`Trainer`] is: a trainer with the same loss, optimizer and schedule that is [set](Trainer::restore) to it goes
/// on to the same bits as this one.
///
/// `S` is the optimizer's state, and `H` are the observers.
///
/// ```
/// use castnet::schedules::CosineDecay;
/// use castnet::train::{Checkpoint, FitOptions, Progress, Trainer};
/// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let trainer = |seed| {
///     let line = Line::init(&mut StdRng::seed_from_u64(seed));
///     let rates = CosineDecay { from: 0.1, to: 0.0, steps: 40 };
///     Trainer::new(line, MeanSquaredError, Adam::default()).schedule(rates).seed(seed)
/// };
/// let data: Vec<_> = (0..20).map(|index| ([index as f32 / 20.0], [index as f32 / 10.0])).collect();
/// let options = |epochs| FitOptions::new(epochs).batch_size(4).progress(Progress::Silent);
///
/// let (mut whole, mut first, mut second) = (trainer(1), trainer(1), trainer(2));
/// whole.fit(&data, options(8))?;
/// first.fit(&data, options(3))?;
/// second.restore(&first.checkpoint())?;
/// second.fit(&data, options(5))?;
/// assert_eq!(second.network().parameters(), whole.network().parameters());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint<N, S, H = ()> {
    /// The network.
    pub network: Box<N>,
    /// What the optimizer remembers.
    pub optimizer: S,
    /// The [state](crate::schedules::Schedule::state) of the schedule.
    pub schedule: Vec<f64>,
    /// The seed of dropout, and of the order of samples and what is drawn for them.
    pub seed: u64,
    /// How many steps have been made.
    pub steps: u64,
    /// How many epochs have been finished.
    pub epochs: u64,
    /// How far the epoch is that a fit has begun.
    pub begun: Option<BegunEpoch>,
    /// The observers, with all that they remember.
    pub observers: H,
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Where the trainer is, as a value of its own.
    pub fn checkpoint(&self) -> Checkpoint<N, O::State, H>
    where
        H: Clone,
    {
        Checkpoint {
            network: self.network.clone(),
            optimizer: self.state.clone(),
            schedule: self.schedule.state().to_vec(),
            seed: self.seed,
            steps: self.step,
            epochs: self.epoch,
            begun: self.begun,
            observers: self.observers.clone(),
        }
    }

    /// Sets the trainer to where another one was, or this one.
    ///
    /// # Errors
    ///
    /// [`Error::ScheduleState`] if the schedule was another: the trainer is as it was then.
    pub fn restore(&mut self, checkpoint: &Checkpoint<N, O::State, H>) -> Result<(), Error>
    where
        H: Clone,
    {
        let state = self.schedule.state_mut();
        if state.len() != checkpoint.schedule.len() {
            return Err(Error::ScheduleState { found: checkpoint.schedule.len(), expected: state.len() });
        }
        state.copy_from_slice(&checkpoint.schedule);
        self.network_mut().parameters_mut().copy_from_slice(checkpoint.network.parameters());
        self.state.clone_from(&checkpoint.optimizer);
        self.observers.clone_from(&checkpoint.observers);
        (self.seed, self.step, self.epoch) = (checkpoint.seed, checkpoint.steps, checkpoint.epochs);
        self.begun = checkpoint.begun;
        Ok(())
    }
}
