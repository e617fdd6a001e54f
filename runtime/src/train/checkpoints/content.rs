//! What a checkpoint holds, piece by piece.

use alloc::string::String;
use alloc::vec::Vec;
#[cfg(feature = "safetensors")]
use core::ops::Range;

#[cfg(feature = "safetensors")]
use castnet_safetensors::Dtype;

#[cfg(feature = "safetensors")]
use crate::Shape;
use crate::{Scalar, Segment};

/// A piece under its name. Of a network the name is what stands before those of its segments.
#[derive(Clone)]
pub struct Entry {
    pub name: String,
    pub content: Content,
}

#[derive(Clone)]
pub enum Content {
    /// A count, a number or the like.
    Text(String),
    /// Numbers in a row.
    Row(Numbers),
    /// A number for each of a network's, in its order.
    Network(Numbers, &'static [Segment]),
    /// Numbers in a file, in the file's order; the place of their bytes.
    #[cfg(feature = "safetensors")]
    Tensor { dtype: Dtype, shape: Shape, bytes: Range<usize> },
}

/// Numbers of one of the two types of networks.
#[derive(Clone)]
pub enum Numbers {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Numbers {
    pub fn of<T: Scalar>(numbers: &[T]) -> Self {
        if size_of::<T>() == 4 {
            Self::F32(bytemuck::cast_slice(numbers).to_vec())
        } else {
            Self::F64(bytemuck::cast_slice(numbers).to_vec())
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::F64(numbers) => numbers.len(),
        }
    }

    /// As files name the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::F32(_) => type_name::<f32>(),
            Self::F64(_) => type_name::<f64>(),
        }
    }

    /// Overwrites as many numbers of the same type.
    pub fn copy_to<T: Scalar>(&self, to: &mut [T]) {
        match self {
            Self::F32(numbers) => bytemuck::cast_slice_mut(to).copy_from_slice(numbers),
            Self::F64(numbers) => bytemuck::cast_slice_mut(to).copy_from_slice(numbers),
        }
    }
}

/// The type of a network's numbers, as files name it.
pub const fn type_name<T: Scalar>() -> &'static str {
    if size_of::<T>() == 4 { "F32" } else { "F64" }
}

/// The text of that name, if there is one.
pub fn text<'a>(entries: &'a [Entry], name: &str) -> Option<&'a str> {
    entries.iter().find_map(|entry| match &entry.content {
        Content::Text(text) if entry.name == name => Some(&**text),
        _ => None,
    })
}
