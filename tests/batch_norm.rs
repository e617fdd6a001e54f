//! Batch norm in a trainer: what is frozen stays, and what has no variance is refused.

use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::train::{FitFault, FitOptions, Trainer};
use castnet::{Error, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

network! {
    struct Transfer {
        input: [2],
        #[frozen] features: residual(project) { dense(3), norm: batch_norm },
        relu,
        dense(1),
    }
}

const INPUTS: [[f32; 2]; 3] = [[5.0, 2.0], [6.0, 1.0], [7.0, 3.0]];
const TARGETS: [[f32; 1]; 3] = [[0.0], [1.0], [2.0]];

#[test]
fn frozen_batch_norm_keeps_its_statistics_and_goes_by_them() {
    let mut network = Transfer::init(&mut StdRng::seed_from_u64(1));
    network.features.norm.running_mean = [1.0, -2.0, 0.5].into();
    network.features.norm.running_variance = [4.0, 0.25, 1.0].into();
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
    let before = *trainer.network();
    // A batch of one: nothing here needs the others.
    trainer.step(&INPUTS[..1], &TARGETS[..1]).unwrap();
    for _ in 0..50 {
        trainer.step(&INPUTS, &TARGETS).unwrap();
    }
    assert_eq!(trainer.network().features.norm.running_mean, before.features.norm.running_mean);
    assert_eq!(trainer.network().features.norm.running_variance, before.features.norm.running_variance);
    assert_ne!(trainer.network().dense1.weight, before.dense1.weight);
    // Training and inference see one network: with a rate of zero the loss of a step is that of the predictions.
    let mut trainer = Trainer::new(Box::new(*trainer.network()), MeanSquaredError, Adam::default()).schedule(0.0);
    let loss = trainer.step(&INPUTS, &TARGETS).unwrap().loss;
    let mean: f64 = INPUTS
        .iter()
        .zip(TARGETS)
        .map(|(input, [target])| f64::from(trainer.network().predict(input)[0] - target).powi(2) / 3.0)
        .sum();
    assert!((loss - mean).abs() < 1e-5 * mean.max(1.0), "{loss} in training, {mean} at inference");
}

network! {
    struct Normed {
        input: [2],
        dense(3), norm: batch_norm, relu,
        dense(1),
    }
}

#[test]
fn a_batch_of_one_sample_of_features_is_an_error() {
    let network = Normed::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
    let before = *trainer.network();
    let error = trainer.step(&INPUTS[..1], &TARGETS[..1]).unwrap_err();
    assert!(matches!(error, Error::OneSample { layer: "norm" }), "{error}");
    assert!(error.to_string().starts_with("`norm` normalises each feature over the batch"), "{error}");
    // Three samples by two leave one over, which is found before the first step.
    let data: Vec<_> = INPUTS.into_iter().zip(TARGETS).collect();
    let error = trainer.fit(&data, FitOptions::new(1).batch_size(2)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::OneSample { .. })), "{error}");
    assert_eq!(trainer.network().parameters(), before.parameters());
    trainer.fit(&data, FitOptions::new(1).batch_size(3)).unwrap();
}

network! {
    struct OfImages {
        input: [1, 2, 3],
        batch_norm,
        flatten, dense(1),
    }
}

#[test]
fn one_image_has_a_variance_of_its_own() {
    let network = OfImages::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
    trainer.step(&[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], &[[1.0]]).unwrap();
    assert_eq!(OfImages::NEEDS_TWO_SAMPLES, None);
}

network! {
    struct Constant {
        input: [1],
        norm: batch_norm,
        dense(1),
    }
}

#[test]
fn a_constant_feature_comes_out_as_the_bias() {
    for (constant, samples) in [(100.1, 3), (100_000.3, 17), (33_000_000.0, 40), (1e6, 33)] {
        let mut network = Constant::init(&mut StdRng::seed_from_u64(1));
        network.norm.bias[0] = 0.25;
        network.dense1.weight[0] = 1.0;
        network.dense1.bias[0] = 0.0;
        let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default()).schedule(0.0);
        let report = trainer.step(&vec![[constant]; samples], &vec![[0.25]; samples]).unwrap();
        assert_eq!(report.loss, 0.0, "{constant}");
    }
}
