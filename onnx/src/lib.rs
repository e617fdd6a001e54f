//! ONNX files for castnet.
//!
//! - [`Import`] makes a declaration and its weights of a model; so do [`build()`] in a build script and the command `castnet-onnx`.
//! - [`proto`] has the messages of such a file, for whoever wants to look into one.

mod build;
mod error;
pub mod import;
pub mod proto;

pub use build::{build, build_as};
pub use error::Error;
pub use import::{Import, Imported};
