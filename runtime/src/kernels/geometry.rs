//! The sizes of a convolution or pooling, as constants of a type.

use core::marker::PhantomData;

/// Sizes of a [`Conv2d`](crate::layers::Conv2d).
///
/// `network!` generates one unit struct per convolution that implements it. Stable Rust has no arrays as const
/// parameters, and eleven numbers in a row would be unreadable, so the sizes are associated constants.
pub trait Conv2dGeometry: Copy + Send + Sync + 'static {
    /// Channels, height and width of the input.
    const INPUT: [usize; 3];
    /// Filters: the channels of the output.
    const FILTERS: usize;
    /// Height and width of the kernel.
    const KERNEL: [usize; 2];
    /// Steps of the kernel, down and to the right.
    const STRIDE: [usize; 2] = [1, 1];
    /// How far apart in the input two neighbours of the kernel are, down and to the right.
    const DILATION: [usize; 2] = [1, 1];
    /// Rows and columns of zeros around the input: top, bottom, left, right.
    const PADDING: [usize; 4] = [0; 4];
    /// Whether each filter has a bias.
    const BIAS: bool = true;
    /// How many axes there really are: 1 of a sequence, which is an image of one row.
    const AXES: usize = 2;
}

/// Sizes of a [`Conv1d`](crate::layers::Conv1d).
pub trait Conv1dGeometry: Copy + Send + Sync + 'static {
    /// Channels and length of the input.
    const INPUT: [usize; 2];
    /// Filters: the channels of the output.
    const FILTERS: usize;
    /// Length of the kernel.
    const KERNEL: usize;
    /// Step of the kernel.
    const STRIDE: usize = 1;
    /// How far apart in the input two neighbours of the kernel are.
    const DILATION: usize = 1;
    /// Zeros before and after the input.
    const PADDING: [usize; 2] = [0; 2];
    /// Whether each filter has a bias.
    const BIAS: bool = true;
}

/// Sizes of a [`MaxPool2d`](crate::layers::MaxPool2d) or [`AvgPool2d`](crate::layers::AvgPool2d).
pub trait Pool2dGeometry: Copy + Send + Sync + 'static {
    /// Channels, height and width of the input.
    const INPUT: [usize; 3];
    /// Height and width of the window.
    const KERNEL: [usize; 2];
    /// Steps of the window, down and to the right.
    const STRIDE: [usize; 2];
    /// How many axes there really are: 1 of a sequence, which is an image of one row.
    const AXES: usize = 2;
}

/// Sizes of a [`MaxPool1d`](crate::layers::MaxPool1d) or [`AvgPool1d`](crate::layers::AvgPool1d).
pub trait Pool1dGeometry: Copy + Send + Sync + 'static {
    /// Channels and length of the input.
    const INPUT: [usize; 2];
    /// Length of the window.
    const KERNEL: usize;
    /// Step of the window.
    const STRIDE: usize;
}

/// The sizes `G` of what slides along a sequence as those of what slides over an image of one row: its numbers lie in the
/// same places.
#[derive(Clone, Copy, Debug)]
pub struct OneRow<G>(PhantomData<G>);

impl<G: Conv1dGeometry> Conv2dGeometry for OneRow<G> {
    const INPUT: [usize; 3] = [G::INPUT[0], 1, G::INPUT[1]];
    const FILTERS: usize = G::FILTERS;
    const KERNEL: [usize; 2] = [1, G::KERNEL];
    const STRIDE: [usize; 2] = [1, G::STRIDE];
    const DILATION: [usize; 2] = [1, G::DILATION];
    const PADDING: [usize; 4] = [0, 0, G::PADDING[0], G::PADDING[1]];
    const BIAS: bool = G::BIAS;
    const AXES: usize = 1;
}

impl<G: Pool1dGeometry> Pool2dGeometry for OneRow<G> {
    const INPUT: [usize; 3] = [G::INPUT[0], 1, G::INPUT[1]];
    const KERNEL: [usize; 2] = [1, G::KERNEL];
    const STRIDE: [usize; 2] = [1, G::STRIDE];
    const AXES: usize = 1;
}

/// One direction of a window that slides over an input with zeros around it: all that a kernel loop asks about rows, and
/// likewise about columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    /// Positions of the input.
    pub input: usize,
    /// Positions of the window within itself.
    pub kernel: usize,
    /// Step of the window.
    pub stride: usize,
    /// How far apart in the input two neighbouring positions of the window are.
    pub dilation: usize,
    /// Zeros before the input.
    pub before: usize,
    /// Positions of the window over the input: the size of the output.
    pub output: usize,
    /// How far apart the places of the window are at which its positions fall on the same input.
    pub covering_step: usize,
}

impl Axis {
    pub(crate) const fn new(input: usize, kernel: usize, stride: usize, dilation: usize, padding: [usize; 2]) -> Self {
        let [before, after] = padding;
        let output = (input + before + after - extent(kernel, dilation)) / stride + 1;
        let covering_step = dilation / greatest_common_divisor(dilation, stride);
        Self { input, kernel, stride, dilation, before, output, covering_step }
    }

    /// What the window covers, from its first position to its last.
    pub(crate) const fn extent(self) -> usize {
        extent(self.kernel, self.dilation)
    }

    /// The kernel positions that fall on the input, not on zeros, when the window stands at `output`.
    #[inline(always)]
    pub(crate) const fn taps(self, output: usize) -> (usize, usize) {
        let start = output * self.stride;
        let first = self.before.saturating_sub(start).div_ceil(self.dilation);
        let room = (self.input + self.before).saturating_sub(start).div_ceil(self.dilation);
        (first, if room < self.kernel { room } else { self.kernel })
    }

    /// The output positions at which kernel position `tap` falls on the input.
    #[inline(always)]
    pub(crate) const fn outputs(self, tap: usize) -> (usize, usize) {
        let offset = tap * self.dilation;
        let first = self.before.saturating_sub(offset).div_ceil(self.stride);
        let room = (self.input + self.before).saturating_sub(offset).div_ceil(self.stride);
        let end = if room < self.output { room } else { self.output };
        (if first < end { first } else { end }, end)
    }

    /// The places of the window at which one of its positions falls on input position `position`: from the first to before
    /// the end, `covering_step` apart.
    #[inline(always)]
    pub(crate) const fn covering(self, position: usize) -> (usize, usize) {
        let place = position + self.before;
        let first = (place + 1).saturating_sub(self.extent()).div_ceil(self.stride);
        let end = place / self.stride + 1;
        let end = if end < self.output { end } else { self.output };
        (if self.dilation == 1 { first } else { self.first_that_falls(place, first, end) }, end)
    }

    /// Of the places of the window from `first` on, the first one at which a tap falls on `place`, counted from the first of
    /// the zeros before the input.
    #[inline(always)]
    const fn first_that_falls(self, place: usize, first: usize, end: usize) -> usize {
        let mut first = first;
        if self.stride == 1 {
            first += place.saturating_sub(first) % self.dilation;
            return if first < end { first } else { end };
        }
        while first < end && !(place - first * self.stride).is_multiple_of(self.dilation) {
            first += 1;
        }
        first
    }

    /// The kernel position that falls on input position `position` when the window stands at `output`, one of those
    /// [`covering`](Self::covering) it.
    #[inline(always)]
    pub(crate) const fn tap(self, output: usize, position: usize) -> usize {
        (position + self.before - output * self.stride) / self.dilation
    }

    /// The input position under kernel position `tap` when the window stands at `output`; the tap must fall on the input.
    #[inline(always)]
    pub(crate) const fn position(self, output: usize, tap: usize) -> usize {
        output * self.stride + tap * self.dilation - self.before
    }
}

/// What a kernel covers.
const fn extent(kernel: usize, dilation: usize) -> usize {
    (kernel - 1) * dilation + 1
}

/// Euclid's algorithm.
const fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Axes of rows and columns of a convolution.
pub(crate) const fn conv_axes<G: Conv2dGeometry>() -> [Axis; 2] {
    let [_, height, width] = G::INPUT;
    let [top, bottom, left, right] = G::PADDING;
    [
        Axis::new(height, G::KERNEL[0], G::STRIDE[0], G::DILATION[0], [top, bottom]),
        Axis::new(width, G::KERNEL[1], G::STRIDE[1], G::DILATION[1], [left, right]),
    ]
}

/// Axes of rows and columns of a pooling.
pub(crate) const fn pool_axes<G: Pool2dGeometry>() -> [Axis; 2] {
    let [_, height, width] = G::INPUT;
    [Axis::new(height, G::KERNEL[0], G::STRIDE[0], 1, [0, 0]), Axis::new(width, G::KERNEL[1], G::STRIDE[1], 1, [0, 0])]
}

#[cfg(test)]
mod tests {
    use super::Axis;

    /// Every relation of an axis, against trying all positions.
    #[test]
    fn relations_agree_with_enumeration() {
        for (input, kernel, stride, dilation, padding) in [
            (7, 3, 1, 1, [0, 0]),
            (7, 3, 2, 1, [1, 1]),
            (8, 5, 3, 1, [2, 2]),
            (5, 2, 1, 1, [0, 1]),
            (3, 3, 1, 1, [2, 2]),
            (9, 1, 4, 1, [0, 0]),
            (9, 3, 1, 2, [0, 0]),
            (9, 3, 1, 4, [8, 0]),
            (17, 4, 2, 3, [3, 4]),
            (13, 3, 4, 2, [2, 1]),
            (19, 3, 6, 4, [5, 5]),
            (3, 2, 3, 5, [4, 4]),
        ] {
            let axis = Axis::new(input, kernel, stride, dilation, padding);
            let place = |output: usize, tap: usize| output * stride + tap * dilation;
            let falls = |output: usize, tap: usize| (axis.before..axis.before + input).contains(&place(output, tap));
            for output in 0..axis.output {
                let (first, end) = axis.taps(output);
                for tap in 0..kernel {
                    assert_eq!((first..end).contains(&tap), falls(output, tap), "{axis:?} output {output} tap {tap}");
                    let (low, high) = axis.outputs(tap);
                    assert_eq!((low..high).contains(&output), falls(output, tap), "{axis:?} output {output} tap {tap}");
                }
            }
            for position in 0..input {
                let (first, end) = axis.covering(position);
                for output in 0..axis.output {
                    let tap = (0..kernel).find(|&tap| place(output, tap) == position + axis.before);
                    let covers = (first..end).step_by(axis.covering_step).any(|covering| covering == output);
                    assert_eq!(covers, tap.is_some(), "{axis:?} position {position} output {output}");
                    if let Some(tap) = tap {
                        assert_eq!((axis.tap(output, position), axis.position(output, tap)), (tap, position));
                    }
                }
            }
        }
    }
}
