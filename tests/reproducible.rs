//! The same samples and seed give the same network, to the last bit, on any number of threads.

use castnet::data::Images;
use castnet::losses::SoftmaxCrossEntropy;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::{FitOptions, Progress, Trainer};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// LeNet-5 on smaller images.
    struct LeNet5 {
        input: [1, 16, 16],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        fc1: dense(20), relu,
        logits: dense(10),
    }
}

network! {
    /// Statistics of the whole batch, and random numbers.
    struct Normalised {
        input: [1, 16, 16],
        conv2d(4, kernel = 3, stride = 2, rounding = floor), batch_norm, relu,
        flatten,
        dropout(0.3),
        dense(10),
    }
}

/// More samples than a shard has, and a last batch and a last lane group that are not full.
fn noise() -> Images {
    let mut rng = StdRng::seed_from_u64(2);
    let pixels = (0..333 * 256).map(|_| rng.random()).collect();
    Images::new([1, 16, 16], pixels, (0..333).map(|image| image % 10).collect()).unwrap()
}

/// All bits of a network after two epochs, and those of its losses.
fn trained<N: Network<Scalar = f32>>(seed: u64, threads: usize) -> (Vec<u8>, Vec<[u64; 2]>) {
    let data = noise();
    let network = N::init(&mut StdRng::seed_from_u64(seed));
    let trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default()).seed(seed);
    let mut trainer = trainer.threads(threads).unwrap();
    let options = FitOptions::new(2).batch_size(300).validation(&data).progress(Progress::Silent);
    let history = trainer.fit(&data, options).unwrap();
    let losses = history.epochs.iter().map(|epoch| [epoch.training_loss, epoch.validation.as_ref().unwrap().loss]);
    (castnet::bytemuck::bytes_of(trainer.network()).to_vec(), losses.map(|pair| pair.map(f64::to_bits)).collect())
}

fn check<N: Network<Scalar = f32>>() {
    let expected = trained::<N>(1, 1);
    for threads in [1, 2, 3, 0] {
        assert!(trained::<N>(1, threads) == expected, "{} on {threads} threads", N::NAME);
    }
    assert!(trained::<N>(2, 1) != expected, "{} with another seed", N::NAME);
}

#[test]
fn a_convolutional_network() {
    check::<LeNet5>();
}

#[test]
fn batch_norm_and_dropout() {
    check::<Normalised>();
}
