//! The networks of the reference work, and numbers for them.

#![allow(dead_code)] // Not every benchmark uses all of it.

use castnet::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// W1 and W8: a controller.
    pub struct Controller { input: [17], dense(64), tanh, dense(64), tanh, dense(6) }
}

network! {
    /// W2 and W4: a perceptron for digits.
    pub struct Perceptron { input: [784], dense(128), relu, dense(10) }
}

network! {
    /// W3 and W5: LeNet-5.
    pub struct LeNet5 {
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
    pub struct Colour {
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
    pub struct Surface { input: [2], dense(32), tanh, dense(32), tanh, dense(1) }
}

network! {
    /// W9: a small network whose batch is all its data.
    pub struct FullBatch { input: [4], dense(32), tanh, dense(16), tanh, dense(4) }
}

/// A network with its usual first weights.
pub fn network<N: Network>() -> Box<N> {
    N::init(&mut StdRng::seed_from_u64(1))
}

/// Numbers from -1 to 1.
pub fn samples<const LEN: usize>(count: usize) -> Vec<[f32; LEN]> {
    let mut rng = StdRng::seed_from_u64(2);
    (0..count).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect()
}

/// Classes from 0 to 9.
pub fn labels(count: usize) -> Vec<usize> {
    (0..count).map(|sample| sample * 7 % 10).collect()
}
