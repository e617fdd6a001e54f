//! A layer of the user's own.

use castnet::Scalar;
use castnet::layers::{Backward, Context, Forward, Layer};
use castnet::pulp::Simd;

/// `y = a x` with a factor `a` for each of `N` features: a layer of the user's own.
#[derive(Clone, Copy, Default)]
pub struct Scaled<const N: usize>;

impl<T: Scalar, const N: usize> Layer<T> for Scaled<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
    const PARAMETERS: usize = N;

    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
        for (i, (y, &x)) in io.output.iter_mut().zip(io.input).enumerate() {
            *y = io.parameters[i / L] * x;
        }
    }

    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
        let Backward { parameters: factors, read, output_gradient, mut input_gradient, mut gradient, .. } = io;
        for (i, (&x, &dy)) in read.input.iter().zip(output_gradient.iter()).enumerate() {
            if let Some(gradient) = &mut gradient {
                gradient[i / L] += x * dy;
            }
            if let Some(input_gradient) = &mut input_gradient {
                input_gradient[i] = factors[i / L] * dy;
            }
        }
    }
}
