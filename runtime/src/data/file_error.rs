//! What can be wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use crate::Error;

/// Something is wrong with a file, or with the data in it.
///
/// Bytes are counted from 0; in a compressed file, unless the message says otherwise, after decompression. Each message
/// says where the fault is, what was found there, what was expected, and what to do.
///
/// An [`Error`] converts into it, and an [`io::Error`] too, so that `?` serves a program that reads files and trains on them:
///
/// ```
/// use castnet::data::{FileError, Idx, Images};
///
/// fn images(file: &[u8], labels: Vec<usize>) -> Result<Images, FileError> {
///     let pixels = Idx::parse(file)?; // A `FileError`.
///     Ok(Images::new([1, 1, 3], pixels.into_elements(), labels)?) // An `Error`.
/// }
///
/// let file = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30];
/// assert_eq!(images(&file, vec![4]).unwrap().len(), 1);
/// assert_eq!(
///     images(&file[..18], vec![4]).unwrap_err().to_string(),
///     "the data ends at byte 18, after 2 of the 3 bytes of its elements: get the file again"
/// );
/// assert_eq!(
///     images(&file, vec![4, 5]).unwrap_err().to_string(),
///     "1 inputs came with 2 targets, but each input needs one: pass slices of equal length"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A fault of the file with that path, or in its contents.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: Box<FileError>,
    },

    /// The file cannot be opened or read.
    #[error("the file cannot be read: {source}")]
    Io {
        /// What the system said.
        source: io::Error,
    },

    /// The file cannot be written.
    #[error("the file cannot be written: {source}")]
    Write {
        /// What the system said.
        source: io::Error,
    },

    /// A file that is not there under any of its names.
    #[error("{} has none of {}: download the file, or correct the folder's path", directory.display(), names.join(", "))]
    Missing {
        /// Where it was looked for.
        directory: PathBuf,
        /// The names that it could have had.
        names: Vec<String>,
    },

    /// A path of something else than a file.
    #[error("this is {found}, but only a file is read, which does not make its readers wait: correct the path")]
    NotAFile {
        /// What is there: `"a folder"`, or `"a pipe, a socket or a device"`.
        found: &'static str,
    },

    /// More data than there is memory for.
    #[error("there is no memory for {bytes} bytes of elements: read the file where there is more")]
    Memory {
        /// How many bytes the elements are, by the header.
        bytes: u64,
    },

    /// The data ends early.
    #[error("the data ends at byte {byte}, after {found} of the {expected} bytes of its {part}: get the file again")]
    Truncated {
        /// Where the data ends.
        byte: u64,
        /// The part that is cut short: `"header"`, or `"elements"`.
        part: &'static str,
        /// How many bytes the part should have.
        expected: u64,
        /// How many bytes it has.
        found: u64,
    },

    /// Not an IDX file.
    #[error("byte {byte} is {found:#04x}, but an IDX file begins with two zero bytes: check that this is an IDX file")]
    BadMagic {
        /// Where the wrong byte is.
        byte: u64,
        /// The wrong byte.
        found: u8,
    },

    /// An IDX file of something other than unsigned bytes.
    #[error(
        "byte {byte}, the element type, is {found:#04x}, but only 0x08 (unsigned bytes) can be read: \
         convert the file"
    )]
    ElementType {
        /// Where the element type is.
        byte: u64,
        /// The element type.
        found: u8,
    },

    /// Elements arranged in another way than expected.
    #[error(
        "byte 3, the number of dimensions, is {found}, but {expected} is expected: check that this is the right file"
    )]
    Rank {
        /// How many dimensions the elements have.
        found: usize,
        /// How many they should have: 3 for images (image, row, column), 1 for labels.
        expected: usize,
    },

    /// The data goes on after its end.
    #[error("the data should end at byte {byte} by its header, but {found:#04x} follows there: get the file again")]
    TrailingBytes {
        /// Where the data should end.
        byte: u64,
        /// The byte that follows.
        found: u8,
    },

    /// A gzip file that cannot be decompressed.
    #[error("the gzip data is corrupt or cut short at about byte {byte} ({source}): get the file again")]
    Gzip {
        /// How far into the compressed file the decompression came.
        byte: u64,
        /// What the decompression said.
        source: io::Error,
    },

    /// Something behind the gzip data of a file that is neither more of it nor zero bytes.
    #[error(
        "the gzip data ends at byte {byte}, but {found:#04x} follows there, which is neither zero padding nor more gzip data: \
         cut the file off at byte {byte}, or get it again"
    )]
    BehindGzip {
        /// Where it stands in the compressed file.
        byte: u64,
        /// The byte that stands there.
        found: u8,
    },

    /// A gzip file in a gzip file.
    #[error("the contents of this gzip file are gzip data again, but it is decompressed once: decompress the file")]
    GzipTwice,

    /// A gzip file, but castnet was built without the means to read it.
    #[error(
        "byte 0 and 1 are those of a gzip file, which castnet was built not to read: \
         enable its feature `gzip`, or decompress the file"
    )]
    GzipDisabled,

    /// Weights that cannot be taken.
    #[cfg(feature = "safetensors")]
    #[error(transparent)]
    Weights(#[from] crate::weights::WeightsError),

    /// A checkpoint that cannot be gone on from.
    #[error(transparent)]
    Checkpoint(#[from] crate::train::CheckpointError),

    /// A fault in the samples that the file holds.
    #[error(transparent)]
    Data(#[from] Error),
}

/// What went wrong in reading, as [`FileError::Io`]; a `FileError` that was on its way as an [`io::Error`], as itself.
impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|source| Self::Io { source })
    }
}

impl FileError {
    /// The same fault, in the file that it was found in.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self::InFile { path: path.into(), source: Box::new(self) }
    }
}
