//! Batch normalisation.

use pulp::Simd;

use super::{Activation, BatchLayer};
use crate::kernels::batch_norm;
use crate::kernels::tile::in_lanes;
use crate::{Pass, Scalar};

/// `y = weight (x - mean) / sqrt(variance + epsilon) + bias`, for each of `CHANNELS` channels over its `SPATIAL`
/// positions (Ioffe & Szegedy, *Batch Normalization*, 2015, algorithm 1). For flat inputs `SPATIAL` is 1.
///
/// In training, mean and (biased) variance are those of the whole batch, and the running ones move towards them, the
/// variance unbiased as in PyTorch. At inference they are the running ones.
///
/// One value has no variance, and is no mean to go by: a batch of one sample of features leaves the running statistics as
/// they are, and its output is `bias`, so that nothing before the layer learns from it.
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
    fn normalisation<T: Scalar>(self, pass: &Pass, parameters: &[T], statistics: &[T], channel: usize) -> (T, T) {
        let statistics = if pass.training { statistics } else { &parameters[2 * CHANNELS..] };
        let variance = statistics[CHANNELS + channel] + T::from_f64(self.epsilon);
        (statistics[channel], T::ONE / variance.sqrt())
    }

    /// Scale and shift that make the output of the input: `y = scale x + shift`.
    #[inline(always)]
    fn affine<T: Scalar>(self, pass: &Pass, parameters: &[T], statistics: &[T], channel: usize) -> (T, T) {
        let (mean, inverse_deviation) = self.normalisation(pass, parameters, statistics, channel);
        let scale = parameters[channel] * inverse_deviation;
        (scale, parameters[CHANNELS + channel] - mean * scale)
    }
}

impl<const CHANNELS: usize, const SPATIAL: usize> Default for BatchNorm<CHANNELS, SPATIAL> {
    fn default() -> Self {
        Self::new()
    }
}

/// One for each lane that holds a sample, zero for the others.
fn mask<T: Scalar, const L: usize>(pass: &Pass) -> [T; L] {
    std::array::from_fn(|lane| if lane < pass.real { T::ONE } else { T::ZERO })
}

impl<T: Scalar, const CHANNELS: usize, const SPATIAL: usize> BatchLayer<T> for BatchNorm<CHANNELS, SPATIAL> {
    const FEATURES: usize = CHANNELS * SPATIAL;
    const CHANNELS: usize = CHANNELS;

    fn collect<S: Simd, const L: usize>(self, simd: S, pass: &Pass, input: &[T], statistics: &mut [T]) {
        let (means, variances) = statistics.split_at_mut(CHANNELS);
        let count = T::from_f64((pass.real * SPATIAL) as f64);
        let mask = mask::<T, L>(pass);
        in_lanes!(T, S, L, simd => {
            for (channel, values) in input.chunks_exact(SPATIAL * L).enumerate() {
                means[channel] = batch_norm::sum::<T, S, L>(simd, values, &mask) / count;
                variances[channel] = batch_norm::squares::<T, S, L>(simd, values, means[channel], &mask) / count;
            }
        });
    }

    fn forward<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        statistics: &[T],
        input: &[T],
        output: &mut [T],
        activation: A,
    ) {
        in_lanes!(T, S, L, simd => {
            let images = input.chunks_exact(SPATIAL * L).zip(output.chunks_exact_mut(SPATIAL * L));
            for (channel, (input, output)) in images.enumerate() {
                let (scale, shift) = self.affine(pass, parameters, statistics, channel);
                batch_norm::affine::<T, S, A>(simd, input, output, [scale, shift], activation);
            }
        });
    }

    fn infer<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        parameters: &[T],
        values: &mut [T],
        activation: A,
    ) {
        in_lanes!(T, S, L, simd => {
            for (channel, values) in values.chunks_exact_mut(SPATIAL * L).enumerate() {
                let (scale, shift) = self.affine(&Pass::inference(L), parameters, &[], channel);
                batch_norm::affine_in_place::<T, S, A>(simd, values, [scale, shift], activation);
            }
        });
    }

    fn backward_collect<S: Simd, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        statistics: &[T],
        input: &[T],
        output_gradient: &[T],
        sums: &mut [T],
        gradient: Option<&mut [T]>,
    ) {
        let (plain, products) = sums.split_at_mut(CHANNELS);
        in_lanes!(T, S, L, simd => {
            let images = input.chunks_exact(SPATIAL * L).zip(output_gradient.chunks_exact(SPATIAL * L));
            for (channel, (input, gradient)) in images.enumerate() {
                let (mean, inverse_deviation) = self.normalisation(pass, parameters, statistics, channel);
                let (sum, product) = batch_norm::gradient_sums::<T, S>(simd, input, gradient, mean);
                plain[channel] = sum;
                products[channel] = product * inverse_deviation;
            }
        });
        if let Some(gradient) = gradient {
            if pass.overwrite {
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
        simd: S,
        pass: &Pass,
        parameters: &[T],
        statistics: &[T],
        sums: &[T],
        input: &[T],
        gradient: &mut [T],
    ) {
        // Running statistics do not depend on the batch: only in training do the sums reach the gradient.
        let share = if pass.training { T::ONE / T::from_f64((pass.batch * SPATIAL) as f64) } else { T::ZERO };
        let mask = mask::<T, L>(pass);
        in_lanes!(T, S, L, simd => {
            let images = input.chunks_exact(SPATIAL * L).zip(gradient.chunks_exact_mut(SPATIAL * L));
            for (channel, (input, gradient)) in images.enumerate() {
                let (mean, inverse_deviation) = self.normalisation(pass, parameters, statistics, channel);
                let scale = parameters[channel] * inverse_deviation;
                // dx = scale (dy - sum(dy) / m - (x - mean) / deviation * sum(dy (x - mean) / deviation) / m)
                let slope = T::ZERO - scale * inverse_deviation * sums[CHANNELS + channel] * share;
                let constant = T::ZERO - scale * sums[channel] * share - slope * mean;
                batch_norm::combine::<T, S, L>(simd, input, gradient, [scale, slope, constant], &mask);
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

    use super::super::Identity;
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
            let mut run = |parameters: &[f64], input: &[f64]| {
                norm.collect::<S, L>(simd, &pass, input, &mut statistics);
                let mut output = vec![f64::NAN; NUMBERS * L];
                norm.forward::<S, _, L>(simd, &pass, parameters, &statistics, input, &mut output, Identity);
                (output, statistics)
            };
            let (_, statistics) = run(&parameters, &input);
            let (mut sums, mut gradient, mut input_gradient) = ([0.0; 6], [0.0; 12], weights.clone());
            let into = Some(&mut gradient[..]);
            norm.backward_collect::<S, L>(simd, &pass, &parameters, &statistics, &input, &weights, &mut sums, into);
            norm.backward::<S, L>(simd, &pass, &parameters, &statistics, &sums, &input, &mut input_gradient);

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
        BatchNorm::<1, 1>::new().infer::<_, _, 4>(pulp::Scalar::new(), &parameters, &mut values, Identity);
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
}
