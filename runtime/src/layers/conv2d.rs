//! The two-dimensional convolution.

use core::marker::PhantomData;

use pulp::Simd;

use super::{Activation, Backward, Before, Context, Forward, FusedBackward, FusedForward, Layer, Then};
use crate::Scalar;
use crate::kernels::convolution;
use crate::kernels::geometry::{Conv2dGeometry, conv_axes};

/// Cross-correlation of an image with a bank of filters, as every deep learning library calls convolution:
/// `y[f, i, j] = b[f] + sum over c, p, q of W[f, c, p, q] x[c, i * stride + p * dilation - padding, j * stride + ..]`,
/// with zeros outside the image (Dumoulin & Visin, *A guide to convolution arithmetic*, 2016).
///
/// # Shapes
///
/// `[channels, height, width]` becomes `[filters, (height + padding - (kernel - 1) * dilation - 1) / stride + 1, ..]`, where
/// `padding` is that of both sides together. The weights are a matrix `filters x (channels * kernel height * kernel width)`, stored column
/// by column; the biases are `filters`.
///
/// ```
/// use castnet::layers::{Conv2d, Conv2dGeometry, Layer};
///
/// #[derive(Clone, Copy)]
/// struct Geometry;
/// impl Conv2dGeometry for Geometry {
///     const INPUT: [usize; 3] = [3, 32, 32];
///     const FILTERS: usize = 10;
///     const KERNEL: [usize; 2] = [5, 5];
///     const PADDING: [usize; 4] = [2, 2, 2, 2];
/// }
/// assert_eq!(<Conv2d<Geometry> as Layer<f32>>::OUTPUT, 10 * 32 * 32);
/// assert_eq!(<Conv2d<Geometry> as Layer<f32>>::PARAMETERS, 760);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Conv2d<G>(PhantomData<G>);

impl<G: Conv2dGeometry> Conv2d<G> {
    const WEIGHTS: usize = G::FILTERS * G::INPUT[0] * G::KERNEL[0] * G::KERNEL[1];
    /// Places of the window: rows times columns of the output.
    const POSITIONS: usize = conv_axes::<G>()[0].output * conv_axes::<G>()[1].output;

    /// The layer.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Scalar, G: Conv2dGeometry> Layer<T> for Conv2d<G> {
    const INPUT: usize = G::INPUT[0] * G::INPUT[1] * G::INPUT[2];
    const OUTPUT: usize = G::FILTERS * Self::POSITIONS;
    const PARAMETERS: usize = Self::WEIGHTS + if G::BIAS { G::FILTERS } else { 0 };
    const MULTIPLY_ADDS: u64 = (Self::WEIGHTS * Self::POSITIONS) as u64;

    #[inline(always)]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        self.forward_fused::<S, _, L>(at, io, Then::nothing());
    }

    #[inline(always)]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        let before = Before::nothing(io.read.input);
        self.backward_fused::<S, _, L>(at, io, before);
    }
}

impl<T: Scalar, G: Conv2dGeometry> FusedForward<T> for Conv2d<G> {
    #[inline(always)]
    fn forward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Forward<'_, T>,
        then: Then<'_, T, A>,
    ) {
        let (weight, bias) = io.parameters.split_at(Self::WEIGHTS);
        let bias = G::BIAS.then_some(bias);
        convolution::forward::<T, S, A, G, L>(at.simd, weight, bias, io.input, io.output, then);
    }
}

impl<T: Scalar, G: Conv2dGeometry> FusedBackward<T> for Conv2d<G> {
    #[inline(always)]
    fn backward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Backward<'_, T>,
        before: Before<'_, T, A>,
    ) {
        let output_gradient = &io.output_gradient[..<Self as Layer<T>>::OUTPUT * L];
        if let Some(gradient) = io.gradient {
            let (weight, bias) = gradient.split_at_mut(Self::WEIGHTS);
            let bias = G::BIAS.then_some(bias);
            convolution::weight_gradient::<T, S, G, L>(at.simd, io.read.input, output_gradient, weight, bias);
        }
        if let Some(input_gradient) = io.input_gradient {
            let weight = &io.parameters[..Self::WEIGHTS];
            convolution::input_gradient::<T, S, A, G, L>(at.simd, weight, output_gradient, before, input_gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    macro_rules! geometry {
        ($name:ident, $input:expr, $filters:expr, $kernel:expr, $stride:expr, $padding:expr, $bias:expr) => {
            geometry!($name, $input, $filters, $kernel, $stride, $padding, $bias, [1, 1]);
        };
        ($name:ident, $input:expr, $filters:expr, $kernel:expr, $stride:expr, $padding:expr, $bias:expr, $dilation:expr) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Conv2dGeometry for $name {
                const INPUT: [usize; 3] = $input;
                const FILTERS: usize = $filters;
                const KERNEL: [usize; 2] = $kernel;
                const STRIDE: [usize; 2] = $stride;
                const DILATION: [usize; 2] = $dilation;
                const PADDING: [usize; 4] = $padding;
                const BIAS: bool = $bias;
            }
        };
    }

    geometry!(One, [1, 1, 1], 1, [1, 1], [1, 1], [0; 4], true);
    geometry!(Plain, [2, 5, 6], 3, [3, 2], [1, 1], [0; 4], true);
    geometry!(Same, [3, 5, 5], 7, [3, 3], [1, 1], [1; 4], false);
    geometry!(Even, [1, 4, 7], 2, [2, 2], [1, 1], [0, 1, 0, 1], true);
    geometry!(Wide, [2, 3, 3], 5, [5, 5], [1, 1], [2, 2, 3, 1], true);
    geometry!(StrideTwo, [2, 7, 7], 4, [3, 3], [2, 2], [1; 4], true);
    geometry!(StrideThree, [1, 8, 11], 6, [2, 5], [3, 3], [0; 4], true);
    geometry!(Mixed, [3, 6, 5], 9, [3, 1], [1, 2], [1, 1, 0, 0], true);
    geometry!(Pointwise, [6, 3, 2], 8, [1, 1], [1, 1], [0; 4], true);

    // Rows that are long enough for several columns at once, and gaps between windows.
    geometry!(Long, [5, 3, 13], 6, [3, 3], [1, 1], [1; 4], true);
    geometry!(LongStrides, [4, 4, 17], 5, [2, 3], [1, 2], [0, 0, 1, 1], true);
    geometry!(LongGaps, [6, 2, 19], 4, [1, 2], [1, 3], [0; 4], false);

    // Windows that lie on zeros as a whole, and taps that never fall on the image.
    geometry!(Zeros, [2, 3, 9], 3, [1, 1], [1, 1], [2; 4], true);
    geometry!(Sparse, [1, 3, 3], 2, [3, 3], [4, 4], [2; 4], true);
    // A large kernel, whose tiles are not all counted.
    geometry!(Large, [1, 1, 74], 2, [1, 70], [1, 1], [0; 4], true);

    // Dilated kernels: with the strides of their neighbours, with other ones, and with more zeros than the image is large.
    geometry!(Dilated, [2, 7, 8], 3, [3, 3], [1, 1], [0; 4], true, [2, 2]);
    geometry!(DilatedDown, [2, 9, 4], 3, [3, 2], [1, 1], [2, 2, 0, 0], true, [4, 1]);
    geometry!(DilatedLong, [3, 4, 15], 4, [2, 3], [1, 1], [1, 1, 4, 4], false, [3, 4]);
    geometry!(DilatedStrides, [2, 6, 16], 3, [3, 3], [2, 3], [2, 1, 3, 3], true, [3, 2]);
    geometry!(DilatedGaps, [2, 7, 17], 2, [2, 3], [4, 2], [0; 4], true, [6, 4]);
    geometry!(DilatedZeros, [2, 3, 5], 3, [3, 2], [1, 1], [4, 4, 3, 2], true, [3, 6]);

    fn check<G: Conv2dGeometry>() {
        check::layer(Conv2d::<G>::new());
    }

    #[test]
    fn gradients_of_dilated_kernels() {
        check::<Dilated>();
        check::<DilatedDown>();
        check::<DilatedLong>();
        check::<DilatedStrides>();
        check::<DilatedGaps>();
        check::<DilatedZeros>();
    }

    #[test]
    fn activations_beside_it() {
        check::fused(Conv2d::<DilatedLong>::new());
        check::fused(Conv2d::<One>::new());
        check::fused(Conv2d::<Plain>::new());
        check::fused(Conv2d::<StrideTwo>::new());
        check::fused(Conv2d::<Long>::new());
    }

    #[test]
    fn gradients() {
        check::<Zeros>();
        check::<Sparse>();
        check::<One>();
        check::<Plain>();
        check::<Same>();
        check::<Even>();
        check::<Pointwise>();
    }

    #[test]
    fn gradients_of_large_images() {
        check::<Large>();
    }

    #[test]
    fn gradients_of_long_rows() {
        check::<Long>();
        check::<Wide>();
    }

    #[test]
    fn gradients_at_strides() {
        check::<LongStrides>();
        check::<LongGaps>();
        check::<StrideTwo>();
        check::<StrideThree>();
        check::<Mixed>();
    }

    /// One sample by the formula, tap by tap.
    fn by_formula<G: Conv2dGeometry>(parameters: &[f64], input: &[f64]) -> Vec<f64> {
        let [channels, height, width] = G::INPUT;
        let [rows, columns] = conv_axes::<G>();
        let (weight, bias) = parameters.split_at(Conv2d::<G>::WEIGHTS);
        let mut output = Vec::new();
        for f in 0..G::FILTERS {
            for i in 0..rows.output {
                for j in 0..columns.output {
                    let mut sum = if G::BIAS { bias[f] } else { 0.0 };
                    for c in 0..channels {
                        for p in 0..G::KERNEL[0] {
                            for q in 0..G::KERNEL[1] {
                                let y = (i * G::STRIDE[0] + p * G::DILATION[0]).wrapping_sub(G::PADDING[0]);
                                let x = (j * G::STRIDE[1] + q * G::DILATION[1]).wrapping_sub(G::PADDING[2]);
                                if y < height && x < width {
                                    let tap = (c * G::KERNEL[0] + p) * G::KERNEL[1] + q;
                                    sum += weight[tap * G::FILTERS + f] * input[(c * height + y) * width + x];
                                }
                            }
                        }
                    }
                    output.push(sum);
                }
            }
        }
        output
    }

    #[test]
    fn outputs_agree_with_the_formula() {
        check::outputs(Conv2d::<Plain>::new(), by_formula::<Plain>);
        check::outputs(Conv2d::<Wide>::new(), by_formula::<Wide>);
        check::outputs(Conv2d::<StrideTwo>::new(), by_formula::<StrideTwo>);
        check::outputs(Conv2d::<Long>::new(), by_formula::<Long>);
        check::outputs(Conv2d::<Zeros>::new(), by_formula::<Zeros>);
        check::outputs(Conv2d::<Sparse>::new(), by_formula::<Sparse>);
        check::outputs(Conv2d::<LongStrides>::new(), by_formula::<LongStrides>);
        check::outputs(Conv2d::<LongGaps>::new(), by_formula::<LongGaps>);
        check::outputs(Conv2d::<Dilated>::new(), by_formula::<Dilated>);
        check::outputs(Conv2d::<DilatedDown>::new(), by_formula::<DilatedDown>);
        check::outputs(Conv2d::<DilatedLong>::new(), by_formula::<DilatedLong>);
        check::outputs(Conv2d::<DilatedStrides>::new(), by_formula::<DilatedStrides>);
        check::outputs(Conv2d::<DilatedGaps>::new(), by_formula::<DilatedGaps>);
        check::outputs(Conv2d::<DilatedZeros>::new(), by_formula::<DilatedZeros>);
        check::outputs(Conv2d::<Mixed>::new(), by_formula::<Mixed>);
        check::outputs(Conv2d::<Same>::new(), by_formula::<Same>);
        check::outputs(Conv2d::<StrideThree>::new(), by_formula::<StrideThree>);
    }
}
