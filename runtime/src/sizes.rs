//! Arithmetic on sizes that `network!` leaves to the compiler.
//!
//! None of these panics: a size that cannot be has an assertion of its own in the expansion, whose message names the
//! layer, and a second error in the arithmetic would hide it. Zero is what such a size becomes; it silences the
//! assertions of the layers that follow.

use crate::Segment;

/// From the first to the last position of a kernel of which neighbours are `dilation` apart.
pub const fn window_reach(kernel: usize, dilation: usize) -> usize {
    kernel.saturating_sub(1).saturating_mul(dilation)
}

/// What such a kernel covers.
pub const fn window_extent(kernel: usize, dilation: usize) -> usize {
    window_reach(kernel, dilation).saturating_add(1)
}

/// Whether a window of `kernel` has a place on `input` with `padding` zeros (of both sides together).
pub const fn window_fits(input: usize, padding: usize, kernel: usize) -> bool {
    input == 0 || input.saturating_add(padding) >= kernel
}

/// Whether the last place of the window ends where the padded input does.
pub const fn window_tiles(input: usize, padding: usize, kernel: usize, stride: usize) -> bool {
    if input == 0 || stride == 0 || !window_fits(input, padding, kernel) {
        return true;
    }
    (input.saturating_add(padding) - kernel).is_multiple_of(stride)
}

/// The places of the window; none if there is no such window.
pub const fn window_positions(input: usize, padding: usize, kernel: usize, stride: usize) -> usize {
    if input == 0 || stride == 0 || !window_fits(input, padding, kernel) {
        return 0;
    }
    (input.saturating_add(padding) - kernel) / stride + 1
}

/// The places of a window that tiles its input; none of one that does not.
pub const fn exact_window_positions(input: usize, padding: usize, kernel: usize, stride: usize) -> usize {
    if window_tiles(input, padding, kernel, stride) { window_positions(input, padding, kernel, stride) } else { 0 }
}

/// The stride by which a kernel of one goes from `from` positions to `to`, if there is one.
pub const fn projection_stride(from: usize, to: usize) -> usize {
    let stride = from.div_ceil(larger(to, 1));
    larger(stride, 1)
}

/// Whether a kernel of one goes from `from` positions to `to` by some stride.
pub const fn can_project(from: usize, to: usize) -> bool {
    from == 0 || to == 0 || window_positions(from, 0, 1, projection_stride(from, to)) == to
}

/// Segments, each behind the one before it.
pub const fn with_offsets<const N: usize>(mut segments: [Segment; N]) -> [Segment; N] {
    let (mut index, mut offset) = (0, 0);
    while index < N {
        segments[index].offset = offset;
        offset += segments[index].len;
        index += 1;
    }
    segments
}

/// The larger of two sizes.
pub const fn larger(left: usize, right: usize) -> usize {
    if left > right { left } else { right }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_the_course() {
        assert_eq!(window_positions(32, 4, 5, 1), 32);
        assert_eq!([1, 2, 3].map(|stride| window_positions(7, 0, 3, stride)), [5, 3, 2]);
        assert_eq!([1, 2, 3].map(|stride| window_tiles(7, 0, 3, stride)), [true, true, false]);
    }

    #[test]
    fn dilation_stretches_a_kernel() {
        assert_eq!([1, 2, 4].map(|dilation| window_extent(3, dilation)), [3, 5, 9]);
        assert_eq!((window_reach(3, 4), window_reach(0, 4), window_extent(3, usize::MAX)), (8, 0, usize::MAX));
    }

    #[test]
    fn impossible_sizes_are_zero_and_silence_what_follows() {
        assert!(!window_fits(5, 0, 7));
        assert_eq!(window_positions(5, 0, 7, 1), 0);
        assert_eq!(window_positions(5, 0, 3, 0), 0);
        assert!(window_fits(0, 0, 7) && window_tiles(0, 0, 7, 2));
        assert!(window_tiles(5, 0, 7, 2));
        assert_eq!([1, 2, 3].map(|stride| exact_window_positions(7, 0, 3, stride)), [5, 3, 0]);
    }

    #[test]
    fn projections_have_a_stride() {
        assert_eq!([(56, 28), (7, 4), (5, 5), (3, 1)].map(|(from, to)| projection_stride(from, to)), [2, 2, 1, 3]);
        assert!(can_project(56, 28) && can_project(7, 4) && !can_project(7, 5) && !can_project(3, 4));
        assert!(can_project(0, 5) && can_project(5, 0));
    }

    #[test]
    fn the_larger_one() {
        assert_eq!((larger(2, 3), larger(3, 2)), (3, 3));
    }
}
