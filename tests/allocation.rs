//! A training step and a prediction allocate nothing after construction.

use allocation_counter::measure;
use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::{Adam, Sgd};
use castnet::train::Trainer;
use castnet::{Network, Predictor, network};
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
    /// Layers that need the whole batch, and random numbers.
    struct Normalised<f64> {
        input: [2, 6, 6],
        conv2d(3, kernel = 3, padding = same),
        batch_norm, leaky_relu,
        avg_pool2d(2),
        flatten,
        dropout(0.5),
        dense(4), tanh,
        batch_norm, sigmoid,
        dense(2),
    }
}

#[test]
fn lenet_steps_and_predicts_without_allocation() {
    let mut trainer = Trainer::new(LeNet5::init(&mut StdRng::seed_from_u64(1)), SoftmaxCrossEntropy, Adam::default());
    let inputs: Vec<_> = (0..70).map(|sample| [sample as f32 / 70.0; 784]).collect();
    let targets: Vec<_> = (0..70).map(|sample| sample % 10).collect();
    let step = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
    });
    assert_eq!(step.count_total, 0);

    let network = trainer.into_network();
    let predict = measure(|| assert!(network.predict(&inputs[0]).iter().all(|logit| logit.is_finite())));
    assert_eq!(predict.count_total, 0);

    let mut predictor = Predictor::new(&*network);
    let mut outputs = vec![[0.0; 10]; 70];
    let predictions = measure(|| {
        predictor.predict(&inputs[0]);
        predictor.predict_batch(&inputs, &mut outputs);
    });
    assert_eq!(predictions.count_total, 0);
}

#[test]
fn batch_norm_and_dropout_step_without_allocation() {
    let mut trainer = Trainer::new(Normalised::init(&mut StdRng::seed_from_u64(1)), MeanSquaredError, Sgd::default());
    let inputs: Vec<_> = (0..50).map(|sample| [f64::from(sample) / 50.0; 72]).collect();
    let targets: Vec<_> = (0..50).map(|sample| [f64::from(sample) / 50.0, 0.5]).collect();
    let steps = measure(|| {
        trainer.step(&inputs, &targets).unwrap();
        trainer.step(&inputs[..33], &targets[..33]).unwrap();
    });
    assert_eq!(steps.count_total, 0);
    let predict = measure(|| {
        trainer.predict(&inputs[0]);
    });
    assert_eq!(predict.count_total, 0);
}
