//! Saving and loading in one line.

use alloc::boxed::Box;
use alloc::vec::Vec;
#[cfg(feature = "std")]
use std::io::{Read, Write};
#[cfg(feature = "std")]
use std::path::Path;

use super::{Weights, WeightsError};
use crate::Infer;
#[cfg(feature = "std")]
use crate::data::FileError;

/// Saving and loading the weights of a network: in [`castnet::prelude`](crate::prelude), and implemented by every network.
///
/// Names, shapes and order are those of PyTorch, and everything has to be there; [`Weights`] is for other files.
///
/// ```
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         slope: dense(1),
///     }
/// }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let file = line.to_safetensors();
/// assert_eq!(Line::from_safetensors(&file)?.slope.weight, line.slope.weight);
///
/// network! {
///     struct Plane {
///         input: [2],
///         slope: dense(1, bias = false),
///     }
/// }
///
/// assert_eq!(
///     Plane::from_safetensors(&file).unwrap_err().to_string(),
///     "the file does not fit `Plane`:
///   `slope.weight` is [1, 1] in the file, [1, 2] in the network
///   `slope.bias` [1] is left over
/// help: `.ignore(..)` passes over those that may be left over"
/// );
/// # Ok::<(), castnet::weights::WeightsError>(())
/// ```
pub trait Safetensors: Infer {
    /// Saves the network to the file at `path`: under another name first, which takes the place of `path` when all has been
    /// written and is on the disk. Whatever interrupts it, what was at `path` stays whole until then.
    ///
    /// # Errors
    ///
    /// In a [`FileError::InFile`]: [`FileError::Write`].
    #[cfg(feature = "std")]
    fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        Weights::new().save(self, path)
    }

    /// The network in the file at `path`.
    ///
    /// # Errors
    ///
    /// In a [`FileError::InFile`]: [`FileError::NotAFile`] for a folder and the like, [`FileError::Io`] if the file cannot be
    /// read, and [`FileError::Weights`] for what is wrong with its contents.
    #[cfg(feature = "std")]
    fn load(path: impl AsRef<Path>) -> Result<Box<Self>, FileError> {
        Weights::new().load(path).map(|(network, _)| network)
    }

    /// Writes the network as the contents of a file.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    #[cfg(feature = "std")]
    fn write_safetensors(&self, to: impl Write) -> std::io::Result<()> {
        Weights::new().write(self, to)
    }

    /// The network that a reader gives. It is read to the end of the weights and no further.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] and [`FileError::Weights`].
    #[cfg(feature = "std")]
    fn read_safetensors(from: impl Read) -> Result<Box<Self>, FileError> {
        Weights::new().read(from).map(|(network, _)| network)
    }

    /// The network as the bytes of a file.
    fn to_safetensors(&self) -> Vec<u8> {
        Weights::new().to_bytes(self)
    }

    /// The network in the bytes of a file.
    ///
    /// # Errors
    ///
    /// A [`WeightsError`] for what is wrong with them.
    fn from_safetensors(file: &[u8]) -> Result<Box<Self>, WeightsError> {
        Weights::new().parse(file).map(|(network, _)| network)
    }
}

impl<N: Infer> Safetensors for N {}
