//! Where the bytes of a file come from.

use core::ops::Deref;
use std::io::{ErrorKind, Read};

use super::WeightsError;
use crate::data::FileError;

/// Bytes, one after the other.
pub trait Source {
    /// What can go wrong.
    type Error: From<WeightsError>;
    /// Some bytes.
    type Bytes: Deref<Target = [u8]>;

    /// Fills `to`, or as much of it as there are bytes for, and says how much that is.
    fn fill(&mut self, to: &mut [u8]) -> Result<usize, Self::Error>;

    /// The next bytes, up to `len` of them. What there is no byte for takes no memory.
    fn take(&mut self, len: usize) -> Result<Self::Bytes, Self::Error>;

    /// How many bytes are left, if that is known.
    fn left(&self) -> Option<u64>;
}

/// Bytes in memory.
impl<'a> Source for &'a [u8] {
    type Error = WeightsError;
    type Bytes = &'a [u8];

    fn fill(&mut self, to: &mut [u8]) -> Result<usize, WeightsError> {
        let (bytes, rest) = self.split_at(to.len().min(self.len()));
        to[..bytes.len()].copy_from_slice(bytes);
        *self = rest;
        Ok(bytes.len())
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], WeightsError> {
        let (bytes, rest) = self.split_at(len.min(self.len()));
        *self = rest;
        Ok(bytes)
    }

    fn left(&self) -> Option<u64> {
        Some(self.len() as u64)
    }
}

/// What a reader gives.
pub struct Stream<R> {
    from: R,
    left: Option<u64>,
}

impl<R: Read> Stream<R> {
    /// Of unknown length.
    pub fn new(from: R) -> Self {
        Self { from, left: None }
    }

    /// Of so many bytes.
    pub fn of_length(from: R, bytes: u64) -> Self {
        Self { from, left: Some(bytes) }
    }

    fn count(&mut self, bytes: usize) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes as u64);
        }
    }
}

impl<R: Read> Source for Stream<R> {
    type Error = FileError;
    type Bytes = Vec<u8>;

    fn fill(&mut self, to: &mut [u8]) -> Result<usize, FileError> {
        let mut filled = 0;
        while filled < to.len() {
            match self.from.read(&mut to[filled..]) {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.count(filled);
        Ok(filled)
    }

    fn take(&mut self, len: usize) -> Result<Vec<u8>, FileError> {
        let known = self.left.map_or(0, |left| left.min(len as u64));
        let mut bytes = Vec::with_capacity(known as usize);
        self.from.by_ref().take(len as u64).read_to_end(&mut bytes)?;
        self.count(bytes.len());
        Ok(bytes)
    }

    fn left(&self) -> Option<u64> {
        self.left
    }
}
