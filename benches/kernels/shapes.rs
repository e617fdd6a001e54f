//! The shapes: those of the reference work, and each size varied from one to hundreds, odd and even.

use castnet::layers::{Conv1d, Conv1dGeometry, Conv2d, Conv2dGeometry, Dense};

use crate::layer::{Work, prepare};

/// A shape of a layer.
pub struct Shape {
    pub name: &'static str,
    pub sizes: Sizes,
    pub build: fn() -> Box<dyn Work>,
}

/// Sizes of a layer; a convolution of a sequence is causal.
#[derive(Clone, Copy)]
pub enum Sizes {
    Dense { inputs: usize, outputs: usize },
    Conv2d { channels: usize, side: usize, filters: usize, kernel: usize, stride: usize, padding: usize },
    Conv1d { channels: usize, length: usize, filters: usize, kernel: usize, dilation: usize },
}

impl Shape {
    /// Products of one sample; those with zeros around an image are not counted.
    pub fn multiply_adds(&self) -> usize {
        match self.sizes {
            Sizes::Dense { inputs, outputs } => inputs * outputs,
            Sizes::Conv2d { channels, side, filters, kernel, stride, padding } => {
                let places = (side + 2 * padding - kernel) / stride + 1;
                let falls = |place: usize, tap: usize| (padding..padding + side).contains(&(place * stride + tap));
                let taps: usize = (0..places).map(|place| (0..kernel).filter(|&tap| falls(place, tap)).count()).sum();
                channels * filters * taps * taps
            }
            Sizes::Conv1d { channels, length, filters, kernel, dilation } => {
                let taps: usize = (0..kernel).map(|tap| length.saturating_sub(tap * dilation)).sum();
                channels * filters * taps
            }
        }
    }

    /// Whether the other shape differs by one step: in one size, by one or by a tenth. (The padding of a kernel follows
    /// from it.)
    pub fn is_next_to(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.numbers(), other.numbers());
        let pairs: Vec<_> = mine.iter().zip(&theirs).filter(|(a, b)| a != b).collect();
        let is_same_kind = std::mem::discriminant(&self.sizes) == std::mem::discriminant(&other.sizes);
        is_same_kind && matches!(pairs[..], [(&a, &b)] if a.abs_diff(b) <= 1.max(a.min(b) / 10))
    }

    fn numbers(&self) -> Vec<usize> {
        match self.sizes {
            Sizes::Dense { inputs, outputs } => vec![inputs, outputs],
            Sizes::Conv2d { channels, side, filters, kernel, stride, .. } => {
                vec![channels, side, filters, kernel, stride]
            }
            Sizes::Conv1d { channels, length, filters, kernel, dilation } => {
                vec![channels, length, filters, kernel, dilation]
            }
        }
    }
}

macro_rules! shapes {
    (
        dense: $([$inputs:literal, $outputs:literal])*;
        conv2d: $([$channels:literal, $side:literal, $filters:literal, $kernel:literal, $stride:literal, $padding:literal])*;
        conv1d: $([$inputs_of_row:literal, $length:literal, $filters_of_row:literal, $kernel_of_row:literal, $dilation:literal])*;
    ) => {
        pub const SHAPES: &[Shape] = &[
            $({
                const SHAPE: &Shape = &Shape {
                    name: concat!("dense ", $inputs, " -> ", $outputs),
                    sizes: Sizes::Dense { inputs: $inputs, outputs: $outputs },
                    build: || prepare(SHAPE, Dense::<$inputs, $outputs, true>),
                };
                Shape { ..*SHAPE }
            },)*
            $({
                #[derive(Clone, Copy)]
                struct Geometry;
                impl Conv2dGeometry for Geometry {
                    const INPUT: [usize; 3] = [$channels, $side, $side];
                    const FILTERS: usize = $filters;
                    const KERNEL: [usize; 2] = [$kernel, $kernel];
                    const STRIDE: [usize; 2] = [$stride, $stride];
                    const PADDING: [usize; 4] = [$padding; 4];
                }
                const SHAPE: &Shape = &Shape {
                    name: concat!(
                        "conv2d ", $channels, "x", $side, "x", $side, " -> ", $filters,
                        ", kernel ", $kernel, ", stride ", $stride, ", padding ", $padding
                    ),
                    sizes: Sizes::Conv2d {
                        channels: $channels, side: $side, filters: $filters,
                        kernel: $kernel, stride: $stride, padding: $padding,
                    },
                    build: || prepare(SHAPE, Conv2d::<Geometry>::new()),
                };
                Shape { ..*SHAPE }
            },)*
            $({
                #[derive(Clone, Copy)]
                struct Geometry;
                impl Conv1dGeometry for Geometry {
                    const INPUT: [usize; 2] = [$inputs_of_row, $length];
                    const FILTERS: usize = $filters_of_row;
                    const KERNEL: usize = $kernel_of_row;
                    const DILATION: usize = $dilation;
                    const PADDING: [usize; 2] = [($kernel_of_row - 1) * $dilation, 0];
                }
                const SHAPE: &Shape = &Shape {
                    name: concat!(
                        "conv1d ", $inputs_of_row, "x", $length, " -> ", $filters_of_row,
                        ", kernel ", $kernel_of_row, ", dilation ", $dilation
                    ),
                    sizes: Sizes::Conv1d {
                        channels: $inputs_of_row, length: $length, filters: $filters_of_row,
                        kernel: $kernel_of_row, dilation: $dilation,
                    },
                    build: || prepare(SHAPE, Conv1d::<Geometry>::new()),
                };
                Shape { ..*SHAPE }
            },)*
        ];
    };
}

// Channels, side, filters, kernel, stride, padding; channels, length, filters, kernel, dilation.
shapes! {
    dense:
        [1, 512] [2, 512] [3, 512] [5, 512] [512, 1] [512, 2] [512, 3] [512, 5] [512, 10]
        [64, 6] [16, 64] [17, 64] [63, 64] [64, 64] [65, 64] [64, 63] [64, 65] [100, 100]
        [127, 128] [128, 128] [129, 128] [128, 127] [120, 84] [256, 120] [784, 128]
        [511, 512] [512, 512] [512, 511];
    conv2d:
        [1, 28, 6, 5, 1, 0] [6, 12, 16, 5, 1, 0] [3, 32, 16, 3, 1, 1] [16, 32, 16, 3, 1, 1]
        [16, 16, 32, 3, 1, 1]
        [1, 28, 1, 5, 1, 0] [2, 28, 1, 5, 1, 0] [1, 28, 2, 5, 1, 0] [3, 28, 3, 5, 1, 0]
        [16, 16, 16, 3, 1, 1] [15, 16, 16, 3, 1, 1] [17, 16, 16, 3, 1, 1] [16, 16, 15, 3, 1, 1]
        [16, 16, 17, 3, 1, 1] [16, 16, 16, 3, 2, 1]
        [8, 16, 8, 1, 1, 0] [8, 16, 8, 2, 1, 1] [8, 16, 8, 3, 1, 1] [8, 16, 8, 4, 1, 2] [8, 16, 8, 5, 1, 2]
        [8, 16, 8, 7, 1, 3] [8, 16, 8, 8, 1, 4] [8, 16, 8, 9, 1, 4] [8, 16, 8, 11, 1, 5]
        [8, 17, 8, 5, 1, 2] [8, 17, 8, 5, 2, 2] [8, 17, 8, 5, 3, 2] [8, 17, 8, 5, 4, 2]
        [33, 7, 17, 3, 1, 0]
        [64, 4, 512, 1, 1, 0] [512, 4, 64, 1, 1, 0] [128, 8, 128, 3, 1, 1];
    conv1d:
        [1, 1000, 16, 3, 1] [16, 1000, 16, 3, 1] [16, 1000, 16, 3, 2] [16, 1000, 16, 3, 4] [16, 1000, 16, 3, 64]
        [16, 1000, 16, 2, 4] [17, 1000, 16, 3, 4] [16, 1000, 17, 3, 4];
}
