//! The reference work: small networks as they are used, on one thread.
//!
//! ```sh
//! cargo bench --bench reference_work
//! ```
//!
//! Inference (W1 to W3) is by sample, training (W4 to W9) by step: gathering the batch, forward, loss, backward, Adam.

use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::{Network, Predictor, network};
use divan::{Bencher, black_box, counter::ItemsCount};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// W1 and W8: a controller.
    struct Controller { input: [17], dense(64), tanh, dense(64), tanh, dense(6) }
}

network! {
    /// W2 and W4: a perceptron for digits.
    struct Perceptron { input: [784], dense(128), relu, dense(10) }
}

network! {
    /// W3 and W5: LeNet-5.
    struct LeNet5 {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        fc1: dense(120), relu,
        fc2: dense(84), relu,
        logits: dense(10),
    }
}

network! {
    /// W6: small colour images, normalised over the batch.
    struct Colour {
        input: [3, 32, 32],
        conv2d(16, kernel = 3, padding = same), batch_norm, relu,
        conv2d(16, kernel = 3, padding = same), batch_norm, relu,
        max_pool2d(2),
        conv2d(32, kernel = 3, padding = same), batch_norm, relu,
        max_pool2d(2),
        flatten,
        dense(10),
    }
}

network! {
    /// W7: a function of the plane.
    struct Surface { input: [2], dense(32), tanh, dense(32), tanh, dense(1) }
}

network! {
    /// W9: a small network whose batch is all its data.
    struct FullBatch { input: [4], dense(32), tanh, dense(16), tanh, dense(4) }
}

fn main() {
    divan::main();
}

fn network<N: Network>() -> Box<N> {
    N::init(&mut StdRng::seed_from_u64(1))
}

fn samples<const LEN: usize>(count: usize) -> Vec<[f32; LEN]> {
    let mut rng = StdRng::seed_from_u64(2);
    (0..count).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect()
}

fn labels(count: usize) -> Vec<usize> {
    (0..count).map(|sample| sample * 7 % 10).collect()
}

fn predict<N: Network<Scalar = f32, Input = [f32; IN]>, const IN: usize>(bencher: Bencher<'_, '_>) {
    let network = network::<N>();
    let mut predictor = Predictor::new(&*network);
    let inputs = samples::<IN>(1);
    bencher.bench_local(|| predictor.predict(black_box(&inputs[0])));
}

fn predict_batch<N, const IN: usize, const OUT: usize>(bencher: Bencher<'_, '_>)
where
    N: Network<Scalar = f32, Input = [f32; IN], Output = [f32; OUT]>,
{
    let network = network::<N>();
    let mut predictor = Predictor::new(&*network);
    let (inputs, mut outputs) = (samples::<IN>(64), vec![[0.0; OUT]; 64]);
    bencher
        .counter(ItemsCount::new(64_usize))
        .bench_local(|| predictor.predict_batch(black_box(&inputs), black_box(&mut outputs)));
}

fn train<N, C, const IN: usize>(bencher: Bencher<'_, '_>, loss: C, targets: &[C::Target])
where
    N: Network<Scalar = f32, Input = [f32; IN]>,
    C: Loss<N>,
{
    let inputs = samples::<IN>(targets.len());
    let mut trainer = Trainer::new(network::<N>(), loss, Adam::default()).batch_capacity(targets.len());
    bencher.counter(ItemsCount::new(targets.len())).bench_local(|| trainer.step(black_box(&inputs), targets).unwrap());
}

#[divan::bench]
fn w1_controller_batch_1(bencher: Bencher<'_, '_>) {
    predict::<Controller, 17>(bencher);
}

#[divan::bench]
fn w2_perceptron_batch_1(bencher: Bencher<'_, '_>) {
    predict::<Perceptron, 784>(bencher);
}

#[divan::bench]
fn w2_perceptron_batch_64(bencher: Bencher<'_, '_>) {
    predict_batch::<Perceptron, 784, 10>(bencher);
}

#[divan::bench]
fn w3_lenet_batch_1(bencher: Bencher<'_, '_>) {
    predict::<LeNet5, 784>(bencher);
}

#[divan::bench]
fn w3_lenet_batch_64(bencher: Bencher<'_, '_>) {
    predict_batch::<LeNet5, 784, 10>(bencher);
}

#[divan::bench]
fn w4_perceptron_step_32(bencher: Bencher<'_, '_>) {
    train::<Perceptron, _, 784>(bencher, SoftmaxCrossEntropy, &labels(32));
}

#[divan::bench(args = [32, 128])]
fn w5_lenet_step(bencher: Bencher<'_, '_>, batch: usize) {
    train::<LeNet5, _, 784>(bencher, SoftmaxCrossEntropy, &labels(batch));
}

#[divan::bench]
fn w6_colour_step_32(bencher: Bencher<'_, '_>) {
    train::<Colour, _, 3072>(bencher, SoftmaxCrossEntropy, &labels(32));
}

#[divan::bench]
fn w7_surface_step_64(bencher: Bencher<'_, '_>) {
    train::<Surface, _, 2>(bencher, MeanSquaredError, &samples::<1>(64));
}

#[divan::bench]
fn w8_controller_step_64(bencher: Bencher<'_, '_>) {
    train::<Controller, _, 17>(bencher, MeanSquaredError, &samples::<6>(64));
}

#[divan::bench]
fn w9_full_batch_epoch(bencher: Bencher<'_, '_>) {
    train::<FullBatch, _, 4>(bencher, MeanSquaredError, &samples::<4>(10_000));
}
