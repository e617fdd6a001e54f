//! Pooling: the maximum or the mean of a window that slides over each channel.

use core::marker::PhantomData;

use pulp::Simd;

use super::{Activation, Activations, Backward, Before, Context, Forward, FusedBackward, Layer, Reads};
use crate::Scalar;
use crate::kernels::geometry::{OneRow, Pool2dGeometry, pool_axes};
use crate::kernels::pooling;

/// The maximum of each window; NaN if one of its values is.
///
/// Its gradient goes to the value that was the maximum or NaN, the first one in reading order if several were (as in PyTorch,
/// but for several NaN, of which the last one has it there).
///
/// # Shapes
///
/// `[channels, height, width]` becomes `[channels, (height - kernel) / stride + 1, ..]`.
///
/// ```
/// use castnet::layers::{Layer, MaxPool2d, Pool2dGeometry};
///
/// #[derive(Clone, Copy)]
/// struct Geometry;
/// impl Pool2dGeometry for Geometry {
///     const INPUT: [usize; 3] = [6, 24, 24];
///     const KERNEL: [usize; 2] = [2, 2];
///     const STRIDE: [usize; 2] = [2, 2];
/// }
/// assert_eq!(<MaxPool2d<Geometry> as Layer<f32>>::OUTPUT, 6 * 12 * 12);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxPool2d<G>(PhantomData<G>);

/// The mean of each window. Its gradient is spread evenly.
///
/// # Shapes
///
/// As for [`MaxPool2d`].
///
/// ```
/// use castnet::layers::{AvgPool2d, Layer, Pool2dGeometry};
///
/// #[derive(Clone, Copy)]
/// struct Global;
/// impl Pool2dGeometry for Global {
///     const INPUT: [usize; 3] = [64, 7, 7];
///     const KERNEL: [usize; 2] = [7, 7];
///     const STRIDE: [usize; 2] = [7, 7];
/// }
/// assert_eq!(<AvgPool2d<Global> as Layer<f32>>::OUTPUT, 64);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AvgPool2d<G>(PhantomData<G>);

/// The maximum of each window of a sequence: [`MaxPool2d`] of an image of one row.
///
/// # Shapes
///
/// `[channels, length]` becomes `[channels, (length - kernel) / stride + 1]`.
///
/// ```
/// use castnet::layers::{Layer, MaxPool1d, Pool1dGeometry};
///
/// #[derive(Clone, Copy)]
/// struct Geometry;
/// impl Pool1dGeometry for Geometry {
///     const INPUT: [usize; 2] = [6, 24];
///     const KERNEL: usize = 2;
///     const STRIDE: usize = 2;
/// }
/// assert_eq!(<MaxPool1d<Geometry> as Layer<f32>>::OUTPUT, 6 * 12);
/// ```
pub type MaxPool1d<G> = MaxPool2d<OneRow<G>>;

/// The mean of each window of a sequence: [`AvgPool2d`] of an image of one row.
///
/// # Shapes
///
/// As for [`MaxPool1d`].
///
/// ```
/// use castnet::layers::{AvgPool1d, Layer, Pool1dGeometry};
///
/// #[derive(Clone, Copy)]
/// struct Global;
/// impl Pool1dGeometry for Global {
///     const INPUT: [usize; 2] = [64, 100];
///     const KERNEL: usize = 100;
///     const STRIDE: usize = 100;
/// }
/// assert_eq!(<AvgPool1d<Global> as Layer<f32>>::OUTPUT, 64);
/// ```
pub type AvgPool1d<G> = AvgPool2d<OneRow<G>>;

impl<G> MaxPool2d<G> {
    /// The layer.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<G> AvgPool2d<G> {
    /// The layer.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

const fn input_len<G: Pool2dGeometry>() -> usize {
    G::INPUT[0] * G::INPUT[1] * G::INPUT[2]
}

const fn output_len<G: Pool2dGeometry>() -> usize {
    let [rows, columns] = pool_axes::<G>();
    G::INPUT[0] * rows.output * columns.output
}

impl<T: Scalar, G: Pool2dGeometry> Layer<T> for MaxPool2d<G> {
    const INPUT: usize = input_len::<G>();
    const OUTPUT: usize = output_len::<G>();
    const PARAMETERS: usize = 0;
    const READS: Reads = Reads::BOTH;
    const MULTIPLY_ADDS: u64 = 0;

    #[inline(always)]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        pooling::max_forward::<T, S, G, L>(at.simd, io.input, io.output);
    }

    #[inline(always)]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        let before = Before::nothing(io.read.input);
        self.backward_fused::<S, _, L>(at, io, before);
    }
}

impl<T: Scalar, G: Pool2dGeometry> FusedBackward<T> for MaxPool2d<G> {
    #[inline(always)]
    fn backward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Backward<'_, T>,
        before: Before<'_, T, A>,
    ) {
        let Activations { input, output } = io.read;
        if let Some(into) = io.input_gradient {
            pooling::max_backward::<T, S, A, G, L>(at.simd, input, before, output, io.output_gradient, into);
        }
    }
}

impl<T: Scalar, G: Pool2dGeometry> Layer<T> for AvgPool2d<G> {
    const INPUT: usize = input_len::<G>();
    const OUTPUT: usize = output_len::<G>();
    const PARAMETERS: usize = 0;
    const READS: Reads = Reads::NOTHING;
    const MULTIPLY_ADDS: u64 = 0;

    #[inline(always)]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        pooling::mean_forward::<T, S, G, L>(at.simd, io.input, io.output);
    }

    #[inline(always)]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        if let Some(input_gradient) = io.input_gradient {
            pooling::mean_backward::<T, S, G, L>(at.simd, io.output_gradient, input_gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::super::{SavedNumbers, check};
    use super::*;
    use crate::Pass;
    use crate::kernels::geometry::Pool1dGeometry;

    macro_rules! geometry {
        ($name:ident, $input:expr, $kernel:expr, $stride:expr) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Pool2dGeometry for $name {
                const INPUT: [usize; 3] = $input;
                const KERNEL: [usize; 2] = $kernel;
                const STRIDE: [usize; 2] = $stride;
            }
        };
    }

    geometry!(One, [1, 1, 1], [1, 1], [1, 1]);
    geometry!(Halves, [3, 4, 6], [2, 2], [2, 2]);
    geometry!(Overlapping, [2, 7, 5], [3, 3], [2, 1]);
    geometry!(Gaps, [1, 7, 8], [2, 1], [3, 3]);

    geometry!(Wide, [1, 1, 300], [1, 300], [1, 300]);

    /// Windows of a sequence, which overlap.
    #[derive(Clone, Copy)]
    struct Sequence;
    impl Pool1dGeometry for Sequence {
        const INPUT: [usize; 2] = [3, 11];
        const KERNEL: usize = 3;
        const STRIDE: usize = 2;
    }

    #[test]
    fn gradients() {
        check::layer(MaxPool1d::<Sequence>::new());
        check::fused_backward(MaxPool1d::<Sequence>::new());
        check::layer(AvgPool1d::<Sequence>::new());
        check::layer(AvgPool2d::<Wide>::new());
        check::layer(MaxPool2d::<Wide>::new());
        check::fused_backward(MaxPool2d::<Wide>::new());
        check::layer(MaxPool2d::<One>::new());
        check::fused_backward(MaxPool2d::<One>::new());
        check::layer(MaxPool2d::<Halves>::new());
        check::fused_backward(MaxPool2d::<Halves>::new());
        check::layer(MaxPool2d::<Overlapping>::new());
        check::fused_backward(MaxPool2d::<Overlapping>::new());
        check::layer(MaxPool2d::<Gaps>::new());
        check::fused_backward(MaxPool2d::<Gaps>::new());
        check::layer(AvgPool2d::<One>::new());
        check::layer(AvgPool2d::<Halves>::new());
        check::layer(AvgPool2d::<Overlapping>::new());
        check::layer(AvgPool2d::<Gaps>::new());
    }

    #[test]
    fn the_first_of_equal_maxima_gets_the_gradient() {
        let input = [2.0, 5.0, 5.0, 1.0].repeat(6 * 3).into_iter().take(72).collect::<Vec<f64>>();
        let simd = pulp::Scalar::new();
        let mut output = [0.0; 18];
        check::forward::<_, _, 1>(MaxPool2d::<Halves>::new(), simd, &[], &input, &mut output);
        let mut gradient = [0.0; 72];
        let io = Backward {
            parameters: &[],
            read: Activations { input: &input, output: &output },
            saved: SavedNumbers::default(),
            output_gradient: &mut [1.0; 18],
            input_gradient: Some(&mut gradient),
            gradient: None,
        };
        MaxPool2d::<Halves>::new().backward::<_, 1>(Context::new(simd, &Pass::training(1), 0), io);
        assert_eq!(gradient.iter().sum::<f64>(), 18.0);
        assert!(gradient.iter().all(|&value| value == 0.0 || value == 1.0));
    }

    /// A window is NaN wherever the NaN stands in it, in every lane, and infinities are its largest or least values; the
    /// gradient goes to what came through.
    struct NotFinite<const L: usize>;

    impl<const L: usize> WithSimd for NotFinite<L> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            for place in 0..72 * L {
                for (value, is_right) in [
                    (f32::NAN, f32::is_nan as fn(f32) -> bool),
                    (f32::INFINITY, |maximum| maximum == f32::INFINITY),
                    (f32::NEG_INFINITY, f32::is_finite),
                ] {
                    let mut input = vec![1.0_f32; 72 * L];
                    input[place] = value;
                    let mut output = vec![0.0; 18 * L];
                    check::forward::<_, S, L>(MaxPool2d::<Halves>::new(), simd, &[], &input, &mut output);
                    let (position, lane) = (place / L, place % L);
                    let [channel, row, column] = [position / 24, position / 6 % 4, position % 6];
                    let window = ((channel * 2 + row / 2) * 3 + column / 2) * L + lane;
                    assert!(is_right(output[window]), "{value} at {place} of {L} lanes: {}", output[window]);
                    assert_eq!(output.iter().filter(|&&maximum| maximum == 1.0).count() + 1, {
                        if value == f32::NEG_INFINITY { 18 * L + 1 } else { 18 * L }
                    });
                    let gradient = gradient::<_, L>(simd, &input, &output);
                    assert_eq!(
                        gradient[place],
                        f32::from(value != f32::NEG_INFINITY),
                        "{value} at {place} of {L} lanes"
                    );
                    assert_eq!(gradient.iter().sum::<f32>(), 18.0 * L as f32, "{value} at {place} of {L} lanes");
                }
            }
        }
    }

    /// What ones as the gradient in the output become.
    fn gradient<S: Simd, const L: usize>(simd: S, input: &[f32], output: &[f32]) -> Vec<f32> {
        let mut gradient = vec![f32::NAN; input.len()];
        let io = Backward {
            parameters: &[],
            read: Activations { input, output },
            saved: SavedNumbers::default(),
            output_gradient: &mut vec![1.0; output.len()],
            input_gradient: Some(&mut gradient),
            gradient: None,
        };
        MaxPool2d::<Halves>::new().backward::<S, L>(Context::new(simd, &Pass::training(L), 0), io);
        gradient
    }

    #[test]
    fn what_is_not_finite_comes_through() {
        check::on_every_instruction_set(|| NotFinite::<1>);
        check::on_every_instruction_set(|| NotFinite::<3>);
        check::on_every_instruction_set(|| NotFinite::<16>);
    }
}
