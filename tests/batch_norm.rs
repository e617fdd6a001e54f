//! Batch norm in a trainer: what is frozen stays, and what has no variance is refused.

use castnet::losses::MeanSquaredError;
use castnet::optimizers::{Adam, Grouped, InPlace, InPlaceState, Optimizer, ParameterGroup, Rule as _, Sgd};
use castnet::train::{FitFault, FitOptions, Learner, Progress, Room, Trainer};
use castnet::{Error, Segment, prelude::*};
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

/// Twice the same network: frozen in its declaration, and by a group of parameters.
mod frozen {
    castnet::network! {
        pub struct Declared<f64> {
            input: [2],
            first: dense(3), #[frozen] norm: batch_norm, tanh,
            second: dense(4), other: batch_norm,
            last: dense(1),
        }
    }

    castnet::network! {
        pub struct AtRunTime<f64> {
            input: [2],
            first: dense(3), norm: batch_norm, tanh,
            second: dense(4), other: batch_norm,
            last: dense(1),
        }
    }
}

use frozen::{AtRunTime, Declared};

/// Both, with the same numbers, and running statistics that no batch would have.
fn declared_and_at_run_time() -> (Box<Declared>, Box<AtRunTime>) {
    let mut declared = Declared::init(&mut StdRng::seed_from_u64(2));
    declared.norm.running_mean = [1.0, -2.0, 0.5].into();
    declared.norm.running_variance = [4.0, 0.25, 1.0].into();
    let mut at_run_time = castnet::bytemuck::zeroed_box::<AtRunTime>();
    at_run_time.parameters_mut().copy_from_slice(declared.parameters());
    (declared, at_run_time)
}

/// Several lane groups, of which the last is not full.
fn data() -> Vec<([f64; 2], [f64; 1])> {
    let point = |index: usize| [(index * 7 % 11) as f64 / 4.0, (index * 5 % 13) as f64 / 4.0 - 1.5];
    (0..37).map(point).map(|[x, y]| ([x, y], [0.3 * x - 0.2 * y + 0.1 * x * y])).collect()
}

const SGD: Sgd = Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.0 };

fn with_frozen_norm() -> Grouped<Sgd> {
    SGD.group(ParameterGroup::named("norm.*").frozen())
}

fn assert_close(found: &AtRunTime, expected: &Declared) {
    assert_eq!(found.norm.running_mean.as_slice(), [1.0, -2.0, 0.5]);
    assert_eq!(found.norm.running_variance.as_slice(), [4.0, 0.25, 1.0]);
    for (place, (found, expected)) in found.parameters().iter().zip(expected.parameters()).enumerate() {
        assert!((found - expected).abs() < 1e-10, "{place}: {found}, {expected}");
    }
}

fn options<N: Network>() -> FitOptions<'static, N, [f64; 1]> {
    FitOptions::new(5).batch_size(33).progress(Progress::Silent)
}

#[test]
fn frozen_by_a_group_it_learns_as_frozen_by_its_declaration() {
    for threads in [1, 2] {
        let (declared, at_run_time) = declared_and_at_run_time();
        let before = *declared;
        let mut declared = Trainer::new(declared, MeanSquaredError, SGD).threads(threads).unwrap();
        let mut at_run_time = Trainer::new(at_run_time, MeanSquaredError, with_frozen_norm()).threads(threads).unwrap();
        declared.fit(&data(), options()).unwrap();
        at_run_time.fit(&data(), options()).unwrap();
        assert_close(at_run_time.network(), declared.network());
        assert_ne!(at_run_time.network().first.weight, before.first.weight);
        assert_ne!(at_run_time.network().other.running_mean, before.other.running_mean);
    }
}

#[test]
fn what_is_frozen_needs_no_second_sample() {
    let (_, network) = declared_and_at_run_time();
    let both = Grouped::new(SGD).group(ParameterGroup::named("*.running_*").frozen());
    let mut trainer = Trainer::new(network, MeanSquaredError, with_frozen_norm());
    let one = vec![data()[0]];
    let (inputs, targets) = ([one[0].0], [one[0].1]);
    let error = trainer.step(&inputs, &targets).unwrap_err();
    assert!(matches!(error, Error::OneSample { layer: "other" }), "{error}");
    *trainer.optimizer_mut() = both;
    let before = *trainer.network();
    trainer.step(&inputs, &targets).unwrap();
    trainer.fit(&one, FitOptions::new(1).progress(Progress::Silent)).unwrap();
    // Of these layers the statistics are frozen, and not the rest.
    assert_eq!(trainer.network().other.running_variance, before.other.running_variance);
    assert_ne!(trainer.network().other.bias, before.other.bias);
}

/// Frozen without a heap, for which there are no groups.
struct FrozenNorm;

type Rule = InPlace<Sgd, 1>;

impl Optimizer<AtRunTime> for FrozenNorm {
    type State = InPlaceState<AtRunTime, Sgd, 1>;
    const DEFAULT_RATE: f64 = 0.01;

    fn start(&self) -> Self::State {
        castnet::zeroed()
    }

    fn step(&self, state: &mut Self::State, network: &mut AtRunTime, gradient: &AtRunTime, rate: f64) {
        let norm = network.norm;
        let rule: Rule = InPlace(SGD);
        Optimizer::<AtRunTime>::step(&rule, state, network, gradient, rate);
        network.norm = norm;
    }

    fn is_frozen(&self, segment: &Segment) -> bool {
        segment.name.starts_with("norm.")
    }
}

#[test]
fn without_a_heap_it_is_frozen_too() {
    let (declared, mut at_run_time) = declared_and_at_run_time();
    let (inputs, targets): (Vec<_>, Vec<_>) = data().into_iter().take(15).unzip();
    let mut declared = Trainer::new(declared, MeanSquaredError, SGD).schedule(0.1);
    let mut room = Room::<AtRunTime, _, 16>::new(FrozenNorm.start());
    let mut learner = Learner::new(&mut *at_run_time, &mut room, MeanSquaredError, FrozenNorm, 0.1);
    for _ in 0..20 {
        declared.step(&inputs, &targets).unwrap();
        learner.step(&inputs, &targets).unwrap();
    }
    assert_close(&at_run_time, declared.network());
}
