//! Everything that a run of training is, as a value, in files, and in a folder that a fit goes on from.

mod architecture;
mod content;
mod error;
#[cfg(feature = "safetensors")]
mod file;
#[cfg(all(feature = "safetensors", feature = "std"))]
mod folder;
#[cfg(not(all(feature = "safetensors", feature = "std")))]
#[path = "no_folder.rs"]
mod folder;
mod history;
mod keep;
#[cfg(all(feature = "safetensors", feature = "std"))]
mod settings;
#[cfg(not(all(feature = "safetensors", feature = "std")))]
#[path = "no_settings.rs"]
mod settings;
mod visitor;

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

pub use error::CheckpointError;
pub(super) use keep::Run;
pub use settings::Checkpoints;
pub use visitor::StateVisitor;

use super::begun_epoch::BegunEpoch;
use super::gradient_sum::GradientSum;
use super::observers::Observer;
use super::trainer::Trainer;
use crate::Network;
use crate::losses::Loss;
use crate::optimizers::{Optimizer, OptimizerState};
use content::Entry;

/// Where a [`Trainer`] is: a trainer of the same network, loss, optimizer, schedule and observers that is
/// [set](Trainer::restore) to it goes on to the same bits as this one.
///
/// It has the network with its running statistics, what optimizer, schedule and [observers](StateVisitor) remember, the seed of
/// dropout and of the order of samples, how many steps and epochs have been made, how far the epoch is, and what its losses come
/// to. Settings are not in it: the program that goes on makes the trainer as the one before did.
///
/// ```
/// use castnet::schedules::CosineDecay;
/// use castnet::train::{FitOptions, Progress, Trainer};
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
///
/// With the feature `safetensors` it is [bytes](Checkpoint::to_bytes), is [saved](Checkpoint::save) to files and [loaded](Checkpoint::load) from them, and a fit does so
/// by itself: [`Checkpoints`].
#[derive(Clone)]
pub struct Checkpoint {
    entries: Vec<Entry>,
    /// The file that it was read from, in which its tensors are.
    #[cfg(feature = "safetensors")]
    file: Vec<u8>,
}

impl Checkpoint {
    /// One with these contents, which are not in a file.
    fn new(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            #[cfg(feature = "safetensors")]
            file: Vec::new(),
        }
    }

    /// How many steps had been made.
    pub fn steps(&self) -> u64 {
        self.count("castnet/steps")
    }

    /// How many epochs had been finished.
    pub fn epochs(&self) -> u64 {
        self.count("castnet/epochs")
    }

    /// A count that is in every checkpoint.
    fn count(&self, name: &str) -> u64 {
        content::text(&self.entries, name).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// Without the numbers, which may be millions.
impl Debug for Checkpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (steps, epochs) = (self.steps(), self.epochs());
        f.debug_struct("Checkpoint").field("steps", &steps).field("epochs", &epochs).finish_non_exhaustive()
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Where the trainer is, as a value of its own.
    pub fn checkpoint(&mut self) -> Checkpoint {
        let mut entries = Vec::new();
        self.visit_state(&mut StateVisitor::reading(&mut entries));
        Checkpoint::new(entries)
    }

    /// Sets the trainer to where another one was, or this one.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`] that names what is of another network, or of another optimizer, schedule or observer: the trainer is
    /// as it was then.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let before = self.checkpoint();
        let restored = self.set_state(checkpoint);
        if restored.is_err() {
            // An observer that has changed its mind about what it remembers is as it has left itself.
            let _ = self.set_state(&before);
        }
        restored
    }

    fn set_state(&mut self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        self.network_mut();
        self.forget_accumulated();
        let mut visitor = StateVisitor::setting(checkpoint);
        self.visit_state(&mut visitor);
        visitor.finish()
    }

    /// Shows all that the trainer depends on, but for settings.
    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        state.architecture::<N>();
        state.count("seed", &mut self.seed);
        state.count("steps", &mut self.step);
        state.count("epochs", &mut self.epoch);
        state.optional("begun", &mut self.begun, || BegunEpoch::new(0, 0, false), visit_begun);
        state.trained(&mut *self.network);
        self.visit_accumulated(state);
        state.within("optimizer", |state| visit_optimizer::<N, _>(state, &mut self.state));
        state.numbers("schedule", self.schedule.state_mut());
        state.within("observers", |state| self.observers.visit_state(state));
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Gradients that are kept for the next step, if there are some.
    fn visit_accumulated(&mut self, state: &mut StateVisitor<'_>) {
        let mut sum = self.accumulated.take_if(|sum| sum.samples() > 0);
        state.optional("accumulated", &mut sum, GradientSum::new, |state, sum| sum.visit_state(state));
        if sum.is_some() {
            self.accumulated = sum;
        } else if state.sets() {
            self.forget_accumulated();
        }
    }
}

fn visit_begun(state: &mut StateVisitor<'_>, begun: &mut BegunEpoch) {
    let BegunEpoch { samples, batch_size, shuffle, taken, loss, regularization, correct, learning_rate } = begun;
    for (name, count) in [("samples", samples), ("batch_size", batch_size), ("taken", taken)] {
        state.count_of(name, count);
    }
    state.flag("shuffle", shuffle);
    state.number("loss", loss);
    state.number("regularization", regularization);
    state.optional("accuracy", correct, || 0, |state, correct| state.count_of("correct", correct));
    state.number("learning_rate", learning_rate);
}

fn visit_optimizer<N: Network, S: OptimizerState<N::Scalar>>(state: &mut StateVisitor<'_>, optimizer: &mut S) {
    let mut steps = optimizer.steps();
    state.count("steps", &mut steps);
    if state.sets() {
        optimizer.set_steps(steps);
        optimizer.slots_mut().for_each(|(name, numbers)| state.set_slot::<N>(name, numbers));
    } else {
        // What is known of their magnitudes is still known.
        optimizer.slots().for_each(|(name, numbers)| state.read_slot::<N>(name, numbers));
    }
}
