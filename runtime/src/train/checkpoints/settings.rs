//! When a fit makes checkpoints, and which it keeps.

use std::path::{Path, PathBuf};

use crate::train::Epoch;

/// The folder in which [`fit`](crate::train::Trainer::fit) keeps checkpoints of a run, and goes on from the newest.
///
/// Given to a fit as a path, `.checkpoints("runs/a")`: a checkpoint after every epoch, of which the last three are kept, and the one
/// with the least validation loss. The program that is started again, whatever ended it, goes on where the newest of them was made,
/// and comes to the bits of a run that was never interrupted.
///
/// ```
/// use castnet::train::{Checkpoints, FitOptions, Progress, Trainer};
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
/// let data: Vec<_> = (0..20).map(|index| ([index as f32 / 20.0], [index as f32 / 10.0])).collect();
/// # let folder = std::env::temp_dir().join(format!("castnet-run-{}", std::process::id()));
/// // What a program does whenever it is started.
/// let program = |epochs| {
///     let line = Line::init(&mut StdRng::seed_from_u64(1));
///     let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
///     let checkpoints = Checkpoints::new(&folder).every_steps(100).keep(2);
///     let options = FitOptions::new(epochs).validation(&data).progress(Progress::Silent).checkpoints(checkpoints);
///     trainer.fit(&data, options).map(|history| (history.epochs.len(), trainer.steps()))
/// };
/// assert_eq!(program(3)?, (3, 3));
/// // It has done its work; and then it is given more.
/// assert_eq!(program(3)?, (3, 3));
/// assert_eq!(program(5)?, (5, 5));
/// let best = Line::load(folder.join("best.safetensors"))?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **The folder** is one run: its epochs count together, and the history has them all. It has `step-0000001200.safetensors` and the
/// like, `best.safetensors`, and `lock`. Each is a [`Checkpoint`](crate::train::Checkpoint), which is a file of the network's weights
/// too. A run that an observer or [`on_epoch`](crate::train::FitOptions::on_epoch) has stopped at the end of an epoch is over; one that
/// was stopped within an epoch, or by an error, goes on. `on_epoch` may be called for an epoch for a second time, if the program was
/// ended before the epoch was in a checkpoint.
///
/// **Safe.** Files are replaced as a whole. A damaged one is passed over for the next older one, which [`History::notes`] says, and the
/// standard error stream. A whole one of another network, another optimizer or another version of castnet is an error, and so are
/// damaged ones only; nothing is begun anew in a folder with checkpoints. A second fit in the same folder at the same time is an error.
///
/// **Time.** What is to be written is copied between two steps; it is written while training goes on, on a thread of its own, which
/// the next checkpoint waits for. A checkpoint allocates.
///
/// [`History::notes`]: crate::train::History::notes
#[derive(Clone, Debug)]
pub struct Checkpoints {
    pub(super) folder: PathBuf,
    pub(super) every: Every,
    pub(super) keep: usize,
    pub(super) measure: fn(&Epoch) -> f64,
}

#[derive(Clone, Copy, Debug)]
pub enum Every {
    Steps(u64),
    Epochs(u64),
}

impl Checkpoints {
    /// In that folder, which is made if it is not there; after every epoch, of which the last three are kept.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        let measure = |epoch: &Epoch| epoch.validation.as_ref().map_or(f64::NAN, |validation| validation.loss);
        Self { folder: folder.as_ref().into(), every: Every::Epochs(1), keep: 3, measure }
    }

    /// After every so many epochs, at least 1, and at the end of the fit.
    pub fn every_epochs(mut self, epochs: u64) -> Self {
        self.every = Every::Epochs(epochs.max(1));
        self
    }

    /// After every so many steps, at least 1, and at the end of the fit.
    pub fn every_steps(mut self, steps: u64) -> Self {
        self.every = Every::Steps(steps.max(1));
        self
    }

    /// How many of the last ones are kept, at least 1, beside the best.
    pub fn keep(mut self, checkpoints: usize) -> Self {
        self.keep = checkpoints.max(1);
        self
    }

    /// What says which epoch is the best, instead of the validation loss: less is better, and NaN is never better.
    ///
    /// ```
    /// use castnet::train::Checkpoints;
    ///
    /// let by_accuracy = Checkpoints::new("runs/a")
    ///     .watch(|epoch| -epoch.validation.as_ref().and_then(|validation| validation.accuracy).unwrap_or(0.0));
    /// ```
    pub fn watch(mut self, measure: fn(&Epoch) -> f64) -> Self {
        self.measure = measure;
        self
    }
}

impl<P: AsRef<Path>> From<P> for Checkpoints {
    fn from(folder: P) -> Self {
        Self::new(folder)
    }
}
