//! Ten epochs of LeNet-5 on MNIST, from reading the files to the last step.

use std::time::Instant;

use castnet::prelude::*;
use castnet::data::Mnist;
use castnet::losses::SoftmaxCrossEntropy;
use castnet::optimizers::Adam;
use castnet::schedules::CosineDecay;
use castnet::train::{FitOptions, Progress, Trainer};
use rand::{SeedableRng, rngs::StdRng};

use crate::work::LeNet5;

const EPOCHS: usize = 10;
const BATCH: usize = 128;

/// Prints one line of JSON: the seconds of reading and of training, the samples per second of both together, and the part
/// of the 10,000 test digits that the network then knows.
pub fn run(folder: &str) {
    let start = Instant::now();
    let Mnist { train, test } = Mnist::<f32>::load(folder).unwrap_or_else(|error| panic!("{error}"));
    let load = start.elapsed().as_secs_f64();

    let steps = EPOCHS * train.len().div_ceil(BATCH);
    let mut trainer = Trainer::new(LeNet5::init(&mut StdRng::seed_from_u64(1)), SoftmaxCrossEntropy, Adam::default())
        .schedule(CosineDecay { from: 2e-3, to: 0.0, steps: steps as u64 })
        .batch_capacity(BATCH);
    let options = FitOptions::new(EPOCHS).batch_size(BATCH).progress(Progress::Silent);
    trainer.fit(&train, options).unwrap_or_else(|error| panic!("{error}"));
    let seconds = start.elapsed().as_secs_f64();

    let rate = (EPOCHS * train.len()) as f64 / seconds;
    let evaluation = trainer.evaluate(&test).unwrap_or_else(|error| panic!("{error}"));
    let accuracy = evaluation.accuracy.expect("digits are classes");
    println!(
        "{{\"epochs\": {EPOCHS}, \"batch\": {BATCH}, \"load_seconds\": {load:.4}, \"seconds\": {seconds:.4}, \
         \"samples_per_second\": {rate:.1}, \"test_accuracy\": {accuracy:.4}}}"
    );
}
