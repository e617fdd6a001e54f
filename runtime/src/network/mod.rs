//! What `network!` implements, and what everything else asks of a network: parameters, inference and training, each on the
//! one before.

mod infer;
mod parameters;
mod parts;
mod predict;
#[cfg(feature = "alloc")]
mod predictor;
mod siamese;
mod sizes;
mod stream;
mod train;

pub use infer::{Infer, LayerInfo, LayerPlace, Source};
pub use parameters::{Order, ParameterKind, Parameters, Role, Segment};
pub use parts::{HasHead, Head, HeadInfo, InputInfo, Outputs};
pub(crate) use parts::{check_tokens, equals};
pub use predict::Predict;
#[cfg(feature = "alloc")]
pub(crate) use predictor::Buffers;
#[cfg(feature = "alloc")]
pub use predictor::Predictor;
pub use siamese::{Copies, Siamese, SiameseTrace};
pub use sizes::Sizes;
pub use stream::{RunsByFrames, Stream, StreamState};
pub use train::{Network, Trace, training_bytes};
