//! Several networks as one, beside each of them alone.
//!
//! ```sh
//! cargo run --release --example ensembles
//! ```
//!
//! Four networks of three types, the mean of what they say, and those of them that are best together on 5,000 digits that none
//! was trained on; then one network, at the end of each cycle of its learning rate. 12 s of an AMD EPYC's time:
//!
//! | of 10000 test digits | accuracy | loss |
//! | --- | ---: | ---: |
//! | Small | 99.07 % | 0.0293 |
//! | Small, another seed | 99.01 % | 0.0289 |
//! | Normed | 98.67 % | 0.0371 |
//! | Perceptron | 97.75 % | 0.0705 |
//! | all four | 99.13 % | 0.0311 |
//! | chosen greedily, [5, 10, 3, 0] | 99.09 % | 0.0259 |
//! | Small, cycle 1 | 98.09 % | 0.0645 |
//! | Small, cycle 2 | 98.68 % | 0.0392 |
//! | Small, cycle 3 | 98.94 % | 0.0344 |
//! | Small, cycle 4 | 99.07 % | 0.0297 |
//! | Small, cycle 5 | 99.20 % | 0.0294 |
//! | all cycles | 99.02 % | 0.0338 |
//! | chosen greedily, [0, 0, 1, 4, 12] | 99.20 % | 0.0282 |
//!
//! The mean is better than its members are on average, but not than the best of them where the others are much worse: that is what
//! the choice is for.

use std::error::Error;
use std::path::Path;

use castnet::data::{Dataset, Images, Mnist};
use castnet::ensemble::Ensemble;
use castnet::losses::SoftmaxCrossEntropy;
use castnet::optimizers::Adam;
use castnet::schedules::{CosineDecay, CosineRestarts, Schedule};
use castnet::train::observers::{Observer, Snapshots};
use castnet::train::{Evaluation, FitOptions, Progress, Trainer, evaluate_predictions};
use castnet::{Predictor, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

network! {
    struct Small {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        fc1: dense(120), relu,
        logits: dense(10),
    }
}

network! {
    struct Normed {
        input: [1, 28, 28],
        conv1: conv2d(8, kernel = 3, padding = 1), batch_norm, relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 3, padding = 1), batch_norm, relu,
        max_pool2d(2),
        flatten,
        logits: dense(10),
    }
}

network! {
    struct Perceptron {
        input: [1, 28, 28],
        flatten,
        fc1: dense(128), relu,
        fc2: dense(64), relu,
        logits: dense(10),
    }
}

/// Of the 60,000, the last are for choosing.
const TRAINED: usize = 55_000;
const BATCH_SIZE: usize = 64;
const STEPS_IN_AN_EPOCH: usize = TRAINED.div_ceil(BATCH_SIZE);
const RATE: f64 = 2e-3;
const EPOCHS: usize = 3;
const CYCLES: usize = 5;

/// Trains a new network, and has `observer` take part.
fn train<N: Network<Scalar = f32>, H: Observer<N> + Clone>(
    seed: u64,
    data: &impl Dataset<Scalar = f32, Target = usize>,
    (epochs, rates): (usize, impl Schedule + 'static),
    observer: H,
) -> Result<(Box<N>, H), Box<dyn Error>> {
    let network = N::init(&mut StdRng::seed_from_u64(seed));
    let trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default()).schedule(rates).seed(seed).threads(0)?;
    let mut trainer = trainer.with_observers(observer);
    trainer.fit(data, FitOptions::new(epochs).batch_size(BATCH_SIZE).progress(Progress::Silent))?;
    let observer = trainer.observers().clone();
    Ok((trainer.into_network(), observer))
}

fn member<N: Network<Scalar = f32>>(
    seed: u64,
    data: &impl Dataset<Scalar = f32, Target = usize>,
) -> Result<Box<N>, Box<dyn Error>> {
    let rates = CosineDecay { from: RATE, to: 0.0, steps: (EPOCHS * STEPS_IN_AN_EPOCH) as u64 };
    Ok(train::<N, ()>(seed, data, (EPOCHS, rates), ())?.0)
}

type Of<'a> = Ensemble<'a, [f32; 784], [f32; 10]>;

/// A row of the table.
fn report(
    name: &str,
    predict: &mut impl Predict<Input = [f32; 784], Output = [f32; 10]>,
    test: &Images<f32>,
) -> Result<Evaluation, castnet::Error> {
    let evaluation = evaluate_predictions(predict, &SoftmaxCrossEntropy, test, &[])?;
    let accuracy = 100.0 * evaluation.accuracy.unwrap_or(0.0);
    println!("| {name} | {accuracy:.2} % | {:.4} |", evaluation.loss);
    Ok(evaluation)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mnist = Mnist::<f32>::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist"))?;
    let (data, validation) = mnist.train.split_at(TRAINED)?;
    println!("| of {} test digits | accuracy | loss |\n| --- | ---: | ---: |", mnist.test.len());

    let (small, other) = (member::<Small>(1, &data)?, member::<Small>(2, &data)?);
    let (normed, perceptron) = (member::<Normed>(3, &data)?, member::<Perceptron>(4, &data)?);
    let alone = [
        report("Small", &mut Predictor::new(&small), &mnist.test)?,
        report("Small, another seed", &mut Predictor::new(&other), &mnist.test)?,
        report("Normed", &mut Predictor::new(&normed), &mnist.test)?,
        report("Perceptron", &mut Predictor::new(&perceptron), &mnist.test)?,
    ];
    let mut ensemble = Of::of_probabilities()
        .with(Predictor::new(&small))
        .with(Predictor::new(&other))
        .with(Predictor::new(&normed))
        .with(Predictor::new(&perceptron));
    let mean = report("all four", &mut ensemble, &mnist.test)?;
    let selection = ensemble.select(&SoftmaxCrossEntropy, &validation, 20)?;
    let chosen = report(&format!("chosen greedily, {:?}", selection.counts), &mut ensemble, &mnist.test)?;

    let rates = CosineRestarts { from: RATE, to: 0.0, steps: STEPS_IN_AN_EPOCH as u64, growth: 1 };
    let snapshots = Snapshots::<Small>::every(STEPS_IN_AN_EPOCH as u64, CYCLES);
    let (_, snapshots) = train(5, &data, (CYCLES, rates), snapshots)?;
    let (mut together, mut cycles) = (Of::of_probabilities(), Vec::new());
    for (cycle, network) in snapshots.networks().enumerate() {
        cycles.push(report(&format!("Small, cycle {}", cycle + 1), &mut Predictor::new(network), &mnist.test)?);
        together.add(Predictor::new(network));
    }
    let mean_of_cycles = report("all cycles", &mut together, &mnist.test)?;
    let selection = together.select(&SoftmaxCrossEntropy, &validation, 20)?;
    report(&format!("chosen greedily, {:?}", selection.counts), &mut together, &mnist.test)?;

    // The loss is convex: that of a mean is less than the mean of the losses.
    let mean_loss = |all: &[Evaluation]| all.iter().map(|one| one.loss).sum::<f64>() / all.len() as f64;
    assert!(mean.loss < mean_loss(&alone) && mean_of_cycles.loss < mean_loss(&cycles), "the mean is no better");
    assert!(alone.iter().all(|one| chosen.loss < one.loss), "those that were chosen are no better than one");
    Ok(())
}
