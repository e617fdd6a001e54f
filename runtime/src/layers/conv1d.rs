//! The convolution of a sequence.

use super::Conv2d;
use crate::kernels::geometry::OneRow;

/// Cross-correlation of a sequence with a bank of filters:
/// `y[f, i] = b[f] + sum over c, k of W[f, c, k] x[c, i * stride + k * dilation - padding]`, with zeros outside the
/// sequence (van den Oord et al., *WaveNet*, 2016, has it causal and dilated).
///
/// It is a [`Conv2d`] of an image of one row, whose numbers lie in the same places. It is causal, no output depends on what
/// comes after it, with `(kernel - 1) * dilation` zeros before the sequence and none after it.
///
/// # Shapes
///
/// `[channels, length]` becomes `[filters, (length + padding - (kernel - 1) * dilation - 1) / stride + 1]`, where `padding`
/// is that of both sides together.
///
/// # Parameters
///
/// The weights are a matrix `filters x (channels * kernel)`, stored column by column; the biases are `filters`.
///
/// ```
/// use castnet::layers::{Conv1d, Conv1dGeometry, Layer};
///
/// #[derive(Clone, Copy)]
/// struct Geometry;
/// impl Conv1dGeometry for Geometry {
///     const INPUT: [usize; 2] = [2, 1000];
///     const FILTERS: usize = 16;
///     const KERNEL: usize = 3;
///     const DILATION: usize = 4;
///     const PADDING: [usize; 2] = [8, 0];
/// }
/// assert_eq!(<Conv1d<Geometry> as Layer<f32>>::OUTPUT, 16 * 1000);
/// assert_eq!(<Conv1d<Geometry> as Layer<f32>>::PARAMETERS, 16 * 2 * 3 + 16);
/// ```
pub type Conv1d<G> = Conv2d<OneRow<G>>;

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::kernels::geometry::Conv1dGeometry;

    macro_rules! geometry {
        ($name:ident, $input:expr, $filters:expr, $kernel:expr, $stride:expr, $dilation:expr, $padding:expr) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Conv1dGeometry for $name {
                const INPUT: [usize; 2] = $input;
                const FILTERS: usize = $filters;
                const KERNEL: usize = $kernel;
                const STRIDE: usize = $stride;
                const DILATION: usize = $dilation;
                const PADDING: [usize; 2] = $padding;
            }
        };
    }

    geometry!(Plain, [3, 11], 5, 3, 1, 1, [0, 0]);
    geometry!(Causal, [2, 13], 6, 3, 1, 4, [8, 0]);
    // Taps that fall on the sequence at no place.
    geometry!(Short, [2, 5], 3, 3, 1, 8, [16, 0]);
    geometry!(Same, [1, 9], 4, 4, 1, 3, [4, 5]);
    geometry!(Valid, [2, 27], 3, 3, 1, 5, [0, 0]);
    geometry!(Strided, [3, 17], 5, 3, 2, 3, [2, 1]);
    geometry!(Gaps, [2, 21], 2, 2, 4, 6, [3, 0]);
    geometry!(Pointwise, [5, 7], 9, 1, 1, 1, [0, 0]);

    #[test]
    fn gradients() {
        check::layer(Conv1d::<Plain>::new());
        check::layer(Conv1d::<Causal>::new());
        check::layer(Conv1d::<Short>::new());
        check::layer(Conv1d::<Same>::new());
        check::layer(Conv1d::<Valid>::new());
        check::layer(Conv1d::<Strided>::new());
        check::layer(Conv1d::<Gaps>::new());
        check::layer(Conv1d::<Pointwise>::new());
    }

    #[test]
    fn activations_beside_it() {
        check::fused(Conv1d::<Causal>::new());
        check::fused(Conv1d::<Strided>::new());
    }

    /// One sample by the formula, tap by tap.
    fn by_formula<G: Conv1dGeometry>(parameters: &[f64], input: &[f64]) -> Vec<f64> {
        let [channels, length] = G::INPUT;
        let (weight, bias) = parameters.split_at(G::FILTERS * channels * G::KERNEL);
        let padded = length + G::PADDING[0] + G::PADDING[1];
        let positions = (padded - (G::KERNEL - 1) * G::DILATION - 1) / G::STRIDE + 1;
        let mut output = Vec::new();
        for f in 0..G::FILTERS {
            for i in 0..positions {
                let mut sum = bias[f];
                for c in 0..channels {
                    for k in 0..G::KERNEL {
                        let place = (i * G::STRIDE + k * G::DILATION).wrapping_sub(G::PADDING[0]);
                        let x = if place < length { input[c * length + place] } else { 0.0 };
                        sum += weight[(c * G::KERNEL + k) * G::FILTERS + f] * x;
                    }
                }
                output.push(sum);
            }
        }
        output
    }

    #[test]
    fn outputs_agree_with_the_formula() {
        check::outputs(Conv1d::<Plain>::new(), by_formula::<Plain>);
        check::outputs(Conv1d::<Causal>::new(), by_formula::<Causal>);
        check::outputs(Conv1d::<Short>::new(), by_formula::<Short>);
        check::outputs(Conv1d::<Same>::new(), by_formula::<Same>);
        check::outputs(Conv1d::<Valid>::new(), by_formula::<Valid>);
        check::outputs(Conv1d::<Strided>::new(), by_formula::<Strided>);
        check::outputs(Conv1d::<Gaps>::new(), by_formula::<Gaps>);
    }

    /// What comes at a place changes nothing before it.
    #[test]
    fn causal_padding_hides_what_comes_later() {
        let (parameters, simd) = (vec![0.5; 2 * 3 * 6 + 6], pulp::Scalar::new());
        let output = |input: &[f64]| {
            let mut output = vec![f64::NAN; 6 * 13];
            check::forward::<_, _, 1>(Conv1d::<Causal>::new(), simd, &parameters, input, &mut output);
            output
        };
        let before = output(&[1.0; 26]);
        let mut input = [1.0; 26];
        input[7] = 3.0;
        for (place, (before, after)) in before.iter().zip(output(&input)).enumerate() {
            assert_eq!(*before != after, [7, 11].contains(&(place % 13)), "place {place}");
        }
    }
}
