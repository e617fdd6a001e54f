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
use crate::layers::{BatchLayer, InPlace, Keeps, Layer, OwnLayer, Reads};

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

/// What there is to know of the sizes of a layer of the user's own, by the function that makes it: inputs, outputs,
/// parameters, numbers saved per sample and per lane group, multiply-adds.
pub const fn sizes_of_layer<T: Scalar, L: Layer<T>>(_: fn() -> L) -> [usize; 6] {
    [L::INPUT, L::OUTPUT, L::PARAMETERS, L::SAVED.per_sample, L::SAVED.per_group, L::MULTIPLY_ADDS as usize]
}

/// Has the compiler compare what the macro takes a layer for with what it is: what its backward pass reads; inputs,
/// outputs, parameters, numbers saved per sample and per lane group, multiply-adds.
pub const fn assert_layer<T: Scalar, L: Layer<T>>(_: &L, reads: Reads, numbers: [usize; 6]) {
    assert!(reads.input == L::READS.input && reads.output == L::READS.output, "the macro and the layer read the same");
    let [input, output, parameters, per_sample, per_group, multiply_adds] = numbers;
    assert!(input == L::INPUT && output == L::OUTPUT, "the macro and the layer have the same inputs and outputs");
    assert!(parameters == L::PARAMETERS, "the macro and the layer have the same parameters");
    assert!(per_sample == L::SAVED.per_sample && per_group == L::SAVED.per_group, "they save the same");
    assert!(multiply_adds as u64 == L::MULTIPLY_ADDS, "the macro and the layer count the same work");
}

/// [`assert_layer`] for a layer that works in place.
pub const fn assert_in_place<T: Scalar, L: InPlace<T>>(_: &L, keeps: Keeps) {
    assert!(keeps as u8 == L::KEEPS as u8, "the macro and the layer keep the same");
}

/// [`assert_layer`] for a layer that needs the batch: its values and its channels.
pub const fn assert_batch_layer<T: Scalar, L: BatchLayer<T>>(_: &L, numbers: [usize; 2]) {
    assert!(numbers[0] == L::FEATURES && numbers[1] == L::CHANNELS, "the macro and the layer have the same sizes");
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
