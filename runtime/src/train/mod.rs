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

#[cfg(feature = "alloc")]
mod accumulate;
#[cfg(feature = "progress")]
mod bar;
#[cfg(feature = "alloc")]
mod begun_epoch;
#[cfg(feature = "alloc")]
mod checkpoints;
#[cfg(feature = "alloc")]
mod clock;
mod compare;
#[cfg(feature = "alloc")]
mod engine;
#[cfg(feature = "alloc")]
mod evaluate;
#[cfg(feature = "alloc")]
mod evaluate_predictions;
#[cfg(feature = "alloc")]
mod evaluator;
#[cfg(feature = "alloc")]
mod exact_curvature;
#[cfg(feature = "alloc")]
mod fit;
#[cfg(feature = "alloc")]
mod fit_error;
mod frozen;
#[cfg(feature = "alloc")]
mod gradient_sum;
#[cfg(feature = "alloc")]
mod gradients;
#[cfg(feature = "alloc")]
mod group;
#[cfg(feature = "threads")]
mod helpers;
#[cfg(feature = "alloc")]
mod history;
mod learner;
#[cfg(feature = "alloc")]
mod least_squares;
#[cfg(feature = "alloc")]
mod objective;
#[cfg(feature = "alloc")]
pub mod observers;
mod overflow;
#[cfg(feature = "alloc")]
mod progress;
#[cfg(feature = "alloc")]
mod range_test;
mod report;
#[cfg(feature = "alloc")]
mod scores;
#[cfg(feature = "alloc")]
mod shards;
#[cfg(feature = "alloc")]
mod stages;
#[cfg(test)]
mod tests;
#[cfg(feature = "alloc")]
mod trainer;
#[cfg(feature = "alloc")]
mod workers;

#[cfg(feature = "alloc")]
pub use begun_epoch::BegunEpoch;
#[cfg(all(feature = "safetensors", feature = "std"))]
pub use checkpoints::Checkpoints;
#[cfg(feature = "alloc")]
pub use checkpoints::{Checkpoint, CheckpointError, StateVisitor};
#[cfg(feature = "std")]
pub use clock::SystemClock;
#[cfg(feature = "alloc")]
pub use clock::{Clock, NoClock};
#[cfg(feature = "alloc")]
pub(crate) use compare::compare;
#[cfg(feature = "alloc")]
pub use evaluate::{Evaluation, Score, evaluate};
#[cfg(feature = "alloc")]
pub use evaluate_predictions::evaluate_predictions;
#[cfg(feature = "alloc")]
pub(crate) use evaluate_predictions::{Comparison, LANES, for_each_group};
#[cfg(feature = "alloc")]
pub use exact_curvature::{ExactCurvature, InDual};
#[cfg(feature = "alloc")]
pub use fit::FitOptions;
#[cfg(feature = "alloc")]
pub use fit_error::{FitError, FitFault};
#[cfg(feature = "alloc")]
pub use gradient_sum::GradientSum;
#[cfg(feature = "alloc")]
pub use gradients::Gradients;
#[cfg(feature = "alloc")]
pub use history::{Epoch, History};
pub use learner::{Learner, Room};
#[cfg(feature = "alloc")]
pub use least_squares::LeastSquares;
#[cfg(feature = "alloc")]
pub use objective::{DatasetLoss, minimize};
#[cfg(feature = "alloc")]
pub use progress::Progress;
#[cfg(feature = "alloc")]
pub use range_test::{RangeTest, RateCurve};
pub use report::{BatchLoss, StepReport};
#[cfg(feature = "alloc")]
pub use trainer::Trainer;
