//! Layer normalisation.

use pulp::Simd;

use super::{Activation, Backward, Context, Forward, InferInPlace, Layer, Saved};
use crate::Scalar;
use crate::kernels::tile::in_lanes;
use crate::simd::lanes::{load, store};

/// `y = weight (x - mean) / sqrt(variance + epsilon) + bias`, with mean and (biased) variance of each sample over its
/// `VALUES` values (Ba, Kiros, Hinton, *Layer Normalization*, 2016, equations 3 and 4).
///
/// # Shapes
///
/// As many values come out as go in; of an image all values are normalised together.
///
/// # Parameters
///
/// `weight` and `bias`, each `VALUES`.
///
/// # Gradients
///
/// With `n = (x - mean) / sqrt(variance + epsilon)` and `g = weight dy`: `dx = (g - mean(g) - n mean(g n)) / sqrt(variance +
/// epsilon)`, `dweight = n dy`, `dbias = dy`, the last two summed over the samples. The forward pass saves mean and one over
/// the deviation of each sample.
///
/// ```
/// use castnet::layers::{Layer, LayerNorm, Saved};
///
/// assert_eq!(<LayerNorm<64> as Layer<f32>>::PARAMETERS, 128);
/// assert_eq!(<LayerNorm<64> as Layer<f32>>::SAVED, Saved::per_sample(2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm<const VALUES: usize> {
    /// Added to the variance before the square root is taken.
    pub epsilon: f64,
}

impl<const VALUES: usize> LayerNorm<VALUES> {
    /// The layer with `epsilon = 1e-5`.
    pub const fn new() -> Self {
        Self { epsilon: 1e-5 }
    }

    /// Mean and one over the deviation of the samples in the vector at `lane`.
    #[inline(always)]
    fn normalisation<T: Scalar, S: Simd, const L: usize>(
        self,
        simd: S,
        values: &[T],
        lane: usize,
    ) -> [T::Vector<S>; 2] {
        // From the first value, so that the mean of equal numbers is just that number.
        let (first, zero) = (load::<T, S>(&values[lane..]), T::splat(simd, T::ZERO));
        let share = T::splat(simd, T::ONE / T::from_f64(VALUES as f64));
        let mut sum = zero;
        for value in values.chunks_exact(L) {
            sum = T::add_lanes(simd, sum, T::sub_lanes(simd, load::<T, S>(&value[lane..]), first));
        }
        let mean = T::mul_add_lanes(simd, sum, share, first);
        let mut squares = zero;
        for value in values.chunks_exact(L) {
            let distance = T::sub_lanes(simd, load::<T, S>(&value[lane..]), mean);
            squares = T::mul_add_lanes(simd, distance, distance, squares);
        }
        let variance = T::mul_add_lanes(simd, squares, share, T::splat(simd, T::from_f64(self.epsilon)));
        [mean, T::div_lanes(simd, T::splat(simd, T::ONE), T::sqrt_lanes(simd, variance))]
    }
}

impl<const VALUES: usize> Default for LayerNorm<VALUES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar, const VALUES: usize> InferInPlace<T> for LayerNorm<VALUES> {
    #[inline]
    fn infer<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        parameters: &[T],
        values: &mut [T],
        activation: A,
    ) {
        let (simd, (weight, bias)) = (at.simd, parameters.split_at(VALUES));
        in_lanes!(T, S, L, simd => {
            for lane in (0..L).step_by(T::lanes::<S>()) {
                let [mean, inverse] = self.normalisation::<T, S, L>(simd, values, lane);
                for (place, value) in values.chunks_exact_mut(L).enumerate() {
                    let value = &mut value[lane..];
                    let n = T::mul_lanes(simd, T::sub_lanes(simd, load::<T, S>(value), mean), inverse);
                    let (weight, bias) = (T::splat(simd, weight[place]), T::splat(simd, bias[place]));
                    store::<T, S>(value, activation.value::<S>(simd, T::mul_add_lanes(simd, weight, n, bias)));
                }
            }
        });
    }
}

impl<T: Scalar, const VALUES: usize> Layer<T> for LayerNorm<VALUES> {
    const INPUT: usize = VALUES;
    const OUTPUT: usize = VALUES;
    const PARAMETERS: usize = 2 * VALUES;
    const SAVED: Saved = Saved::per_sample(2);
    const MULTIPLY_ADDS: u64 = 4 * VALUES as u64;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        let (simd, (weight, bias)) = (at.simd, io.parameters.split_at(VALUES));
        let saved = io.saved.samples;
        in_lanes!(T, S, L, simd => {
            for lane in (0..L).step_by(T::lanes::<S>()) {
                let [mean, inverse] = self.normalisation::<T, S, L>(simd, io.input, lane);
                if !saved.is_empty() {
                    store::<T, S>(&mut saved[lane..], mean);
                    store::<T, S>(&mut saved[L + lane..], inverse);
                }
                let values = io.input.chunks_exact(L).zip(io.output.chunks_exact_mut(L));
                for (place, (x, y)) in values.enumerate() {
                    let n = T::mul_lanes(simd, T::sub_lanes(simd, load::<T, S>(&x[lane..]), mean), inverse);
                    let (weight, bias) = (T::splat(simd, weight[place]), T::splat(simd, bias[place]));
                    store::<T, S>(&mut y[lane..], T::mul_add_lanes(simd, weight, n, bias));
                }
            }
        });
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        let (simd, weight) = (at.simd, &io.parameters[..VALUES]);
        let Backward { read, saved, output_gradient, input_gradient, gradient, .. } = io;
        let (input, output_gradient, saved) = (read.input, &*output_gradient, &*saved.samples);
        in_lanes!(T, S, L, simd => {
            if let Some(gradient) = gradient {
                parameter_gradient::<T, S, L>(simd, input, output_gradient, saved, gradient);
            }
            if let Some(input_gradient) = input_gradient {
                layer_input_gradient::<T, S, L>(simd, weight, input, output_gradient, saved, input_gradient);
            }
        });
    }
}

/// Adds `n dy` and `dy`, summed over the samples, to the gradients in weight and bias.
#[inline(always)]
fn parameter_gradient<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    saved: &[T],
    gradient: &mut [T],
) {
    let (weight, bias) = gradient.split_at_mut(input.len() / L);
    let values = input.chunks_exact(L).zip(output_gradient.chunks_exact(L));
    for ((x, dy), (weight, bias)) in values.zip(weight.iter_mut().zip(bias)) {
        let (mut products, mut sum) = (T::splat(simd, T::ZERO), T::splat(simd, T::ZERO));
        for lane in (0..L).step_by(T::lanes::<S>()) {
            let (mean, inverse) = (load::<T, S>(&saved[lane..]), load::<T, S>(&saved[L + lane..]));
            let n = T::mul_lanes(simd, T::sub_lanes(simd, load::<T, S>(&x[lane..]), mean), inverse);
            let dy = load::<T, S>(&dy[lane..]);
            products = T::mul_add_lanes(simd, n, dy, products);
            sum = T::add_lanes(simd, sum, dy);
        }
        *weight += T::sum_lanes(simd, products);
        *bias += T::sum_lanes(simd, sum);
    }
}

/// `(g - mean(g) - n mean(g n)) / deviation` with `g = weight dy`.
#[inline(always)]
fn layer_input_gradient<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    weight: &[T],
    input: &[T],
    output_gradient: &[T],
    saved: &[T],
    input_gradient: &mut [T],
) {
    let share = T::splat(simd, T::ONE / T::from_f64(weight.len() as f64));
    for lane in (0..L).step_by(T::lanes::<S>()) {
        let (mean, inverse) = (load::<T, S>(&saved[lane..]), load::<T, S>(&saved[L + lane..]));
        // What both passes over the values need of one: g and n.
        let terms = |place: usize| {
            let x = load::<T, S>(&input[place * L + lane..]);
            let n = T::mul_lanes(simd, T::sub_lanes(simd, x, mean), inverse);
            let dy = load::<T, S>(&output_gradient[place * L + lane..]);
            [T::mul_lanes(simd, T::splat(simd, weight[place]), dy), n]
        };
        let (mut sum, mut product) = (T::splat(simd, T::ZERO), T::splat(simd, T::ZERO));
        for place in 0..weight.len() {
            let [g, n] = terms(place);
            sum = T::add_lanes(simd, sum, g);
            product = T::mul_add_lanes(simd, g, n, product);
        }
        let (sum, product) = (T::mul_lanes(simd, sum, share), T::mul_lanes(simd, product, share));
        for place in 0..weight.len() {
            let [g, n] = terms(place);
            let rest = T::sub_lanes(simd, T::sub_lanes(simd, g, sum), T::mul_lanes(simd, n, product));
            store::<T, S>(&mut input_gradient[place * L + lane..], T::mul_lanes(simd, rest, inverse));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn gradients() {
        check::layer(LayerNorm::<2> { epsilon: 0.1 });
        check::layer(LayerNorm::<7>::new());
        check::layer(LayerNorm::<24> { epsilon: 0.1 });
        check::infers_in_place(LayerNorm::<7>::new());
    }

    #[test]
    fn a_constant_sample_becomes_the_bias() {
        let mut output = [f32::NAN; 3];
        let parameters = [1.0, 2.0, 3.0, 0.5, 0.25, -1.0];
        let layer = LayerNorm::<3>::new();
        check::forward::<_, _, 1>(layer, pulp::Scalar::new(), &parameters, &[100_000.3; 3], &mut output);
        assert_eq!(output, [0.5, 0.25, -1.0]);
    }
}
