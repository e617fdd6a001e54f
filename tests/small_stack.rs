//! Nothing large moves over the stack: networks are trained in a debug build on a thread with 128 KiB of it.

use castnet::losses::SoftmaxCrossEntropy;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;
use rand::{SeedableRng, rngs::StdRng};

network! {
    /// LeNet-5.
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
    /// A wide perceptron: 2.7 MB of parameters.
    struct Wide {
        input: [784],
        dense(512), relu,
        dense(512), relu,
        dense(10),
    }
}

const STACK: usize = 128 * 1024;

/// Trains a few steps on two samples that differ, and returns the first and the last loss.
fn train<N: Network<Scalar = f32, Input = [f32; 784], Output = [f32; 10]>>() -> (f64, f64)
where
    SoftmaxCrossEntropy: castnet::losses::Loss<N, Target = usize>,
{
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(|| {
        let network = N::init(&mut StdRng::seed_from_u64(1));
        let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default());
        let mut inputs = vec![[0.0; 784]; 2];
        inputs[0][..392].fill(1.0);
        inputs[1][392..].fill(1.0);
        let first = trainer.step(&inputs, &[3, 7]).unwrap().loss;
        trainer.step(&inputs, &[3, 7]).unwrap();
        let last = trainer.step(&inputs, &[3, 7]).unwrap().loss;
        assert!(trainer.predict(&inputs[0]).iter().all(|logit| logit.is_finite()));
        (first, last)
    });
    thread.unwrap().join().unwrap()
}

#[test]
fn lenet_trains_on_a_small_stack() {
    let (first, last) = train::<LeNet5>();
    assert!(last < first, "{first} then {last}");
}

#[test]
fn a_wide_perceptron_trains_on_a_small_stack() {
    let (first, last) = train::<Wide>();
    assert!(last < first, "{first} then {last}");
}
