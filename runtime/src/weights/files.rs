//! Weights in files, and what readers give and writers take.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use super::stream::Stream;
use super::{Report, Weights, save};
use crate::data::FileError;
use crate::data::files::{open, write_whole};
use crate::{Infer, IntoNetwork, Parameters};

impl Weights {
    /// A new network from the file at `path`.
    ///
    /// # Errors
    ///
    /// In a [`FileError::InFile`]: [`FileError::NotAFile`] for a folder and the like, [`FileError::Io`] if the file cannot be
    /// read, and [`FileError::Weights`] for what is wrong with its contents.
    pub fn load<N: Infer>(&self, path: impl AsRef<Path>) -> Result<(Box<N>, Report), FileError> {
        in_file(path.as_ref(), |source| self.new_from(source))
    }

    /// Overwrites a network by the file at `path`.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load); the network is as it was then.
    pub fn load_into<'a, N: Infer + 'a>(
        &self,
        network: impl IntoNetwork<&'a mut N>,
        path: impl AsRef<Path>,
    ) -> Result<Report, FileError> {
        in_file(path.as_ref(), |source| self.into(network.into_network(), source))
    }

    /// A new network from what a reader gives. It is read to the end of the weights and no further.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] and [`FileError::Weights`].
    pub fn read<N: Infer>(&self, from: impl Read) -> Result<(Box<N>, Report), FileError> {
        self.new_from(&mut Stream::new(from))
    }

    /// Overwrites a network by what a reader gives. It is read to the end of the weights and no further.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] and [`FileError::Weights`]; the network is as it was then.
    pub fn read_into<'a, N: Infer + 'a>(
        &self,
        network: impl IntoNetwork<&'a mut N>,
        from: impl Read,
    ) -> Result<Report, FileError> {
        self.into(network.into_network(), &mut Stream::new(from))
    }

    /// Saves a network to the file at `path`: under another name first, which takes the place of `path` when all has been
    /// written and is on the disk. Whatever interrupts it, what was at `path` stays whole until then.
    ///
    /// # Errors
    ///
    /// In a [`FileError::InFile`]: [`FileError::Write`].
    pub fn save<'a, N: Parameters + 'a>(
        &self,
        network: impl IntoNetwork<&'a N>,
        path: impl AsRef<Path>,
    ) -> Result<(), FileError> {
        let (network, path) = (network.into_network(), path.as_ref());
        write_whole(path, |file| save::write(self, network, |bytes| file.write_all(bytes)))
    }

    /// Writes a network as the contents of a file.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write<'a, N: Parameters + 'a>(
        &self,
        network: impl IntoNetwork<&'a N>,
        mut to: impl Write,
    ) -> std::io::Result<()> {
        save::write(self, network.into_network(), |bytes| to.write_all(bytes))
    }
}

/// What `read` makes of the file at `path`.
fn in_file<T>(
    path: &Path,
    read: impl FnOnce(&mut Stream<BufReader<File>>) -> Result<T, FileError>,
) -> Result<T, FileError> {
    let open = || {
        let file = open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Stream::of_length(BufReader::with_capacity(1 << 16, file), bytes))
    };
    open().and_then(|mut source| read(&mut source)).map_err(|error| error.in_file(path))
}
