//! A fit that came to no good end.

use alloc::boxed::Box;

use super::History;
use crate::Error;

/// Why a fit ended before its time, and what came before.
///
/// ```
/// use castnet::train::{FitFault, FitOptions, Progress, Trainer};
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
/// let (data, validation) = ([([0.0_f32], [1.0_f32])], [([f32::NAN], [1.0_f32])]);
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
/// let error = trainer.fit(&data, FitOptions::new(1).validation(&validation)).unwrap_err();
/// assert!(matches!(error.fault, FitFault::Validation(_)));
/// assert!(error.to_string().starts_with("in the validation data: sample 0 has NaN"));
/// assert!(error.history.epochs.is_empty());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{fault}")]
pub struct FitError {
    /// What is wrong, and where.
    pub fault: FitFault,
    /// The epochs that were finished before.
    pub history: Box<History>,
}

/// What is wrong in a fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitFault {
    /// The data to learn from, a setting, or a step.
    #[error(transparent)]
    Training(Error),
    /// The validation data.
    #[error("in the validation data: {0}")]
    Validation(Error),
    /// A checkpoint that cannot be read or written, or that is of something else.
    #[cfg(all(feature = "safetensors", feature = "std"))]
    #[error(transparent)]
    Checkpoints(#[from] crate::data::FileError),
}

impl FitFault {
    /// Whether it is about checkpoints.
    pub(super) fn is_of_checkpoints(&self) -> bool {
        !matches!(self, Self::Training(_) | Self::Validation(_))
    }
}
