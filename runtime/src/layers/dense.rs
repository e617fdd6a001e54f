//! The fully connected layer.

use pulp::Simd;

use super::{Activation, Activations, Identity, Layer};
use crate::kernels::{Before, dense, samples};
use crate::{Pass, Scalar};

/// `y = W x + b` for `IN` inputs and `OUT` outputs.
///
/// # Shapes
///
/// `W` is `OUT x IN`, stored column by column; `b`, if `BIAS`, is `OUT`.
///
/// # Gradients
///
/// With `dy` the gradient of the loss in `y`: `dW = dy x^T`, `db = dy`, `dx = W^T dy` (Goodfellow, Bengio, Courville,
/// *Deep Learning*, 2016, section 6.5).
///
/// ```
/// use castnet::layers::{Dense, Layer};
///
/// assert_eq!(<Dense<784, 128, true> as Layer<f32>>::PARAMETERS, 784 * 128 + 128);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Dense<const IN: usize, const OUT: usize, const BIAS: bool>;

impl<const IN: usize, const OUT: usize, const BIAS: bool> Dense<IN, OUT, BIAS> {
    /// The layer.
    pub const fn new() -> Self {
        Self
    }

    /// [`forward_activated`](Layer::forward_activated) of samples that lie one after the other: `samples` is `IN` for each of
    /// them, of which there are up to `L`.
    ///
    /// `lanes`, `IN * L`, is room to put them side by side, where that is the faster way.
    #[allow(clippy::too_many_arguments)] // Inputs and outputs of one formula.
    #[inline]
    pub fn forward_samples<T: Scalar, S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        samples: &[T],
        lanes: &mut [T],
        output: &mut [T],
        activation: A,
    ) {
        if const { samples::reads_as_they_lie::<T, S>(L, IN, OUT) } {
            let (weight, bias) = parameters.split_at(OUT * IN);
            let (bias, output) = (BIAS.then_some(bias), &mut output[..OUT * L]);
            return samples::forward::<T, S, A, L, IN, OUT>(simd, weight, bias, samples, output, activation);
        }
        samples::side_by_side::<T, S, L>(simd, samples.len() / IN, |sample| &samples[sample * IN..][..IN], lanes);
        self.forward_activated::<S, A, L>(simd, pass, parameters, lanes, output, activation);
    }
}

impl<T: Scalar, const IN: usize, const OUT: usize, const BIAS: bool> Layer<T> for Dense<IN, OUT, BIAS> {
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
    const PARAMETERS: usize = OUT * IN + if BIAS { OUT } else { 0 };
    const OVERWRITES: bool = true;

    without_activation!(forward);

    #[inline]
    fn forward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        _pass: &Pass,
        parameters: &[T],
        input: &[T],
        output: &mut [T],
        activation: A,
    ) {
        let (weight, bias) = parameters.split_at(OUT * IN);
        let (bias, input, output) = (BIAS.then_some(bias), &input[..IN * L], &mut output[..OUT * L]);
        dense::forward::<T, S, A, L, IN, OUT>(simd, weight, bias, input, output, activation);
    }

    without_activation!(backward);

    #[inline]
    fn backward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        activations: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        gradient: Option<&mut [T]>,
        activation: A,
    ) {
        let (output_gradient, input) = (&output_gradient[..OUT * L], &activations.input[..IN * L]);
        if let Some(gradient) = gradient {
            let (weight, bias) = gradient.split_at_mut(OUT * IN);
            let target = dense::GradientOf { weight, bias: BIAS.then_some(bias), overwrite: pass.overwrite };
            dense::weight_gradient::<T, S, L, IN, OUT>(simd, input, output_gradient, target);
        }
        if let Some(input_gradient) = input_gradient {
            let (weight, input_gradient) = (&parameters[..OUT * IN], &mut input_gradient[..IN * L]);
            let source = Before { values: input, activation };
            dense::input_gradient::<T, S, A, L, IN, OUT>(simd, weight, output_gradient, source, input_gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::Dense;

    #[test]
    fn gradients() {
        check::layer(Dense::<1, 1, true>);
        check::layer(Dense::<3, 1, true>);
        check::layer(Dense::<1, 5, false>);
        check::layer(Dense::<7, 13, true>);
        check::layer(Dense::<5, 37, true>);
        check::layer(Dense::<16, 16, true>);
        check::layer(Dense::<33, 6, false>);
        check::layer(Dense::<35, 2, true>);
    }
}
