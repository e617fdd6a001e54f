//! What can be wrong.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read or written, or a network not be expressed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A fault of the file with that path, or in its contents.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: Box<Error>,
    },

    /// The file cannot be opened or read.
    #[error("the file cannot be read: {source}")]
    Read {
        /// What the system said.
        source: io::Error,
    },

    /// The file cannot be written.
    #[error("the file cannot be written: {source}")]
    Write {
        /// What the system said.
        source: io::Error,
    },

    /// Bytes that are no model.
    #[error("this is no ONNX model, or one that is damaged ({source}): get the file again")]
    NotAModel {
        /// What the decoding said.
        source: prost::DecodeError,
    },

    /// A model without a graph.
    #[error("this is no ONNX model: it has no graph, and computes nothing: get the file again")]
    NoGraph,

    /// A model that castnet cannot express.
    #[error(transparent)]
    Refused(#[from] crate::import::Refused),

    /// The helper of build scripts, outside of one.
    #[error("`OUT_DIR` is not set: call this in `build.rs`, where cargo sets it")]
    NoOutDir,

    /// A layer of the user's own.
    #[cfg(feature = "export")]
    #[error(
        "`{layer}` is a layer of your own, `{type_name}`, of which ONNX knows nothing: say which operators compute it, \
         by `Export::own_layer`"
    )]
    OwnLayer {
        /// Its name.
        layer: &'static str,
        /// Its type, as it is written in the declaration.
        type_name: &'static str,
    },

    /// A layer that this cannot write.
    #[cfg(feature = "export")]
    #[error("`{layer}`, a `{kind}`, cannot be written to an ONNX file: export the part of the network without it")]
    NoOperator {
        /// Its name.
        layer: &'static str,
        /// Its kind.
        kind: &'static str,
    },

    /// A network that computes in another precision than the file would.
    #[cfg(feature = "export")]
    #[error(
        "`{network}` computes in {scalar}, and ONNX Runtime has most operators for f32 only: allow its numbers to be \
         rounded, by `Export::round_to_f32`"
    )]
    Scalar {
        /// The network.
        network: &'static str,
        /// What it computes in.
        scalar: &'static str,
    },

    /// A number that is too large for `f32`.
    #[cfg(feature = "export")]
    #[error("`{name}` has the number {value:e}, which is infinite in f32: train it with a smaller one")]
    Infinite {
        /// The segment that it is in.
        name: String,
        /// The number.
        value: f64,
    },

    /// A network that does more than its layers say.
    #[cfg(feature = "export")]
    #[error(
        "the layers of `{network}` make {made} numbers, and it gives {given}: export the network that it is made of, such as \
         the one in a `Siamese`"
    )]
    MoreThanLayers {
        /// The network.
        network: &'static str,
        /// How many numbers the last layer makes.
        made: usize,
        /// How many numbers an output has.
        given: usize,
    },

    /// A set of operators that this does not write.
    #[cfg(feature = "export")]
    #[error("opset {found} was asked for, but 17 to 22 can be written: leave it at 17, which most programs read")]
    Opset {
        /// The one that was asked for.
        found: i64,
    },

    /// A model that no file can hold.
    #[cfg(feature = "export")]
    #[error(
        "the model takes {bytes} bytes, but Protocol Buffers end at 2 GiB: export parts of the network by themselves"
    )]
    TooLarge {
        /// How many bytes it takes.
        bytes: usize,
    },
}

impl Error {
    /// The same fault, in the file that it was found in.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self::InFile { path: path.into(), source: Box::new(self) }
    }
}
