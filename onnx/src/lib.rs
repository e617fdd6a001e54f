//! ONNX files for castnet.
//!
//! - [`proto`] has the messages of such a file, for whoever wants to look into one.

mod error;
pub mod proto;

pub use error::Error;
