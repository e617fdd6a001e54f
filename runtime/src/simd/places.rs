//! Places in slices, as kernels compute them.
//!
//! The lengths of slices are constants of a network, and a kernel stays within them; but of a computed place the compiler
//! does not always see that. Where there is a heap, a place beyond the end of a slice, which is a mistake in castnet or in a
//! layer of the user's, ends the program. Without one, on a device that nobody watches, nothing may panic, and
//! `tests/targets/no_std` has the linker prove that nothing does: there a number beyond the end is zero, what is written
//! there is lost, and a kernel leaves off at a part that there is not.

use core::ops::Range;

/// The `len` numbers from `start` on.
#[inline(always)]
pub(crate) fn part<T>(slice: &[T], start: usize, len: usize) -> Option<&[T]> {
    if cfg!(feature = "alloc") { Some(&slice[start..][..len]) } else { slice.get(start..)?.get(..len) }
}

/// The `len` numbers from `start` on, to be written.
#[inline(always)]
pub(crate) fn part_mut<T>(slice: &mut [T], start: usize, len: usize) -> Option<&mut [T]> {
    if cfg!(feature = "alloc") { Some(&mut slice[start..][..len]) } else { slice.get_mut(start..)?.get_mut(..len) }
}

/// The numbers of `range`; without a heap none if they are not all there.
#[inline(always)]
pub(crate) fn within<T>(slice: &[T], range: Range<usize>) -> &[T] {
    if cfg!(feature = "alloc") { &slice[range] } else { slice.get(range).unwrap_or_default() }
}

/// [`within`], to be written.
#[inline(always)]
pub(crate) fn within_mut<T>(slice: &mut [T], range: Range<usize>) -> &mut [T] {
    if cfg!(feature = "alloc") { &mut slice[range] } else { slice.get_mut(range).unwrap_or_default() }
}

/// The slice, whose length is `len`, which without a heap is said once more to the compiler: it then leaves out checks of
/// what follows.
#[inline(always)]
pub(crate) fn of_length<T>(slice: &[T], len: usize) -> Option<&[T]> {
    debug_assert_eq!(slice.len(), len);
    if cfg!(feature = "alloc") { Some(slice) } else { slice.get(..len) }
}

/// [`of_length`] of a slice to be written.
#[inline(always)]
pub(crate) fn of_length_mut<T>(slice: &mut [T], len: usize) -> Option<&mut [T]> {
    debug_assert_eq!(slice.len(), len);
    if cfg!(feature = "alloc") { Some(slice) } else { slice.get_mut(..len) }
}

/// What stands from `start` on.
#[inline(always)]
pub(crate) fn from<T>(slice: &[T], start: usize) -> &[T] {
    if cfg!(feature = "alloc") { &slice[start..] } else { slice.get(start..).unwrap_or_default() }
}

/// What stands from `start` on, to be written.
#[inline(always)]
pub(crate) fn from_mut<T>(slice: &mut [T], start: usize) -> &mut [T] {
    if cfg!(feature = "alloc") { &mut slice[start..] } else { slice.get_mut(start..).unwrap_or_default() }
}

/// The number at `place`.
#[inline(always)]
pub(crate) fn at<T: Copy + Default>(slice: &[T], place: usize) -> T {
    if cfg!(feature = "alloc") { slice[place] } else { slice.get(place).copied().unwrap_or_default() }
}

/// The vector at `place`; without a heap, `zero` beyond the end.
#[inline(always)]
pub(crate) fn vector_at<V: Copy>(vectors: &[V], place: usize, zero: V) -> V {
    if cfg!(feature = "alloc") { vectors[place] } else { vectors.get(place).copied().unwrap_or(zero) }
}

/// Writes the number at `place`.
#[inline(always)]
pub(crate) fn put<T>(slice: &mut [T], place: usize, value: T) {
    if cfg!(feature = "alloc") {
        slice[place] = value;
    } else if let Some(number) = slice.get_mut(place) {
        *number = value;
    }
}
