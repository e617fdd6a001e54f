//! The few loops that do all the arithmetic.
//!
//! A kernel takes flat slices. Of a lane group, feature `i` is `slice[i * L..][..L]`; of a weight, `slice[input * OUT +
//! output]` (column-major, as nalgebra stores it). Kernels are generic over the instruction set `S` and are entered
//! through [`pulp::Simd::vectorize`], which compiles everything that is inlined into it for the registers of that set.
//!
//! A layer is inlined into the pass, so that its arguments by name cost nothing; a kernel as a whole is a call, so that a pass
//! stays small.
//!
//! Products are tiled for registers: a tile is `R` rows (outputs, filters or channels, one broadcast weight each) by `V`
//! vectors of lanes, in a convolution of `C` columns, its sums in up to three quarters of the registers. That is enough to
//! hide the latency of a multiply-add (4 or 5 cycles, two per cycle) and leaves registers for the operands.

// A tile's arrays are walked side by side, by one index.
#![allow(clippy::needless_range_loop)]

mod activation;
pub(crate) mod batch_norm;
pub(crate) mod convolution;
pub(crate) mod dense;
pub(crate) mod each;
pub(crate) mod geometry;
pub(crate) mod pooling;
mod reduction;
pub(crate) mod samples;
mod single;
pub(crate) mod tile;
mod transpose;

pub use activation::{Activation, Before, Identity, Keeps, Then};
