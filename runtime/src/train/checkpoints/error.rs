//! What can be wrong with a checkpoint.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Shape;

/// A checkpoint that cannot be gone on from. The trainer is as it was.
///
/// ```
/// use castnet::train::Trainer;
/// use castnet::{losses::MeanSquaredError, optimizers::{Adam, Sgd}, prelude::*};
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
/// let mut with_adam = Trainer::new(line.clone(), MeanSquaredError, Adam::default());
/// let mut with_sgd = Trainer::new(line, MeanSquaredError, Sgd::default());
/// assert_eq!(
///     with_sgd.restore(&with_adam.checkpoint()).unwrap_err().to_string(),
///     "the checkpoint has `castnet/optimizer/first/`, which belongs to nothing here: \
///      go on with the optimizer, the schedule and the observers that the run was begun with"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// No safetensors file, or a damaged one.
    #[cfg(feature = "safetensors")]
    #[error(transparent)]
    Format(#[from] castnet_safetensors::Fault),

    /// A safetensors file, but of something else.
    #[error(
        "the file is no checkpoint: its metadata has no `castnet/checkpoint` with a version of the format; \
         weights alone are loaded by `load` of the network"
    )]
    NotACheckpoint,

    /// Another checksum than the contents have.
    #[error(
        "the file says that its checksum is {stated:016x}, but it is {found:016x}: the file is damaged, take another one"
    )]
    Checksum {
        /// The checksum of the contents.
        found: u64,
        /// The checksum that the file states.
        stated: u64,
    },

    /// A file in a format of another version.
    #[error(
        "the file has version {found} of the format, but {known} is the one that can be read: {}",
        if found > known { "use the version of castnet that wrote it, or a later one" } else { "begin another run" }
    )]
    Version {
        /// The version of the file.
        found: u64,
        /// The newest that can be read.
        known: u64,
    },

    /// A checkpoint of another network.
    #[error(
        "the checkpoint is of another network than `{network}`: it has `{found}` where `{expected}` is expected; \
         declare the network that the run was begun with, or begin another run"
    )]
    Architecture {
        /// The name of the network.
        network: &'static str,
        /// The first line of the checkpoint's description that is another one.
        found: String,
        /// That line of the network's description.
        expected: String,
    },

    /// Something that the trainer remembers is not in the checkpoint.
    #[error(
        "the checkpoint has no `{name}`: go on with the optimizer, the schedule and the observers that the run was begun with"
    )]
    Missing {
        /// The name of the piece.
        name: String,
    },

    /// Something is in the checkpoint that the trainer does not remember.
    #[error(
        "the checkpoint has `{name}`, which belongs to nothing here: \
         go on with the optimizer, the schedule and the observers that the run was begun with"
    )]
    LeftOver {
        /// The name of the piece.
        name: String,
    },

    /// Numbers of another shape.
    #[error("`{name}` is {found} in the checkpoint, but {expected} here: go on with what the run was begun with")]
    Shape {
        /// The name of the piece.
        name: String,
        /// Its shape in the checkpoint.
        found: Shape,
        /// Its shape in the trainer.
        expected: Shape,
    },

    /// Numbers of another type.
    #[error("`{name}` is of {found} in the checkpoint, but of {expected} here: go on with what the run was begun with")]
    Type {
        /// The name of the piece.
        name: String,
        /// The type in the checkpoint, as files name it.
        found: &'static str,
        /// The type here.
        expected: &'static str,
    },

    /// A text that is none of the values it may be.
    #[error("`{name}` is `{found}` in the checkpoint, but it should be {expected}: take another checkpoint")]
    Value {
        /// The name of the piece.
        name: String,
        /// The text.
        found: String,
        /// What it may be.
        expected: &'static str,
    },

    /// Other metrics than those of the epochs before.
    #[error("the run was begun with the metrics {found:?}, but goes on with {expected:?}: give it the same ones")]
    Metrics {
        /// Those in the checkpoint.
        found: Vec<String>,
        /// Those of the fit.
        expected: Vec<String>,
    },

    /// A newest checkpoint that is behind the trainer.
    #[error(
        "the newest checkpoint is of step {found}, but the trainer has made {expected} steps, which would be lost: \
         give the fit a new trainer, or a folder of its own"
    )]
    Behind {
        /// The steps in the checkpoint.
        found: u64,
        /// The steps of the trainer.
        expected: u64,
    },

    /// A folder that another fit is using.
    #[error("another fit has its checkpoints in this folder now: wait until it has ended, or use a folder of its own")]
    InUse,
}

impl CheckpointError {
    /// Whether the file is damaged or something else, and not a whole checkpoint of another run or castnet.
    pub fn is_damage(&self) -> bool {
        #[cfg(feature = "safetensors")]
        if matches!(self, Self::Format(_)) {
            return true;
        }
        matches!(self, Self::NotACheckpoint | Self::Checksum { .. })
    }
}
