//! Neural networks cast at compile time.
//!
//! [`network!`] turns a declaration into a struct whose fields are the parameters, with forward and backward passes in
//! which every size is known to the compiler. The rest of the crate trains it and asks it:
//!
//! - [`train::Trainer`] learns from batches, in your own loop ([`step`](train::Trainer::step)) or in the usual one
//!   ([`fit`](train::Trainer::fit)), with one of the [`losses`], [`optimizers`] and [`schedules`];
//! - [`Infer::predict`] and [`Predictor`] compute outputs and allocate nothing;
//! - an [`ensemble`] is several of them as one;
//! - [`data`] has data sets, batches and readers of files; [`metrics`] say how good a network is;
//! - [`macro@differentiable`] writes the gradient of a function of yours beside it;
//! - [`regularizers`] keep weights small, few or at right angles;
//! - [`check_gradients`] compares gradients with central differences; [`summary()`] is the table of layers;
//! - [`layers`] have the formulas, [`init`] the first weights, [`kernels`] the arithmetic, [`simd`] its vectors.
//!
//! ```
//! use castnet::{losses::SoftmaxCrossEntropy, optimizers::Adam, prelude::*, train::Trainer};
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     /// Is a point left or right?
//!     struct Side {
//!         input: [2],
//!         hidden: dense(4), relu,
//!         dense(2),
//!     }
//! }
//!
//! let side = Side::init(&mut StdRng::seed_from_u64(1));
//! let mut trainer = Trainer::new(side, SoftmaxCrossEntropy, Adam::default()).schedule(0.05);
//! for _ in 0..100 {
//!     trainer.step(&[[-1.0, 0.3], [1.0, -0.2]], &[0, 1])?;
//! }
//! let scores = trainer.predict(&[-0.8, 0.9]);
//! assert!(scores[0] > scores[1]);
//! # Ok::<(), castnet::Error>(())
//! ```
//!
//! # One step
//!
//! Samples are gathered into *lane groups*: `L` of them side by side, so that a weight is broadcast and the samples fill
//! a vector register. [`Network::forward`] fills a [`Trace`] with activations; a [`losses::Loss`] turns the outputs into
//! a number and the gradient in them; [`Network::backward`] adds to a gradient that has the network's own type; an
//! [`optimizers::Optimizer`] moves the parameters. All memory is there before the first step.
//!
//! # Features
//!
//! | feature | default | what |
//! | --- | --- | --- |
//! | `std` | yes | what needs an operating system: files, clocks, what a fit writes; the crate is `no_std` without |
//! | `alloc` | by `std` | what needs a heap: the trainer, predictors, summaries; [`train::Learner`] learns without |
//! | `gzip` | yes | reads gzipped data files |
//! | `progress` | yes | a progress bar in [`fit`](train::Trainer::fit) where there is a terminal |
//! | `threads` | yes | [`Trainer::threads`](train::Trainer::threads) |
//! | `safetensors` | yes | [saves and loads](mod@weights) networks: as files with `std`, as bytes with `alloc` |
//! | `plots` | no | `plots`: pictures of curves, contours, histograms and matrices, as SVG |
//! | `png` | no | pictures as PNG too |
//! | `serde` | no | `Serialize` and `Deserialize` for networks and for what optimizers remember |
//! | `argmin` | no | losses as problems of the solvers of the crate argmin |
//! | `avx512` | yes | passes compiled for AVX-512 too, used where the processor has it |

#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "alloc")]
mod buffer;
mod constant;
pub mod data;
#[cfg(feature = "alloc")]
pub mod ensemble;
mod error;
#[cfg(feature = "alloc")]
mod gradient_check;
pub mod init;
#[cfg(feature = "alloc")]
mod into_network;
pub mod kernels;
pub mod layers;
pub mod losses;
mod math;
pub mod metrics;
mod network;
mod numbers;
pub mod optimizers;
mod pass;
#[cfg(feature = "plots")]
pub mod plots;
pub mod prelude;
mod random;
pub mod regularizers;
pub mod schedules;
mod short;
pub mod simd;
mod sizes;
#[cfg(feature = "alloc")]
mod summary;
#[cfg(test)]
mod testing;
mod text;
pub mod train;
mod type_level;
#[cfg(feature = "safetensors")]
pub mod weights;

pub use error::{Error, Shape};
#[cfg(feature = "alloc")]
pub use gradient_check::{GradientCheck, check_gradients};
#[cfg(feature = "alloc")]
pub use into_network::IntoNetwork;
#[cfg(feature = "alloc")]
pub use network::Predictor;
pub use network::{
    Copies, HasHead, Head, HeadInfo, Infer, InputInfo, LayerInfo, LayerPlace, Network, Order, Outputs, ParameterKind,
    Parameters, Predict, Role, Segment, Siamese, SiameseTrace, Sizes, Source, Stream, Trace, training_bytes,
};
pub use numbers::zeroed;
pub use pass::Pass;
pub use simd::{Dual, Scalar};
#[cfg(feature = "alloc")]
pub use summary::{Summary, summary};
#[cfg(feature = "alloc")]
pub use train::evaluate;

#[cfg(feature = "argmin")]
pub use argmin;
pub use {bytemuck, nalgebra, pulp, typenum};

#[doc = include_str!("../docs/differentiable.md")]
pub use castnet_macros::differentiable;

#[doc = include_str!("../docs/network.md")]
#[macro_export]
macro_rules! network {
    ($($declaration:tt)*) => {
        $crate::__private::network! { $crate; $($declaration)* }
    };
}

/// A network with the weights of a file, as a constant: `weights!(LeNet5, "lenet5.safetensors")` is a `&'static LeNet5` in
/// read-only memory.
///
/// Nothing is done when the program starts, nothing is copied, and neither a heap nor the standard library is needed. The path
/// is relative to the source file, and a file that has changed is compiled again. The file is one of
/// PyTorch's names, shapes and order, on the numbers of the network: what [`save`](weights::Safetensors::save) makes. A name, a
/// type or a shape that is not the network's is an error of the compiler at the path. Files of more than 64 MiB are refused.
///
/// A file of 10 MB (two million weights of a dense layer, and half a million of another) took the compiler 1.4 s and 93 MB more
/// than the same program without it, without optimisation. With optimisation Rust itself takes 160 MB for 10 MB of
/// `include_bytes!`.
///
/// ```
/// use castnet::{Predictor, prelude::*};
///
/// network! {
///     struct Line {
///         input: [1],
///         slope: dense(1),
///     }
/// }
///
/// static LINE: &Line = castnet::weights!(Line, "line.safetensors");
///
/// assert_eq!(LINE.predict(&[2.0]), [7.0]);
/// let mut predictor = Predictor::new(LINE);
/// assert_eq!(predictor.predict(&[3.0]), [10.0]);
/// ```
#[macro_export]
macro_rules! weights {
    ($($arguments:tt)*) => {
        $crate::__private::weights! { $crate; $($arguments)* }
    };
}

/// The README's examples, compiled and run, where all that they use is there.
#[cfg(all(doctest, feature = "plots"))]
#[doc = include_str!("../../README.md")]
struct Readme;
