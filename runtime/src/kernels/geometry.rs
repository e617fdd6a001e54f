//! The sizes of a convolution or pooling, as constants of a type.

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
    /// Rows and columns of zeros around the input: top, bottom, left, right.
    const PADDING: [usize; 4] = [0; 4];
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
    /// Zeros before the input.
    pub before: usize,
    /// Positions of the window over the input: the size of the output.
    pub output: usize,
}

impl Axis {
    pub(crate) const fn new(input: usize, kernel: usize, stride: usize, padding: [usize; 2]) -> Self {
        let [before, after] = padding;
        Self { input, kernel, stride, before, output: (input + before + after - kernel) / stride + 1 }
    }

    /// The kernel positions that fall on the input, not on zeros, when the window stands at `output`.
    #[inline(always)]
    pub(crate) const fn taps(self, output: usize) -> (usize, usize) {
        let start = output * self.stride;
        let first = self.before.saturating_sub(start);
        let room = (self.input + self.before).saturating_sub(start);
        (first, if room < self.kernel { room } else { self.kernel })
    }

    /// The output positions at which kernel position `tap` falls on the input.
    #[inline(always)]
    pub(crate) const fn outputs(self, tap: usize) -> (usize, usize) {
        let first = self.before.saturating_sub(tap).div_ceil(self.stride);
        let room = (self.input + self.before).saturating_sub(tap).div_ceil(self.stride);
        let end = if room < self.output { room } else { self.output };
        (if first < end { first } else { end }, end)
    }

    /// The places of the window at which it covers input position `position`: there under kernel position
    /// `position + before - output * stride`.
    #[inline(always)]
    pub(crate) const fn covering(self, position: usize) -> (usize, usize) {
        let place = position + self.before;
        let first = (place + 1).saturating_sub(self.kernel).div_ceil(self.stride);
        let end = place / self.stride + 1;
        (first, if end < self.output { end } else { self.output })
    }

    /// The input position under kernel position `tap` when the window stands at `output`; the tap must fall on the input.
    #[inline(always)]
    pub(crate) const fn position(self, output: usize, tap: usize) -> usize {
        output * self.stride + tap - self.before
    }
}

/// Axes of rows and columns of a convolution.
pub(crate) const fn conv_axes<G: Conv2dGeometry>() -> [Axis; 2] {
    let [_, height, width] = G::INPUT;
    let [top, bottom, left, right] = G::PADDING;
    [
        Axis::new(height, G::KERNEL[0], G::STRIDE[0], [top, bottom]),
        Axis::new(width, G::KERNEL[1], G::STRIDE[1], [left, right]),
    ]
}

/// Axes of rows and columns of a pooling.
pub(crate) const fn pool_axes<G: Pool2dGeometry>() -> [Axis; 2] {
    let [_, height, width] = G::INPUT;
    [Axis::new(height, G::KERNEL[0], G::STRIDE[0], [0, 0]), Axis::new(width, G::KERNEL[1], G::STRIDE[1], [0, 0])]
}

#[cfg(test)]
mod tests {
    use super::Axis;

    /// Every relation of an axis, against trying all positions.
    #[test]
    fn relations_agree_with_enumeration() {
        for (input, kernel, stride, padding) in [
            (7, 3, 1, [0, 0]),
            (7, 3, 2, [1, 1]),
            (8, 5, 3, [2, 2]),
            (5, 2, 1, [0, 1]),
            (3, 3, 1, [2, 2]),
            (9, 1, 4, [0, 0]),
        ] {
            let axis = Axis::new(input, kernel, stride, padding);
            let falls =
                |output: usize, tap: usize| (axis.before..axis.before + input).contains(&(output * stride + tap));
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
                    let start = output * stride;
                    let covers = (start..start + kernel).contains(&(position + axis.before));
                    assert_eq!((first..end).contains(&output), covers, "{axis:?} position {position} output {output}");
                }
            }
        }
    }
}
