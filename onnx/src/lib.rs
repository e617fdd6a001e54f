//! ONNX files for castnet.
//!
//! - [`Import`] makes a declaration and its weights of a model; so do [`build()`] in a build script and the command `castnet-onnx`.
//! - [`export`] writes a network to a file, [`Export`] as you want it;
//! - [`proto`] has the messages of such a file, for whoever wants to look into one.
//!
//! ```
//! use castnet::prelude::*;
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     struct Controller {
//!         input: [3],
//!         hidden: dense(8), tanh,
//!         action: dense(2),
//!     }
//! }
//!
//! let controller = Controller::init(&mut StdRng::seed_from_u64(1));
//! # let path = std::env::temp_dir().join("castnet-onnx-controller.onnx");
//! castnet_onnx::export(&*controller, &path)?;
//! let model = castnet_onnx::proto::ModelProto::read(&path)?;
//! assert_eq!(model.opset(), Some(castnet_onnx::OPSET));
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), castnet_onnx::Error>(())
//! ```
//!
//! In Python:
//!
//! ```python
//! session = onnxruntime.InferenceSession("controller.onnx")
//! actions, = session.run(None, {"input": states})
//! ```
//!
//! # What is written
//!
//! Operators of opset 17, or of another one from 17 to 22, for any number of samples. What a network computes at inference
//! is written, layer by layer; batch norms as they are, or [folded](Export::fold_batch_norm) into the layers before them. For
//! every kind of layer, ONNX Runtime's outputs are those of [`predict`](castnet::Infer::predict) to 1e-5 of the largest.
//!
//! | castnet | ONNX |
//! | --- | --- |
//! | `dense` | `Gemm` |
//! | `conv1d`, `conv2d` | `Conv`, with padding by sides |
//! | `max_pool1d`, `max_pool2d` | `MaxPool` |
//! | `avg_pool1d`, `avg_pool2d` | `AveragePool` |
//! | `embedding` | `Gather`, `Transpose` |
//! | `flatten`, `slice`, `concat` | `Flatten`, `Slice`, `Concat` |
//! | `residual`, `sum` | `Add`, `Sum` |
//! | `relu`, `leaky_relu`, `prelu`, `sigmoid`, `tanh`, `softmax` | `Relu`, `LeakyRelu`, `PRelu`, `Sigmoid`, `Tanh`, `Softmax` |
//! | `silu` | `Sigmoid`, `Mul` |
//! | `gelu` | `Erf` and others, from opset 20 on `Gelu` |
//! | `batch_norm`, `layer_norm` | `BatchNormalization`, `LayerNormalization` |
//! | `dropout` | nothing |
//! | a layer of your own | what you [say](Export::own_layer), else an error that names it |
//!
//! # Features
//!
//! `export`, which is on by default, is all of this that needs castnet itself. A build script does without.

mod build;
mod error;
#[cfg(feature = "export")]
mod export;
pub mod import;
pub mod proto;

pub use build::{build, build_as};
pub use error::Error;
#[cfg(feature = "export")]
pub use export::{Export, OPSET, OwnLayer, export};
pub use import::{Import, Imported};
