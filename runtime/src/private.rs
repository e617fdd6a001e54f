//! What generated code names besides the public items.

pub use crate::numbers::Numbers;
pub use crate::sizes::{
    can_project, exact_window_positions, larger, projection_stride, window_fits, window_positions, window_tiles,
    with_offsets,
};
pub use crate::type_level::{Append, KnownToTypenum, Number, PlusProduct};
pub use bytemuck::{Pod, Zeroable};
pub use castnet_macros::network;
pub use pulp::Simd;
pub use rand::Rng;

use crate::Scalar;
use crate::layers::{Layer, OwnLayer};

/// The names of every kind of layer and block: tests of lists that should hold them all compare with it.
pub const KINDS: &[&str] = &castnet_macros::kinds!();

/// Makes a layer of the user's own. What is no layer has no such function, which is one error.
pub struct Own<T, L>(std::marker::PhantomData<(T, L)>);

impl<T: Scalar, L: Layer<T> + Default> Own<T, L> {
    /// The layer.
    #[inline(always)]
    pub fn layer() -> OwnLayer<L> {
        OwnLayer(L::default())
    }
}

/// Inputs, outputs and parameters of a layer of the user's own, by the function that makes it.
pub const fn sizes_of_layer<T: Scalar, L: Layer<T>>(_: fn() -> L) -> [usize; 3] {
    [L::INPUT, L::OUTPUT, L::PARAMETERS]
}

/// How many numbers fill the last cache line behind parts of so many bytes.
pub const fn filling<T: Scalar>(parts: &[usize]) -> usize {
    const LINE: usize = 64;
    let (mut bytes, mut part) = (0, 0);
    while part < parts.len() {
        bytes += parts[part];
        part += 1;
    }
    (bytes.next_multiple_of(LINE) - bytes) / size_of::<T>()
}

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
