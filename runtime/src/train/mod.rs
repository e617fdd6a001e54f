//! Training: one step in the caller's own loop, or many with [`Trainer::fit`].
//!
//! ```
//! use castnet::losses::SoftmaxCrossEntropy;
//! use castnet::optimizers::Adam;
//! use castnet::train::{FitOptions, Progress, Trainer};
//! use castnet::prelude::*;
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     struct Xor {
//!         input: [2],
//!         dense(8), tanh,
//!         dense(2),
//!     }
//! }
//!
//! let data = [([0.0_f32, 0.0], 0_usize), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)];
//! let xor = Xor::init(&mut StdRng::seed_from_u64(1));
//! let mut trainer = Trainer::new(xor, SoftmaxCrossEntropy, Adam::default()).schedule(0.05);
//! let history = trainer.fit(&data, FitOptions::new(200).batch_size(4).progress(Progress::Silent))?;
//! assert_eq!(history.last().training_accuracy, Some(1.0));
//! # Ok::<(), castnet::train::FitError>(())
//! ```

#[cfg(feature = "progress")]
mod bar;
mod begun_epoch;
mod checkpoint;
mod clock;
mod engine;
mod evaluate;
mod evaluator;
mod fit;
mod fit_error;
mod gradients;
mod group;
#[cfg(feature = "threads")]
mod helpers;
mod history;
mod objective;
pub mod observers;
mod overflow;
mod progress;
mod scores;
mod shards;
mod stages;
mod step_report;
#[cfg(test)]
mod tests;
mod trainer;
mod workers;

pub use begun_epoch::BegunEpoch;
pub use checkpoint::Checkpoint;
pub use clock::{Clock, NoClock, SystemClock};
pub use evaluate::{Evaluation, Score, evaluate};
pub use fit::FitOptions;
pub use fit_error::{FitError, Part};
pub use gradients::{BatchLoss, Gradients};
pub(crate) use group::compare;
pub use history::{Epoch, History};
pub use objective::{DatasetLoss, minimize};
pub use progress::Progress;
pub use step_report::StepReport;
pub use trainer::Trainer;
