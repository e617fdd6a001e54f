//! Saving: the header, and then the numbers of each segment.

use alloc::string::String;

use castnet_safetensors::HeaderWriter;

use super::layout::Layout;
use super::{Weights, numbers};
use crate::{Parameters, Scalar};

/// How many numbers are handed over together.
const CHUNK: usize = 1024;

/// Hands over the bytes of a file.
pub fn write<N: Parameters, E>(
    weights: &Weights,
    network: &N,
    mut to: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let json = header::<N>(weights);
    to(&(json.len() as u64).to_le_bytes())?;
    to(json.as_bytes())?;
    for segment in N::SEGMENTS {
        let numbers = &network.parameters()[segment.offset..][..segment.len];
        write_numbers(numbers, &weights.layout(segment), &mut to)?;
    }
    Ok(())
}

/// Hands over the bytes of a tensor.
pub fn write_numbers<T: Scalar, E>(
    numbers: &[T],
    layout: &Layout,
    mut to: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let size = size_of::<T>();
    let mut chunk = [0; CHUNK * 8];
    let mut places = layout.order.places();
    let mut left = numbers.len();
    while left > 0 {
        let count = left.min(CHUNK);
        let bytes = &mut chunk[..count * size];
        for (bytes, place) in bytes.chunks_exact_mut(size).zip(&mut places) {
            numbers::to_bytes(numbers[place], bytes);
        }
        to(bytes)?;
        left -= count;
    }
    Ok(())
}

/// The header.
fn header<N: Parameters>(weights: &Weights) -> String {
    let dtype = numbers::dtype::<N::Scalar>();
    let written = HeaderWriter::new(String::new()).and_then(|mut header| {
        for segment in N::SEGMENTS {
            header.tensor(&weights.names.in_file(segment), dtype, &weights.layout(segment).shape)?;
        }
        header.finish()
    });
    written.expect("writing to a string does not fail")
}
