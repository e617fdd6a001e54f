//! Bytes of readers.

use std::io::{ErrorKind, Read};

use super::source::Source;
use crate::data::FileError;

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
