//! The ground floor: numbers side by side in a register, whatever the instruction set.
//!
//! [`lanes`] gives the operations of [`pulp::Simd`] one name for `f32` and `f64`; [`Functions`] are built on them;
//! [`Scalar`] is what a network computes in; `dispatch` chooses the instruction set; `sums` adds across lanes.

pub(crate) mod dispatch;
mod functions;
pub mod lanes;
mod scalar;
pub(crate) mod sums;

pub use functions::Functions;
pub use lanes::Lanes;
pub use scalar::Scalar;
