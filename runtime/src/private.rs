//! What generated code names besides the public items.

pub use crate::constant::{Constant, numbers, place};
pub use crate::network::{RunsByFrames, StreamState};
pub use crate::numbers::Numbers;
pub use crate::sizes::{
    can_project, exact_window_positions, larger, projection_stride, window_extent, window_fits, window_positions,
    window_reach, window_tiles, with_offsets,
};
pub use crate::type_level::{Append, KnownToTypenum, Number, PlusProduct};
pub use bytemuck::{Pod, Zeroable};
pub use castnet_macros::{network, weights};
pub use pulp::Simd;
pub use rand::Rng;
#[cfg(feature = "serde")]
pub use serde;

use core::ops::Range;

use nalgebra::SMatrix;

use crate::Scalar;
use crate::layers::{BatchLayer, InPlace, Keeps, Layer, OwnLayer, Reads};
use crate::text::Text;

/// The names of every kind of layer and block: tests of lists that should hold them all compare with it.
pub const KINDS: &[&str] = &castnet_macros::kinds!();

/// Nothing: the feature `serde` is not on.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __serde {
    ($($network:tt)*) => {};
}

/// Serde's traits for a network.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! __serde {
    ($($network:tt)*) => {
        $crate::__serde_traits! { $($network)* }
    };
}

/// Makes a layer of the user's own. What is no layer has no such function, which is one error.
pub struct Own<T, L>(core::marker::PhantomData<(T, L)>);

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

/// Sizes go up to here, so that sums and products of some of them can be computed.
const LARGEST: u64 = u32::MAX as u64;

/// A size, or 1 in place of one that [`check_countable`] has a message about.
pub const fn countable(size: usize) -> usize {
    if size as u64 > LARGEST { 1 } else { size }
}

/// Panics at its caller if a size is too large, with the value behind the user's expression.
#[track_caller]
pub const fn check_countable(size: usize, expression: &str) {
    if size as u64 <= LARGEST {
        return;
    }
    let mut text = Text::<256>::new();
    text.push(expression.as_bytes());
    text.push(b" is ");
    text.push_number(size as u64);
    text.push(b": sizes go up to 4294967295, write a smaller one");
    panic!("{}", text.as_str());
}

/// A number as `f32` holds it; NaN for one that would become zero.
#[allow(clippy::cast_possible_truncation)]
pub const fn rounded_to_f32(value: f64) -> f64 {
    let rounded = value as f32;
    if rounded == 0.0 && value != 0.0 { f64::NAN } else { rounded as f64 }
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

/// The numbers of a matrix, whatever methods else it has where a network is declared.
#[inline(always)]
pub fn values<T, const ROWS: usize, const COLUMNS: usize>(matrix: &SMatrix<T, ROWS, COLUMNS>) -> &[T] {
    matrix.as_slice()
}

/// The numbers of a matrix, to be written.
#[inline(always)]
pub fn values_mut<T, const ROWS: usize, const COLUMNS: usize>(matrix: &mut SMatrix<T, ROWS, COLUMNS>) -> &mut [T] {
    matrix.as_mut_slice()
}

/// Two parts of a buffer that do not overlap.
#[inline(always)]
pub fn two_parts<T>(values: &mut [T], first: Range<usize>, second: Range<usize>) -> (&mut [T], &mut [T]) {
    if first.end <= second.start {
        let (low, high) = values.split_at_mut(second.start);
        (&mut low[first], &mut high[..second.end - second.start])
    } else {
        let (low, high) = values.split_at_mut(first.start);
        (&mut high[..first.end - first.start], &mut low[second])
    }
}

/// The numbers of one layer's parameters as a slice.
#[inline(always)]
pub fn flat<T: Scalar, P: Pod>(parameters: &P) -> &[T] {
    bytemuck::cast_slice(core::slice::from_ref(parameters))
}

/// The numbers of one layer's parameters as a slice.
#[inline(always)]
pub fn flat_mut<T: Scalar, P: Pod>(parameters: &mut P) -> &mut [T] {
    bytemuck::cast_slice_mut(core::slice::from_mut(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With 32 bits there is no size that is too large.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn sizes_are_countable_or_told() {
        assert_eq!([countable(7), countable(usize::MAX)], [7, 1]);
        check_countable(7, "`N`");
        let message = std::panic::catch_unwind(|| check_countable(5_000_000_000, "`N`")).unwrap_err();
        let message = message.downcast_ref::<String>().map(String::as_str).or(message.downcast_ref::<&str>().copied());
        assert_eq!(message, Some("`N` is 5000000000: sizes go up to 4294967295, write a smaller one"));
    }

    #[test]
    fn parts_come_in_any_order() {
        let mut values = [0, 1, 2, 3, 4, 5];
        let (first, second) = two_parts(&mut values, 1..3, 4..5);
        assert_eq!((&*first, &*second), (&[1, 2][..], &[4][..]));
        let (first, second) = two_parts(&mut values, 3..6, 0..3);
        assert_eq!((&*first, &*second), (&[3, 4, 5][..], &[0, 1, 2][..]));
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn parts_that_overlap_are_none() {
        two_parts(&mut [0; 6], 0..3, 2..5);
    }

    #[test]
    fn numbers_that_f32_cannot_hold_are_found_out() {
        assert_eq!(rounded_to_f32(0.0), 0.0);
        assert_eq!(rounded_to_f32(0.5), 0.5);
        assert!(rounded_to_f32(1e-60).is_nan());
        assert_eq!(rounded_to_f32(1e39), f64::INFINITY);
    }
}
