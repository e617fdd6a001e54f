//! Neural networks cast at compile time.

mod buffer;
pub mod data;
mod error;
mod gradient_check;
pub mod init;
pub mod kernels;
pub mod layers;
pub mod losses;
pub mod metrics;
mod network;
pub mod optimizers;
mod pass;
mod predict;
mod scalar;
pub mod schedules;
mod summary;
#[cfg(test)]
mod testing;
pub mod train;
mod type_level;

pub use error::Error;
pub use gradient_check::{GradientCheck, check_gradients};
pub use network::{LayerInfo, Network, Role, Segment, Trace};
pub use pass::Pass;
pub use predict::Predictor;
pub use scalar::Scalar;
pub use summary::{Summary, summary};

pub use {bytemuck, nalgebra, pulp, typenum};

/// What generated code names besides the public items.
#[doc(hidden)]
pub mod __private {
    pub use crate::type_level::Append;
    pub use bytemuck::{Pod, Zeroable};
    pub use castnet_macros::network;
    pub use pulp::Simd;
    pub use rand::Rng;

    use crate::Scalar;

    /// The numbers of one layer's parameters as a slice.
    #[inline(always)]
    pub fn flat<T: Scalar, P: Pod>(parameters: &P) -> &[T] {
        bytemuck::cast_slice(std::slice::from_ref(parameters))
    }

    /// The numbers of one layer's parameters as a slice.
    #[inline(always)]
    pub fn flat_mut<T: Scalar, P: Pod>(parameters: &mut P) -> &mut [T] {
        bytemuck::cast_slice_mut(std::slice::from_mut(parameters))
    }
}
