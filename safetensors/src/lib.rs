//! Safetensors files, as castnet and its macros read and write them.
//!
//! A file is the length of its header (8 bytes, little endian), the header, and the numbers of all tensors. The header is JSON:
//! for each tensor its name, type, shape and place. It is read where it stands: nothing is allocated, and no value in it
//! is trusted, whoever wrote it. The format is described at <https://github.com/huggingface/safetensors>.
//!
//! ```
//! use castnet_safetensors::{Dtype, Header, header_len};
//!
//! let json = br#"{"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
//! assert_eq!(header_len([json.len() as u8, 0, 0, 0, 0, 0, 0, 0]), Ok(json.len()));
//! let header = Header::parse(json)?;
//! let bias = header.tensors().next().unwrap();
//! assert!(bias.name == *"fc.bias" && bias.dtype == Dtype::F32 && bias.shape.eq([2]));
//! assert_eq!((bias.start, bias.end, header.data_len()), (0, 8, 8));
//! # Ok::<(), castnet_safetensors::Fault>(())
//! ```
#![no_std]

mod cursor;
mod dtype;
mod fault;
mod half;
mod header;
mod order;
mod text;
mod write;

pub use dtype::Dtype;
pub use fault::Fault;
pub use half::{bf16_to_f32, f16_to_f32};
pub use header::{Header, LARGEST_HEADER, Metadata, Sizes, Tensor, Tensors, header_len};
pub use order::{Order, Places};
pub use text::{Text, TextChars};
pub use write::{HeaderWriter, Quoted};
