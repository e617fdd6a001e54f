//! The layers: what each computes, forward and backward, on one lane group.
//!
//! The expansion of `network!` is a sequence of calls to the traits here, but for a first dense layer at inference, which
//! may read samples as they lie ([`Dense::forward_samples`]). A layer is a value without state of its own (its sizes are in
//! its type, its parameters in the network), and works on flat slices: feature `i` of `L` samples is `slice[i * L..][..L]`,
//! the columns of an `SMatrix<T, L, FEATURES>`.
//!
//! - [`Layer`] reads one buffer and writes another: dense, convolution, pooling, layer norm. [`FusedForward`] and
//!   [`FusedBackward`] ones apply the activations beside them in the same pass over memory.
//! - [`InPlace`] changes values where they stand: activations, softmax, dropout.
//! - [`BatchLayer`] needs numbers of the whole batch between two halves of its work: batch norm.
//!
//! Each states what its backward pass [reads](Layer::READS) and [saves](Layer::SAVED); it gets that and nothing else.

mod activations;
mod batch_norm;
mod causal;
#[cfg(test)]
mod check;
mod contract;
mod conv1d;
mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod join;
mod layer_norm;
mod operation;
mod own;
mod pooling;
mod prelu;
mod softmax;

pub use crate::kernels::geometry::{Conv1dGeometry, Conv2dGeometry, OneRow, Pool1dGeometry, Pool2dGeometry};
pub use crate::kernels::{Activation, Before, Identity, Keeps, Then};
pub use activations::{Elementwise, Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
pub use batch_norm::BatchNorm;
pub use causal::CausalConvolution;
#[doc(hidden)]
pub use contract::start_gradient;
pub use contract::{
    Activations, Backward, BatchLayer, BatchRead, Context, Forward, FusedBackward, FusedForward, InPlace, InferInPlace,
    Layer, Reads, Saved, SavedNumbers,
};
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use join::add;
pub use layer_norm::LayerNorm;
pub use operation::{Operation, Window};
#[doc(hidden)]
pub use own::OwnLayer;
pub use pooling::{AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d};
pub use prelu::PRelu;
pub use softmax::Softmax;
