//! Where the bytes of a file come from.

use core::ops::Deref;

use super::WeightsError;

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
