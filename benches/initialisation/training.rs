//! One network, trained and tested.

use castnet::data::{Batches, Mnist, Samples};
use castnet::losses::{Loss, SoftmaxCrossEntropy};
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;

use super::rules::{Rule, initialised};
use super::tables::{Fold, Target};

/// Of each run the best of these is taken, by the validation loss.
pub const LEARNING_RATES: [f64; 3] = [1e-3, 3e-3, 1e-2];
/// The first of them is Adam's usual one.
pub const USUAL_RATE: usize = 0;

const BATCH_SIZE: usize = 16;
/// The batch size with MNIST.
const IMAGES_AT_ONCE: usize = 64;
const MOST_EPOCHS: usize = 200;
/// Epochs without a better validation loss after which training ends.
const PATIENCE: usize = 15;

/// What a network makes of a test.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub validation_loss: f64,
    /// The mean over the samples.
    pub loss: f64,
    /// The part of the samples that were classified correctly; 0 for regression.
    pub accuracy: f64,
}

/// Trains from `rule` until the validation loss has not become better for a while, and tests what was best.
pub fn train<N, C, const FEATURES: usize>(rule: &Rule, loss: C, fold: &Fold<FEATURES>, rate: f64, seed: u64) -> Outcome
where
    N: Network<Scalar = f32, Input = [f32; FEATURES]>,
    C: Loss<N, Target: Target>,
{
    let [training_targets, validation_targets, test_targets] =
        [&fold.training, &fold.validation, &fold.test].map(|part| part.targets::<C::Target>());
    let training = Samples::new(&fold.training.inputs, &training_targets).expect("a target for each input");
    let validation = Samples::new(&fold.validation.inputs, &validation_targets).expect("a target for each input");
    let test = Samples::new(&fold.test.inputs, &test_targets).expect("a target for each input");

    let mut trainer = Trainer::new(initialised::<N>(rule, seed), loss, Adam::default()).schedule(rate).seed(seed);
    let mut batches = Batches::new(&training, BATCH_SIZE).expect("there are samples");
    let mut best = Best { epoch: 0, loss: f64::INFINITY, network: initialised::<N>(rule, seed) };
    for epoch in 0..MOST_EPOCHS {
        batches.shuffle(seed, epoch as u64);
        while let Some(batch) = batches.next() {
            trainer.step_batch(&batch).expect("training does not diverge");
        }
        let loss = trainer.evaluate(&validation).expect("the samples were good in training").loss;
        if loss < best.loss {
            best.epoch = epoch;
            best.loss = loss;
            best.network.parameters_mut().copy_from_slice(trainer.network().parameters());
        } else if epoch - best.epoch >= PATIENCE {
            break;
        }
    }
    trainer.network_mut().parameters_mut().copy_from_slice(best.network.parameters());
    let evaluation = trainer.evaluate(&test).expect("the samples were good in training");
    let accuracy = evaluation.accuracy.unwrap_or(0.0);
    Outcome { validation_loss: best.loss, loss: evaluation.loss, accuracy }
}

/// The network at the epoch with the least validation loss.
struct Best<N> {
    epoch: usize,
    loss: f64,
    network: Box<N>,
}

/// Trains on images for an epoch at Adam's usual rate; the part of the test that is wrong.
pub fn train_on_images<N: Network<Scalar = f32>>(rule: &Rule, mnist: &Mnist, seed: u64) -> f64 {
    let network = initialised::<N>(rule, seed);
    let mut trainer =
        Trainer::new(network, SoftmaxCrossEntropy, Adam::default()).schedule(LEARNING_RATES[USUAL_RATE]).seed(seed);
    let mut batches = Batches::new(&mnist.train, IMAGES_AT_ONCE).expect("there are images");
    batches.shuffle(seed, 0);
    while let Some(batch) = batches.next() {
        trainer.step_batch(&batch).expect("training does not diverge");
    }
    1.0 - trainer.evaluate(&mnist.test).expect("the images are finite").accuracy.expect("there are classes")
}
