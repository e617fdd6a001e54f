//! Batch normalisation.

use pulp::Simd;

use super::{
    Activation, Backward, BatchLayer, BatchRead, Context, Forward, Identity, InferInPlace, Layer, Reads, Then,
};
use crate::kernels::batch_norm::{self, Affine, InputGradient};
use crate::kernels::tile::in_lanes;
use crate::{Pass, Scalar};

/// `y = weight (x - mean) / sqrt(variance + epsilon) + bias`, for each of `CHANNELS` channels over its `SPATIAL`
/// positions (Ioffe & Szegedy, *Batch Normalization*, 2015, algorithm 1). For flat inputs `SPATIAL` is 1.
///
/// In training, mean and (biased) variance are those of the whole batch, and the running ones move towards them, the
/// variance unbiased as in PyTorch. At inference they are the running ones.
///
/// One value has no variance, and is no mean to go by: a batch of one sample of features cannot be trained on, and a
/// trainer refuses it. A constant feature becomes `bias`, exactly.
///
/// A layer that is `#[frozen]` goes by its running statistics in training too, and leaves them as they are.
///
/// # Parameters
///
/// `weight`, `bias`, `running_mean`, `running_variance`, each `CHANNELS`.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm<const CHANNELS: usize, const SPATIAL: usize> {
    /// Added to the variance before the square root is taken.
    pub epsilon: f64,
    /// Weight of a batch in the running statistics: `running += momentum (batch - running)`.
    pub momentum: f64,
}

impl<const CHANNELS: usize, const SPATIAL: usize> BatchNorm<CHANNELS, SPATIAL> {
    /// The layer with `epsilon = 1e-5` and `momentum = 0.1`.
    pub const fn new() -> Self {
        Self { epsilon: 1e-5, momentum: 0.1 }
    }

    /// Mean and one over the standard deviation of `channel`.
    #[inline(always)]
    fn normalisation<T: Scalar>(self, statistics: &[T], channel: usize) -> (T, T) {
        let variance = statistics[CHANNELS + channel] + T::from_f64(self.epsilon);
        (statistics[channel], T::ONE / variance.sqrt())
    }

    /// What makes the output of the input.
    #[inline(always)]
    fn affine<T: Scalar>(self, parameters: &[T], statistics: &[T], channel: usize) -> Affine<T> {
        let (mean, inverse_deviation) = self.normalisation(statistics, channel);
        Affine { mean, scale: parameters[channel] * inverse_deviation, shift: parameters[CHANNELS + channel] }
    }
}

/// The statistics that a pass goes by: those of the batch in training, and the running ones otherwise.
#[inline(always)]
fn statistics<'a, T>(pass: &Pass, read: BatchRead<'a, T>, channels: usize) -> &'a [T] {
    if pass.training { read.statistics } else { &read.parameters[2 * channels..] }
}

impl<const CHANNELS: usize, const SPATIAL: usize> Default for BatchNorm<CHANNELS, SPATIAL> {
    fn default() -> Self {
        Self::new()
    }
}

/// One for each lane that holds a sample, zero for the others.
fn mask<T: Scalar, const L: usize>(pass: &Pass) -> [T; L] {
    core::array::from_fn(|lane| if lane < pass.real { T::ONE } else { T::ZERO })
}

impl<T: Scalar, const CHANNELS: usize, const SPATIAL: usize> InferInPlace<T> for BatchNorm<CHANNELS, SPATIAL> {
    #[inline]
    fn infer<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        parameters: &[T],
        values: &mut [T],
        activation: A,
    ) {
        let simd = at.simd;
        in_lanes!(T, S, L, simd => {
            for (channel, values) in values.chunks_exact_mut(SPATIAL * L).enumerate() {
                let affine = self.affine(parameters, &parameters[2 * CHANNELS..], channel);
                batch_norm::affine_in_place::<T, S, A>(simd, values, affine, activation);
            }
        });
    }
}

/// What a layer is that is `#[frozen]`: it goes by its running statistics in training too, and leaves them as they are.
impl<T: Scalar, const CHANNELS: usize, const SPATIAL: usize> Layer<T> for BatchNorm<CHANNELS, SPATIAL> {
    const INPUT: usize = CHANNELS * SPATIAL;
    const OUTPUT: usize = CHANNELS * SPATIAL;
    const PARAMETERS: usize = 4 * CHANNELS;
    const READS: Reads = Reads::NOTHING;
    const MULTIPLY_ADDS: u64 = 0;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        io.output.copy_from_slice(io.input);
        self.infer::<S, _, L>(at, io.parameters, io.output, Identity);
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        let (Some(input_gradient), simd) = (io.input_gradient, at.simd) else { return };
        in_lanes!(T, S, L, simd => {
            let images = io.output_gradient.chunks_exact(SPATIAL * L).zip(input_gradient.chunks_exact_mut(SPATIAL * L));
            for (channel, (dy, dx)) in images.enumerate() {
                let scale = self.affine(io.parameters, &io.parameters[2 * CHANNELS..], channel).scale;
                let affine = Affine { mean: T::ZERO, scale, shift: T::ZERO };
                batch_norm::affine::<T, S, Identity>(simd, dy, dx, affine, Then::nothing());
            }
        });
    }
}

impl<T: Scalar, const CHANNELS: usize, const SPATIAL: usize> BatchLayer<T> for BatchNorm<CHANNELS, SPATIAL> {
    const FEATURES: usize = CHANNELS * SPATIAL;
    const CHANNELS: usize = CHANNELS;

    fn collect<S: Simd, const L: usize>(self, at: Context<'_, S>, input: &[T], statistics: &mut [T]) {
        let (means, variances) = statistics.split_at_mut(CHANNELS);
        let count = T::from_f64((at.pass.real * SPATIAL) as f64);
        let (mask, simd) = (mask::<T, L>(at.pass), at.simd);
        in_lanes!(T, S, L, simd => {
            for (channel, values) in input.chunks_exact(SPATIAL * L).enumerate() {
                means[channel] = batch_norm::mean::<T, S, L>(simd, values, count, &mask);
                variances[channel] = batch_norm::squares::<T, S, L>(simd, values, means[channel], &mask) / count;
            }
        });
    }

    fn forward<S: Simd, A: Activation<T>, const L: usize>(
        self,
        at: Context<'_, S>,
        read: BatchRead<'_, T>,
        output: &mut [T],
        mut then: Then<'_, T, A>,
    ) {
        let (statistics, simd) = (statistics(at.pass, read, CHANNELS), at.simd);
        in_lanes!(T, S, L, simd => {
            let images = read.input.chunks_exact(SPATIAL * L).zip(output.chunks_exact_mut(SPATIAL * L));
            for (channel, (input, output)) in images.enumerate() {
                let affine = self.affine(read.parameters, statistics, channel);
                let then = then.part(channel * SPATIAL * L..(channel + 1) * SPATIAL * L);
                batch_norm::affine::<T, S, A>(simd, input, output, affine, then);
            }
        });
    }

    fn backward_collect<S: Simd, const L: usize>(
        self,
        at: Context<'_, S>,
        read: BatchRead<'_, T>,
        output_gradient: &[T],
        sums: &mut [T],
        gradient: Option<&mut [T]>,
    ) {
        let (statistics, simd) = (statistics(at.pass, read, CHANNELS), at.simd);
        let (plain, products) = sums.split_at_mut(CHANNELS);
        in_lanes!(T, S, L, simd => {
            let images = read.input.chunks_exact(SPATIAL * L).zip(output_gradient.chunks_exact(SPATIAL * L));
            for (channel, (input, gradient)) in images.enumerate() {
                let (mean, inverse_deviation) = self.normalisation(statistics, channel);
                let (sum, product) = batch_norm::gradient_sums::<T, S>(simd, input, gradient, mean);
                plain[channel] = sum;
                products[channel] = product * inverse_deviation;
            }
        });
        if let Some(gradient) = gradient {
            if at.pass.overwrite {
                gradient.fill(T::ZERO);
            }
            for channel in 0..CHANNELS {
                gradient[channel] += products[channel];
                gradient[CHANNELS + channel] += plain[channel];
            }
        }
    }

    fn backward<S: Simd, const L: usize>(
        self,
        at: Context<'_, S>,
        read: BatchRead<'_, T>,
        sums: &[T],
        gradient: &mut [T],
    ) {
        let (pass, simd) = (at.pass, at.simd);
        // Running statistics do not depend on the batch: only in training do the sums reach the gradient.
        let share = if pass.training { T::ONE / T::from_f64((pass.batch * SPATIAL) as f64) } else { T::ZERO };
        let (statistics, mask) = (statistics(pass, read, CHANNELS), mask::<T, L>(pass));
        in_lanes!(T, S, L, simd => {
            let images = read.input.chunks_exact(SPATIAL * L).zip(gradient.chunks_exact_mut(SPATIAL * L));
            for (channel, (input, gradient)) in images.enumerate() {
                let (mean, inverse_deviation) = self.normalisation(statistics, channel);
                let scale = read.parameters[channel] * inverse_deviation;
                // dx = scale (dy - sum(dy) / m - (x - mean) / deviation * sum(dy (x - mean) / deviation) / m)
                let slope = T::ZERO - scale * inverse_deviation * sums[CHANNELS + channel] * share;
                let constant = T::ZERO - scale * sums[channel] * share;
                let of = InputGradient { scale, slope, mean, constant };
                batch_norm::input_gradient::<T, S, L>(simd, input, gradient, of, &mask);
            }
        });
    }

    fn update_running(self, parameters: &mut [T], statistics: &[T], samples: usize) {
        let count = (samples * SPATIAL) as f64;
        if count < 2.0 {
            return;
        }
        let momentum = T::from_f64(self.momentum);
        let unbiased = T::from_f64(count / (count - 1.0));
        let (running_means, running_variances) = parameters[2 * CHANNELS..].split_at_mut(CHANNELS);
        let (means, variances) = statistics.split_at(CHANNELS);
        for (running, &mean) in running_means.iter_mut().zip(means) {
            *running += momentum * (mean - *running);
        }
        for (running, &variance) in running_variances.iter_mut().zip(variances) {
            *running += momentum * (variance * unbiased - *running);
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};
    use rand::{SeedableRng, rngs::StdRng};

    use super::super::check::{assert_close, differences, dot, random};
    use super::*;

    type Norm = BatchNorm<3, 5>;
    const NUMBERS: usize = 15;

    struct Check<const L: usize>(Pass);

    impl<const L: usize> WithSimd for Check<L> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let (norm, pass) = (Norm::new(), self.0);
            let mut rng = StdRng::seed_from_u64(9);
            let mut parameters = random(12, &mut rng);
            parameters[9..].copy_from_slice(&[0.5, 1.5, 2.0]);
            let mut input = random(NUMBERS * L, &mut rng);
            let mut weights = random(NUMBERS * L, &mut rng);
            weights.iter_mut().enumerate().filter(|(i, _)| i % L >= pass.real).for_each(|(_, weight)| *weight = 0.0);

            let mut statistics = [0.0; 6];
            let at = Context::new(simd, &pass, 0);
            let mut run = |parameters: &[f64], input: &[f64]| {
                norm.collect::<S, L>(at, input, &mut statistics);
                let mut output = vec![f64::NAN; NUMBERS * L];
                let read = BatchRead { parameters, statistics: &statistics, input };
                BatchLayer::forward::<S, _, L>(norm, at, read, &mut output, Then::nothing());
                (output, statistics)
            };
            let (_, statistics) = run(&parameters, &input);
            let (mut sums, mut gradient, mut input_gradient) = ([0.0; 6], [0.0; 12], weights.clone());
            let into = Some(&mut gradient[..]);
            let read = BatchRead { parameters: &parameters, statistics: &statistics, input: &input };
            norm.backward_collect::<S, L>(at, read, &weights, &mut sums, into);
            BatchLayer::backward::<S, L>(norm, at, read, &sums, &mut input_gradient);

            let fixed = input.clone();
            let numeric = differences(&mut parameters[..6], |changed| {
                let all = [changed, &[0.0; 3], &[0.5, 1.5, 2.0]].concat();
                dot(&run(&all, &fixed).0, &weights)
            });
            if pass.training {
                assert_close("parameter", &gradient[..6], &numeric);
            }
            let numeric = differences(&mut input, |input| dot(&run(&parameters, input).0, &weights));
            assert_close("input", &input_gradient, &numeric);
            assert_eq!(gradient[6..], [0.0; 6]);
        }
    }

    #[test]
    fn gradients() {
        Arch::new().dispatch(Check::<1>(Pass::training(1)));
        Arch::new().dispatch(Check::<8>(Pass::training(8)));
        Arch::new().dispatch(Check::<16>(Pass::training(16)));
        Arch::new().dispatch(Check::<32>(Pass { real: 17, batch: 17, ..Pass::training(32) }));
        Arch::new().dispatch(Check::<8>(Pass { real: 5, batch: 5, ..Pass::training(8) }));
        Arch::Scalar.dispatch(Check::<8>(Pass { real: 3, batch: 3, ..Pass::training(8) }));
        Arch::new().dispatch(Check::<8>(Pass::inference(8)));
    }

    #[test]
    fn inference_uses_the_running_statistics() {
        let parameters = [2.0, 0.5, 1.0, 3.0_f64 - 1e-5];
        let mut values = [1.0, 3.0, 5.0, 1.0];
        let pass = Pass::inference(4);
        let at = Context::new(pulp::Scalar::new(), &pass, 0);
        BatchNorm::<1, 1>::new().infer::<_, _, 4>(at, &parameters, &mut values, Identity);
        for (value, x) in values.iter().zip([1.0, 3.0, 5.0, 1.0]) {
            assert!((value - (0.5 + 2.0 * (x - 1.0) / 3.0_f64.sqrt())).abs() < 1e-12);
        }
    }

    #[test]
    fn running_statistics_move_by_a_tenth() {
        let mut parameters = [1.0, 0.0, 0.0, 1.0];
        BatchNorm::<1, 1>::new().update_running(&mut parameters, &[2.0, 3.0], 4);
        assert!((parameters[2] - 0.2_f64).abs() < 1e-15);
        assert!((parameters[3] - (0.9 + 0.1 * 4.0)).abs() < 1e-15);
    }

    #[test]
    fn one_value_leaves_the_running_statistics_alone() {
        let mut features = [1.0, 0.0, 0.25_f64, 2.5];
        BatchNorm::<1, 1>::new().update_running(&mut features, &[2.0, 0.0], 1);
        assert_eq!(features, [1.0, 0.0, 0.25, 2.5]);
        // One image has as many values as pixels.
        let mut channels = [1.0, 0.0, 0.0, 1.0];
        BatchNorm::<1, 4>::new().update_running(&mut channels, &[2.0, 3.0], 1);
        assert!((channels[3] - (0.9 + 0.1 * 4.0_f64)).abs() < 1e-15);
    }

    #[test]
    fn frozen_it_is_a_map_of_each_value() {
        let mut rng = StdRng::seed_from_u64(4);
        let mut parameters = random(12, &mut rng);
        parameters[9..].copy_from_slice(&[0.5, 1.5, 2.0]);
        super::super::check::input_gradient(Norm::new(), &parameters);
    }

    /// A constant feature, in groups that are not full, comes out as the bias and leaves no gradient.
    struct Constant(f64);

    impl WithSimd for Constant {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let (norm, pass) = (BatchNorm::<1, 1>::new(), Pass { real: 11, batch: 11, ..Pass::training(16) });
            let (at, parameters, input) = (Context::new(simd, &pass, 0), [1.0, 0.25, 0.0, 1.0], [self.0 as f32; 16]);
            let (mut statistics, mut output) = ([0.0; 2], [f32::NAN; 16]);
            norm.collect::<S, 16>(at, &input, &mut statistics);
            assert_eq!(statistics, [self.0 as f32, 0.0]);
            let read = BatchRead { parameters: &parameters, statistics: &statistics, input: &input };
            BatchLayer::forward::<S, _, 16>(norm, at, read, &mut output, Then::nothing());
            assert_eq!(output, [0.25; 16]);
            let mut gradient = [1.0; 16];
            gradient[11..].fill(0.0);
            let mut sums = [0.0; 2];
            norm.backward_collect::<S, 16>(at, read, &gradient, &mut sums, None);
            BatchLayer::backward::<S, 16>(norm, at, read, &sums, &mut gradient);
            assert!(gradient.iter().all(|slope| slope.abs() < 1e-4), "{gradient:?}");
        }
    }

    #[test]
    fn a_constant_feature_becomes_the_bias() {
        for constant in [0.1, 100.1, 100_000.3, 1e6, 33_000_000.0, 1e10, 1e30] {
            super::super::check::on_every_instruction_set(|| Constant(constant));
        }
    }
}
