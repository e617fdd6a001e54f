//! Pooling: the maximum or the mean of a window that slides over each channel.

use std::marker::PhantomData;

use pulp::Simd;

use super::{Activation, Activations, Identity, Layer};
use crate::kernels::geometry::{Pool2dGeometry, pool_axes};
use crate::kernels::{Before, pooling};
use crate::{Pass, Scalar};

/// The maximum of each window.
///
/// Its gradient goes to the value that was the maximum, the first one in reading order if several were (as in PyTorch).
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

    #[inline]
    fn forward<S: Simd, const L: usize>(self, simd: S, _pass: &Pass, _parameters: &[T], input: &[T], output: &mut [T]) {
        pooling::max_forward::<T, S, G, L>(simd, input, output);
    }

    without_activation!(backward);

    #[inline]
    fn backward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        _pass: &Pass,
        _parameters: &[T],
        Activations { input, output }: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        _gradient: Option<&mut [T]>,
        activation: A,
    ) {
        if let Some(input_gradient) = input_gradient {
            let source = Before { values: input, activation };
            pooling::max_backward::<T, S, A, G, L>(simd, source, output, output_gradient, input_gradient);
        }
    }
}

impl<T: Scalar, G: Pool2dGeometry> Layer<T> for AvgPool2d<G> {
    const INPUT: usize = input_len::<G>();
    const OUTPUT: usize = output_len::<G>();
    const PARAMETERS: usize = 0;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, simd: S, _pass: &Pass, _parameters: &[T], input: &[T], output: &mut [T]) {
        pooling::mean_forward::<T, S, G, L>(simd, input, output);
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(
        self,
        simd: S,
        _pass: &Pass,
        _parameters: &[T],
        _activations: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        _gradient: Option<&mut [T]>,
    ) {
        if let Some(input_gradient) = input_gradient {
            pooling::mean_backward::<T, S, G, L>(simd, output_gradient, input_gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

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

    #[test]
    fn gradients() {
        check::layer(AvgPool2d::<Wide>::new());
        check::layer(MaxPool2d::<Wide>::new());
        check::layer(MaxPool2d::<One>::new());
        check::layer(MaxPool2d::<Halves>::new());
        check::layer(MaxPool2d::<Overlapping>::new());
        check::layer(MaxPool2d::<Gaps>::new());
        check::layer(AvgPool2d::<One>::new());
        check::layer(AvgPool2d::<Halves>::new());
        check::layer(AvgPool2d::<Overlapping>::new());
        check::layer(AvgPool2d::<Gaps>::new());
    }

    #[test]
    fn the_first_of_equal_maxima_gets_the_gradient() {
        let input = [2.0, 5.0, 5.0, 1.0].repeat(6 * 3).into_iter().take(72).collect::<Vec<f64>>();
        let (simd, pass) = (pulp::Scalar::new(), Pass::training(1));
        let mut output = [0.0; 18];
        MaxPool2d::<Halves>::new().forward::<_, 1>(simd, &pass, &[], &input, &mut output);
        let mut gradient = [0.0; 72];
        let activations = Activations { input: &input, output: &output };
        let layer = MaxPool2d::<Halves>::new();
        layer.backward::<_, 1>(simd, &pass, &[], activations, &mut [1.0; 18], Some(&mut gradient), None);
        assert_eq!(gradient.iter().sum::<f64>(), 18.0);
        assert!(gradient.iter().all(|&value| value == 0.0 || value == 1.0));
    }
}
