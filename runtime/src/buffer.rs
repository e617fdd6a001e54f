//! Numbers on the heap, at the start of a cache line.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

use crate::Scalar;

/// One cache line. An AVX-512 register is as long: one that lies across two lines costs two loads.
#[repr(C, align(64))]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Line([u8; 64]);

/// A slice of zeros on the heap that starts a cache line.
#[derive(Clone)]
pub(crate) struct Buffer<T> {
    lines: Box<[Line]>,
    len: usize,
    scalar: PhantomData<T>,
}

impl<T: Scalar> Buffer<T> {
    pub(crate) fn zeroed(len: usize) -> Self {
        let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        Self { lines: bytemuck::zeroed_slice_box(lines), len, scalar: PhantomData }
    }
}

impl<T: Scalar> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl<T: Scalar> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_its_length_and_starts_a_cache_line() {
        for len in [0, 1, 15, 16, 17, 1_000] {
            let buffer = Buffer::<f32>::zeroed(len);
            assert_eq!(&buffer[..], vec![0.0; len]);
            assert!(buffer.as_ptr().addr().is_multiple_of(64));
        }
    }
}
