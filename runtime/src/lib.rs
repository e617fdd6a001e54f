//! Neural networks cast at compile time.

pub mod network;
pub mod scalar;
