//! The fully connected layer.

use pulp::Simd;

use super::{Activation, Backward, Before, Context, Forward, FusedBackward, FusedForward, Layer, SavedNumbers, Then};
use crate::Scalar;
use crate::kernels::{dense, samples};

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

    /// [`forward_fused`](FusedForward::forward_fused) at inference, of samples that lie one after the other: `samples` is `IN` for
    /// each of them, of which there are up to `L`.
    ///
    /// `lanes`, `IN * L`, is room to put them side by side, where that is the faster way.
    #[inline]
    pub fn forward_samples<T: Scalar, S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        parameters: &[T],
        samples: &[T],
        lanes: &mut [T],
        output: &mut [T],
        activation: A,
    ) {
        if const { samples::reads_as_they_lie::<T, S>(L, IN, OUT) } {
            let (weight, bias) = parameters.split_at(OUT * IN);
            let (bias, output) = (BIAS.then_some(bias), &mut output[..OUT * L]);
            return samples::forward::<T, S, A, L, IN, OUT>(at.simd, weight, bias, samples, output, activation);
        }
        samples::side_by_side::<T, S, L>(at.simd, samples.len() / IN, |sample| &samples[sample * IN..][..IN], lanes);
        let io = Forward { parameters, input: lanes, output, saved: SavedNumbers::default() };
        self.forward_fused::<S, A, L>(at, io, Then { activation, kept: &mut [] });
    }
}

impl<T: Scalar, const IN: usize, const OUT: usize, const BIAS: bool> Layer<T> for Dense<IN, OUT, BIAS> {
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
    const PARAMETERS: usize = OUT * IN + if BIAS { OUT } else { 0 };
    const OVERWRITES: bool = true;
    const MULTIPLY_ADDS: u64 = (OUT * IN) as u64;

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

impl<T: Scalar, const IN: usize, const OUT: usize, const BIAS: bool> FusedForward<T> for Dense<IN, OUT, BIAS> {
    #[inline(always)]
    fn forward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Forward<'_, T>,
        then: Then<'_, T, A>,
    ) {
        let (weight, bias) = io.parameters.split_at(OUT * IN);
        let (bias, input, output) = (BIAS.then_some(bias), &io.input[..IN * L], &mut io.output[..OUT * L]);
        dense::forward::<T, S, A, L, IN, OUT>(at.simd, weight, bias, input, output, then);
    }
}

impl<T: Scalar, const IN: usize, const OUT: usize, const BIAS: bool> FusedBackward<T> for Dense<IN, OUT, BIAS> {
    #[inline(always)]
    fn backward_fused<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        io: Backward<'_, T>,
        before: Before<'_, T, A>,
    ) {
        let (output_gradient, input) = (&io.output_gradient[..OUT * L], &io.read.input[..IN * L]);
        if let Some(gradient) = io.gradient {
            let (weight, bias) = gradient.split_at_mut(OUT * IN);
            let of = dense::GradientOf { weight, bias: BIAS.then_some(bias), overwrite: at.pass.overwrite };
            dense::weight_gradient::<T, S, L, IN, OUT>(at.simd, input, output_gradient, of);
        }
        if let Some(input_gradient) = io.input_gradient {
            let (weight, input_gradient) = (&io.parameters[..OUT * IN], &mut input_gradient[..IN * L]);
            let before = Before { kept: &before.kept[..IN * L], ..before };
            dense::input_gradient::<T, S, A, L, IN, OUT>(at.simd, weight, output_gradient, before, input_gradient);
        }
    }
}

#[cfg(test)]
mod tests;
