//! Layers of the user's own: one with parameters that saves numbers, one that changes the shape.

use castnet::layers::{Backward, Context, Forward, Layer, Reads, Saved};
use castnet::pulp::Simd;
use castnet::Scalar;

/// `x s`, of which the gate `s` is a half where the parameter is 0.
#[derive(Clone, Copy, Default)]
pub struct Gate<const N: usize>;

impl<T: Scalar, const N: usize> Layer<T> for Gate<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
    const PARAMETERS: usize = N;
    const SAVED: Saved = Saved { per_sample: N, per_group: 1 };

    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
        io.saved.group.fill(T::ONE);
        for (place, (output, &input)) in io.output.iter_mut().zip(io.input).enumerate() {
            *output = input * (io.parameters[place / L] + T::from_f64(0.5));
        }
    }

    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
        let Some(input_gradient) = io.input_gradient else { return };
        for (place, (input, &output)) in input_gradient.iter_mut().zip(io.output_gradient.iter()).enumerate() {
            *input = output * (io.parameters[place / L] + T::from_f64(0.5));
        }
    }
}

/// The sum of three values.
#[derive(Clone, Copy, Default)]
pub struct Total;

impl<T: Scalar> Layer<T> for Total {
    const INPUT: usize = 3;
    const OUTPUT: usize = 1;
    const PARAMETERS: usize = 0;
    const READS: Reads = Reads::NOTHING;

    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
        for lane in 0..L {
            io.output[lane] = io.input[lane] + io.input[L + lane] + io.input[2 * L + lane];
        }
    }

    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
        let Some(input_gradient) = io.input_gradient else { return };
        for (place, input) in input_gradient.iter_mut().enumerate() {
            *input = io.output_gradient[place % L];
        }
    }
}
