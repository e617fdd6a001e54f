//! The reference work: small networks as they are used, on one thread.
//!
//! ```sh
//! cargo bench --bench reference_work
//! ```
//!
//! Inference (W1 to W3) is by sample, training (W4 to W9) by step: gathering the batch, forward, loss, backward, Adam.

mod work;

use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::{Predictor, prelude::*};
use divan::{Bencher, black_box, counter::ItemsCount};
use work::{Colour, Controller, FullBatch, LeNet5, Perceptron, Surface, labels, network, samples};

fn main() {
    divan::main();
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
