//! The ground floor: numbers side by side in a register, whatever the instruction set.
//!
//! [`lanes`] gives the operations of [`pulp::Simd`] one name for `f32` and `f64`; [`Functions`] are built on them;
//! [`Scalar`] is what a network computes in; formulas of [`Number`]s carry their derivative along; `dispatch` chooses the instruction set; `sums` adds across lanes.

pub(crate) mod dispatch;
pub(crate) mod dual;
mod dual_scalar;
mod functions;
pub mod lanes;
mod number;
pub(crate) mod places;
mod scalar;
pub(crate) mod sums;

pub use dual_scalar::Dual;
pub use functions::Functions;
pub use lanes::Lanes;
pub use number::Number;
pub use scalar::Scalar;
