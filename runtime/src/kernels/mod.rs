//! The few loops that do all the arithmetic.
//!
//! A kernel takes flat slices. Of a lane group, feature `i` is `slice[i * L..][..L]`; of a weight, `slice[input * OUT +
//! output]` (column-major, as nalgebra stores it). Kernels are generic over the instruction set `S` and are entered
//! through [`pulp::Simd::vectorize`], which compiles everything
//! that is inlined into it for the registers of that set.

pub(crate) mod dispatch;
pub(crate) mod each;
pub mod lanes;
mod transcendental;
