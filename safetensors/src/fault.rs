//! What can be wrong with a file.

use core::fmt::{self, Display, Formatter};

/// What is wrong with a file that should be safetensors. Bytes are counted from 0, from the beginning of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file ends early.
    Truncated {
        /// The part that is cut short: `"header"`, or `"numbers"`.
        part: &'static str,
        /// How many bytes the part should have.
        expected: u64,
        /// How many bytes it has.
        found: u64,
    },
    /// The file goes on behind the last number.
    Trailing {
        /// Where it should end.
        byte: u64,
    },
    /// A header of more than [`LARGEST_HEADER`](crate::LARGEST_HEADER) bytes.
    HeaderLength {
        /// How many bytes it is said to have.
        stated: u64,
    },
    /// A header that is no text.
    NotText {
        /// The first byte that is not UTF-8.
        byte: u64,
    },
    /// A header that is not what the format says.
    Syntax {
        /// Where something else stands.
        byte: u64,
        /// What should stand there.
        expected: &'static str,
    },
    /// A type of numbers that the format does not have.
    Dtype {
        /// Where it stands.
        byte: u64,
    },
    /// A shape that is not of as many numbers as there are, a place that ends before it starts, or one of more bytes than
    /// can be counted.
    Place {
        /// Where the tensor stands in the header.
        byte: u64,
    },
    /// Tensors that are not as long together as all numbers are: some overlap, or leave a gap.
    Gap {
        /// How many bytes the tensors have together.
        sum: u64,
        /// Where the last one ends.
        end: u64,
    },
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated { part, expected, found } => {
                write!(formatter, "the file ends after {found} of the {expected} bytes of its {part}: get it again")
            }
            Self::Trailing { byte } => {
                write!(formatter, "the file should end at byte {byte} by its header, but it goes on: get it again")
            }
            Self::HeaderLength { stated } => write!(
                formatter,
                "bytes 0 to 7 say that the header has {stated} bytes, but it has at most {}: check that this is a safetensors file; \
                 a PyTorch file (.pt, .pth) becomes one by `safetensors.torch.save_file(torch.load(path), other)`",
                crate::LARGEST_HEADER
            ),
            Self::NotText { byte } => write!(
                formatter,
                "byte {byte}, in the header, is not UTF-8, but the header is JSON: check that this is a safetensors file"
            ),
            Self::Syntax { byte, expected } => write!(
                formatter,
                "byte {byte}, in the header, is something else than {expected}: check that this is a safetensors file"
            ),
            Self::Dtype { byte } => {
                write!(formatter, "byte {byte} begins a type of numbers that is not known: save the file as F32")
            }
            Self::Place { byte } => write!(
                formatter,
                "the tensor at byte {byte} of the header has a shape that does not fit the place of its numbers: get the file again"
            ),
            Self::Gap { sum, end } => write!(
                formatter,
                "the tensors have {sum} bytes together, but the last one ends at {end}: they overlap or leave a gap; get the file again"
            ),
        }
    }
}

impl core::error::Error for Fault {}
