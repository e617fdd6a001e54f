//! A fit that came to no good end.

use alloc::boxed::Box;

use super::History;
use crate::Error;

/// Why a fit ended before its time, and what came before.
///
/// ```
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
/// let (data, validation) = ([([0.0_f32], [1.0_f32])], [([f32::NAN], [1.0_f32])]);
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
/// let error = trainer.fit(&data, FitOptions::new(1).validation(&validation)).unwrap_err();
/// assert!(error.to_string().starts_with("in the validation data: sample 0 has NaN"));
/// assert!(error.history.epochs.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{error}", if *.part == Part::Validation { "in the validation data: " } else { "" })]
pub struct FitError {
    /// What is wrong.
    pub error: Error,
    /// Where it is wrong.
    pub part: Part,
    /// The epochs that were finished before.
    pub history: Box<History>,
}

/// A part of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The data to learn from, or a step.
    Training,
    /// The validation data.
    Validation,
}

/// An error in one of the parts.
pub(super) type Fault = (Part, Error);

impl Part {
    /// The error of this part.
    pub(super) fn fault(self) -> impl Fn(Error) -> Fault {
        move |error| (self, error)
    }
}
