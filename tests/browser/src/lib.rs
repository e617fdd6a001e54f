//! What a page calls: `train`, then `predict`.

use std::cell::RefCell;

use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;
use rand::{SeedableRng, rngs::StdRng};

network! {
    /// The exclusive or of two numbers.
    struct Xor {
        input: [2],
        dense(8), tanh,
        dense(1),
    }
}

thread_local! {
    /// What has been trained.
    static TRAINED: RefCell<Option<Trainer<Xor, MeanSquaredError, Adam>>> = const { RefCell::new(None) };
}

/// Trains XOR until its loss is small, in at most 5,000 steps; the steps that it took, or -1 if they were not enough.
#[unsafe(no_mangle)]
pub extern "C" fn train(seed: u32) -> i32 {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = [[0.0], [1.0], [1.0], [0.0]];
    let xor = Xor::init(&mut StdRng::seed_from_u64(u64::from(seed)));
    let mut trainer = Trainer::new(xor, MeanSquaredError, Adam::default()).schedule(0.02);
    let steps = (1..=5_000).find(|_| trainer.step(&inputs, &targets).is_ok_and(|report| report.loss < 1e-4));
    TRAINED.set(Some(trainer));
    steps.unwrap_or(-1)
}

/// What the trained network says of two numbers; NaN before `train`.
#[unsafe(no_mangle)]
pub extern "C" fn predict(first: f32, second: f32) -> f32 {
    TRAINED.with_borrow(|trained| match trained {
        Some(trainer) => trainer.network().predict(&[first, second])[0],
        None => f32::NAN,
    })
}
