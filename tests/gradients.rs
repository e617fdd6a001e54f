//! Gradients of whole networks against central differences, in f64: every layer and loss, over shapes that include 1, odd
//! sizes, sizes that are no multiple of a register, strides and padding.

use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::{check_gradients, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Largest relative error between a gradient and its central difference.
const TOLERANCE: f64 = 1e-7;

/// Checks a network in lane groups of 1, 8 (full), 16 and 32 (partly masked).
fn check<N, C, const IN: usize>(loss: C, target: impl Fn(usize) -> C::Target)
where
    N: Network<Scalar = f64, Input = [f64; IN]>,
    C: Loss<N>,
{
    let mut rng = StdRng::seed_from_u64(4);
    let mut network = N::init(&mut rng);
    // Biases and running statistics that are not at their start.
    network.parameters_mut().iter_mut().for_each(|value| *value += rng.random_range(0.01..0.1));
    let inputs: Vec<[f64; IN]> = (0..8).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let targets: Vec<C::Target> = (0..8).map(target).collect();
    if N::STAGES == 1 {
        // One sample alone has no batch to be normalised with.
        assert_right::<N, C, 1>(&network, &loss, &inputs[..1], &targets[..1]);
    }
    assert_right::<N, C, 8>(&network, &loss, &inputs, &targets);
    assert_right::<N, C, 16>(&network, &loss, &inputs[..5], &targets[..5]);
    assert_right::<N, C, 32>(&network, &loss, &inputs[..3], &targets[..3]);
}

fn assert_right<N: Network<Scalar = f64>, C: Loss<N>, const L: usize>(
    network: &N,
    loss: &C,
    inputs: &[N::Input],
    targets: &[C::Target],
) {
    let check = check_gradients::<N, C, L>(network, loss, inputs, targets).unwrap();
    assert!(check.worst().1 <= TOLERANCE, "{} with {L} lanes: {check:?}", N::NAME);
    assert!(check.relative_errors.len() > 1, "{} has parameters", N::NAME);
}

fn class(classes: usize) -> impl Fn(usize) -> usize {
    move |sample| (sample * 2 + 1) % classes
}

fn values<const OUT: usize>(sample: usize) -> [f64; OUT] {
    std::array::from_fn(|output| (sample as f64 - 2.0) / 3.0 + output as f64 / 5.0)
}

network! {
    /// One number in, one out.
    struct Smallest<f64> {
        input: [1],
        dense(1),
    }
}

network! {
    /// Odd sizes.
    struct Perceptron<f64> {
        input: [7],
        dense(13), tanh,
        dense(9, bias = false), sigmoid,
        dense(17), leaky_relu(0.2),
        dense(3),
    }
}

network! {
    /// Softmax as a layer.
    struct Probabilities<f64> {
        input: [4],
        tanh,
        dense(5), softmax,
        dense(2),
    }
}

#[test]
fn perceptrons() {
    check::<Smallest, _, 1>(MeanSquaredError, values::<1>);
    check::<Perceptron, _, 7>(MeanSquaredError, values::<3>);
    check::<Perceptron, _, 7>(SoftmaxCrossEntropy, class(3));
    check::<Probabilities, _, 4>(MeanSquaredError, values::<2>);
}

network! {
    /// LeNet-5 in small.
    struct SmallLeNet<f64> {
        input: [1, 12, 12],
        conv2d(3, kernel = 3), relu,
        max_pool2d(2),
        conv2d(5, kernel = 2), relu,
        max_pool2d(2),
        flatten,
        dense(11), relu,
        dense(4),
    }
}

network! {
    /// Strides 2 and 3, padding, kernels that are not square.
    struct Strides<f64> {
        input: [2, 11, 10],
        conv2d(3, kernel = [3, 2], stride = [2, 1], padding = [1, 0]), tanh,
        conv2d(7, kernel = 3, stride = 3, padding = 1, bias = false, rounding = floor), sigmoid,
        avg_pool2d(2, stride = 1, rounding = floor),
        flatten,
        dense(2),
    }
}

network! {
    /// `same` with odd and even kernels; windows of pooling that overlap.
    struct Same<f64> {
        input: [1, 5, 7],
        conv2d(2, kernel = 5, padding = same), leaky_relu,
        conv2d(3, kernel = 2, padding = same), tanh,
        max_pool2d([3, 2], stride = [1, 2], rounding = floor),
        conv2d(1, kernel = 1),
        flatten,
    }
}

#[test]
fn convolutions() {
    check::<SmallLeNet, _, 144>(SoftmaxCrossEntropy, class(4));
    check::<Strides, _, 220>(MeanSquaredError, values::<2>);
    check::<Same, _, 35>(MeanSquaredError, values::<9>);
}

network! {
    /// Statistics of channels and of features.
    struct Normalised<f64> {
        input: [2, 5, 4],
        conv2d(3, kernel = 2), batch_norm, relu,
        flatten,
        dense(6), batch_norm, tanh,
        dense(3),
    }
}

network! {
    /// Batch norm first, dropout after activations and pooling.
    struct Dropped<f64> {
        input: [1, 6, 6],
        batch_norm,
        conv2d(4, kernel = 3, padding = same), tanh,
        dropout(0.3),
        max_pool2d(2),
        dropout(0.4),
        flatten,
        dense(5), sigmoid, dropout(0.5),
        dense(2),
    }
}

#[test]
fn batch_norm_and_dropout() {
    check::<Normalised, _, 40>(SoftmaxCrossEntropy, class(3));
    check::<Dropped, _, 36>(MeanSquaredError, values::<2>);
}

network! {
    /// A frozen layer between others.
    struct Frozen<f64> {
        input: [6],
        first: dense(5), tanh,
        #[frozen]
        second: dense(4), tanh,
        third: dense(2),
    }
}

#[test]
fn gradients_pass_through_frozen_layers() {
    check::<Frozen, _, 6>(MeanSquaredError, values::<2>);
    let mut gradient = castnet::bytemuck::zeroed_box::<Frozen>();
    let mut trace = castnet::bytemuck::zeroed_box::<<Frozen as Network>::Trace<1>>();
    let network = Frozen::init(&mut StdRng::seed_from_u64(1));
    let pass = castnet::Pass::training(1);
    castnet::Trace::input_mut(&mut *trace).fill(0.5);
    network.forward(&mut trace, &pass);
    castnet::Trace::output_and_gradient(&mut *trace).1.fill(1.0);
    network.backward(&mut trace, &pass, &mut gradient);
    assert!(gradient.second.weight.iter().all(|&slope| slope == 0.0));
    assert!(gradient.first.weight.iter().any(|&slope| slope != 0.0));
}
