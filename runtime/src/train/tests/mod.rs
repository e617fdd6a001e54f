//! The trainer on a network written by hand.

mod fit;
mod observers;
mod resume;

use core::ops::ControlFlow;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::Error;
use crate::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use crate::metrics::{Accuracy, AnyMetric, Average, F1, MeanAbsoluteError, RSquared, TopAccuracy};
use crate::optimizers::{Adam, OptimizerState, Sgd};
use crate::prelude::*;
use crate::schedules::{CosineDecay, Function, StepDecay};
use crate::testing::Affine;

type Input = [f64; 3];
type Output = [f64; 2];

fn affine<const CENTRED: bool>() -> Box<Affine<CENTRED>> {
    Affine::init(&mut StdRng::seed_from_u64(1))
}

/// Samples of an affine function.
fn samples(count: usize) -> (Vec<Input>, Vec<Output>) {
    let mut rng = StdRng::seed_from_u64(2);
    let inputs: Vec<Input> = (0..count).map(|_| core::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let targets = inputs.iter().map(|[a, b, c]| [a - 2.0 * b + 0.5 * c, 3.0 * a + c]).collect();
    (inputs, targets)
}

fn pairs(count: usize) -> Vec<(Input, Output)> {
    let (inputs, targets) = samples(count);
    inputs.into_iter().zip(targets).collect()
}

/// The gradient of a first step of plain descent.
fn gradient<const CENTRED: bool, const L: usize>(count: usize) -> Vec<f64> {
    let (inputs, targets) = samples(count);
    let mut trainer = Trainer::<_, _, _, L>::with_lanes(affine::<CENTRED>(), MeanSquaredError, Sgd::default());
    trainer.step(&inputs, &targets).unwrap();
    trainer.gradient().parameters().to_vec()
}

/// The mean loss by the definition, for parameters moved by `shift` at `index`.
fn loss_at<const CENTRED: bool>(count: usize, index: usize, shift: f64) -> f64 {
    let (inputs, targets) = samples(count);
    let mut network = affine::<CENTRED>();
    network.parameters_mut()[index] += shift;
    let outputs: Vec<Output> = inputs.iter().map(|input| network.predict(input)).collect();
    let mean = |output: usize| outputs.iter().map(|values| values[output]).sum::<f64>() / count as f64;
    // The bias is zero, so the mean of the outputs is that of the products.
    let bias = |output: usize| network.parameters()[9 + output];
    let means = [0, 1].map(|output| if CENTRED { mean(output) - bias(output) } else { 0.0 });
    let error = |(values, target): (&Output, &Output)| {
        (0..2).map(|output| (values[output] - means[output] - target[output]).powi(2)).sum::<f64>()
    };
    outputs.iter().zip(&targets).map(error).sum::<f64>() / (2 * count) as f64
}

fn check_gradient<const CENTRED: bool, const L: usize>(count: usize) {
    let gradient = gradient::<CENTRED, L>(count);
    for index in (0..6).chain(9..11) {
        let difference = (loss_at::<CENTRED>(count, index, 1e-5) - loss_at::<CENTRED>(count, index, -1e-5)) / 2e-5;
        assert!((gradient[index] - difference).abs() < 1e-8, "{index}: {}, expected {difference}", gradient[index]);
    }
}

#[test]
fn gradients_of_batches_of_any_size_are_exact() {
    for count in [1, 2, 7, 8, 9, 50, 300] {
        check_gradient::<false, 1>(count);
        check_gradient::<false, 8>(count);
        check_gradient::<true, 1>(count);
        check_gradient::<true, 8>(count);
        check_gradient::<true, 16>(count);
    }
}

#[test]
fn statistics_of_the_batch_are_those_of_all_groups() {
    let (inputs, targets) = samples(37);
    let mut trainer = Trainer::<_, _, _, 8>::with_lanes(affine::<true>(), MeanSquaredError, Sgd::default());
    let mut network = *affine::<true>();
    trainer.step(&inputs, &targets).unwrap();
    let running = trainer.network().running();
    network.parameters_mut()[9..].fill(0.0);
    for output in 0..2 {
        let values: Vec<f64> = inputs.iter().map(|input| network.predict(input)[output]).collect();
        let mean = values.iter().sum::<f64>() / 37.0;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 37.0;
        assert!((running[output] - mean).abs() < 1e-12);
        assert!((running[2 + output] - variance).abs() < 1e-12);
    }
    assert_eq!(running[4], 37.0);
}

#[cfg(feature = "threads")]
fn check_threads<const CENTRED: bool>(count: usize) {
    let (inputs, targets) = samples(count);
    let data = pairs(count);
    let trained = |threads: usize| {
        let trainer = Trainer::<_, _, _, 8>::with_lanes(affine::<CENTRED>(), MeanSquaredError, Adam::default());
        let mut trainer = trainer.threads(threads).unwrap();
        let losses = [(); 3].map(|()| trainer.step(&inputs, &targets).unwrap().loss);
        let evaluation = trainer.evaluate_with(&data[..], &[&MeanAbsoluteError, &RSquared]).unwrap();
        (*trainer.into_network(), losses, evaluation)
    };
    let expected = trained(1);
    for threads in [2, 3, 16] {
        assert_eq!(trained(threads), expected, "{threads} threads, {count} samples");
    }
}

#[test]
#[cfg(feature = "threads")]
fn any_number_of_threads_gives_the_same_bits() {
    for count in [5, 100, 1_000, 3_333] {
        check_threads::<false>(count);
        check_threads::<true>(count);
    }
}

fn check_failure<const CENTRED: bool>(
    threads: usize,
    spoil: impl Fn(&mut Vec<Input>, &mut Vec<Output>),
    is_expected: fn(&Error) -> bool,
) {
    let _ = threads; // Only one without the feature.
    let (mut inputs, mut targets) = samples(100);
    let mut trainer = Trainer::<_, _, _, 8>::with_lanes(affine::<CENTRED>(), MeanSquaredError, Adam::default());
    #[cfg(feature = "threads")]
    if threads > 1 {
        trainer = trainer.threads(threads).unwrap();
    }
    trainer.step(&inputs, &targets).unwrap();
    let before = *trainer.network();
    spoil(&mut inputs, &mut targets);
    let error = trainer.step(&inputs, &targets).unwrap_err();
    assert!(is_expected(&error), "{error}");
    assert_eq!(*trainer.network(), before);
    assert_eq!(trainer.steps(), 1);

    let (inputs, targets) = samples(100);
    trainer.step(&inputs, &targets).unwrap();
    let mut untroubled = Trainer::<_, _, _, 8>::with_lanes(affine::<CENTRED>(), MeanSquaredError, Adam::default());
    untroubled.step(&inputs, &targets).unwrap();
    untroubled.step(&inputs, &targets).unwrap();
    assert_eq!(trainer.network(), untroubled.network());
}

fn check_failures<const CENTRED: bool>(threads: usize) {
    check_failure::<CENTRED>(
        threads,
        |inputs, _| inputs[99][1] = f64::NAN,
        |error| matches!(error, Error::NonFiniteInput { sample: 99, feature: 1, .. }),
    );
    check_failure::<CENTRED>(
        threads,
        |_, targets| targets[98][0] = f64::INFINITY,
        |error| matches!(error, Error::NonFiniteTarget { sample: 98, output: 0, .. }),
    );
    check_failure::<CENTRED>(
        threads,
        |_, targets| targets.truncate(99),
        |error| matches!(error, Error::LengthMismatch { inputs: 100, targets: 99 }),
    );
    check_failure::<CENTRED>(
        threads,
        |inputs, targets| {
            inputs.clear();
            targets.clear();
        },
        |error| matches!(error, Error::EmptyBatch),
    );
    check_failure::<CENTRED>(
        threads,
        |_, targets| targets[97][0] = 1e300,
        |error| matches!(error, Error::NonFiniteLoss { step: 1, .. }),
    );
}

#[test]
fn a_failed_step_leaves_everything_as_it_was() {
    for threads in [1, 3] {
        check_failures::<false>(threads);
        check_failures::<true>(threads);
    }
}

#[test]
fn a_learning_rate_must_be_a_number() {
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Adam::default()).schedule(-0.1);
    let error = trainer.step(&[[0.0; 3]], &[[0.0; 2]]).unwrap_err();
    assert!(matches!(error, Error::LearningRate { step: 0, .. }));
}

#[test]
fn fit_learns_and_keeps_a_history() {
    let data = pairs(130);
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Adam::default()).schedule(0.02);
    let options = FitOptions::new(200).batch_size(32).validation(&data[..100]).metric(&MeanAbsoluteError);
    let history = trainer.fit(&data[..], options.progress(Progress::Silent)).unwrap();
    assert_eq!(history.epochs.len(), 200);
    assert!(!history.stopped);
    assert_eq!(trainer.steps(), 200 * 5);
    let validation = history.last().validation.as_ref().unwrap();
    assert!(validation.loss < 1e-6 && validation.scores[0].value < 1e-3, "{validation:?}");
    assert_eq!(*validation, trainer.evaluate_with(&data[..100], &[&MeanAbsoluteError]).unwrap());
}

#[test]
fn a_callback_ends_the_fit() {
    let data = pairs(10);
    let mut trainer = Trainer::new(affine::<true>(), MeanSquaredError, Adam::default());
    let options = FitOptions::new(9)
        .progress(Progress::Silent)
        .on_epoch(|epoch, _| if epoch.number == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    let history = trainer.fit(&data[..], options).unwrap();
    assert!(history.stopped);
    assert_eq!(history.epochs.len(), 2);
}

#[test]
fn the_seed_decides_the_order_of_samples() {
    let data = pairs(50);
    let fit = |seed| {
        let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Adam::default()).seed(seed);
        trainer.fit(&data[..], FitOptions::new(2).batch_size(7).progress(Progress::Silent)).unwrap();
        *trainer.into_network()
    };
    assert_eq!(fit(3), fit(3));
    assert_ne!(fit(3), fit(4));
}

#[test]
fn a_second_fit_goes_on_where_the_first_one_ended() {
    let data = pairs(50);
    let trainer = || {
        let rates = CosineDecay { from: 0.05, to: 0.0, steps: 30 };
        Trainer::new(affine::<true>(), MeanSquaredError, Adam::default()).schedule(rates).seed(3)
    };
    let fit = |trainer: &mut Trainer<_, _, _>, epochs| {
        trainer.fit(&data, FitOptions::new(epochs).batch_size(8).progress(Progress::Silent)).unwrap()
    };
    let (mut whole, mut parts) = (trainer(), trainer());
    let history = fit(&mut whole, 4);
    let first = fit(&mut parts, 1);
    let second = fit(&mut parts, 3);
    assert_eq!(parts.network(), whole.network());
    assert_eq!(parts.steps(), 4 * 7);
    let losses = |history: &History| history.epochs.iter().map(|epoch| epoch.training_loss).collect::<Vec<_>>();
    assert_eq!([losses(&first), losses(&second)].concat(), losses(&history));
    assert_eq!(second.last().learning_rate, history.last().learning_rate);
}

#[test]
fn an_epoch_of_full_and_part_batches_weighs_every_sample_alike() {
    // Nothing moves, so that the mean over batches of 16 and 3 can be compared with that over all samples.
    let data = pairs(19);
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Sgd::default()).schedule(0.0);
    let options = FitOptions::new(1).batch_size(16).validation(&data).progress(Progress::Silent);
    let epoch = trainer.fit(&data, options).unwrap().last().clone();
    assert_eq!(*trainer.network(), *affine::<false>());
    assert!((epoch.training_loss - epoch.validation.unwrap().loss).abs() < 1e-14);
}

#[test]
fn a_trainer_moves_to_the_thread_that_needs_it_and_may_be_read_by_several() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}
    is_send_and_sync(&Trainer::new(affine::<true>(), MeanSquaredError, Adam::default()));
}

#[test]
fn a_copy_goes_on_as_the_original_would() {
    let (inputs, targets) = samples(40);
    let mut trainer = Trainer::new(affine::<true>(), MeanSquaredError, Adam::default()).seed(3);
    trainer.step(&inputs, &targets).unwrap();
    let mut copy = trainer.clone();
    assert_eq!(copy.gradient(), trainer.gradient());
    assert_eq!(format!("{copy:?}"), format!("{trainer:?}"));
    assert!(
        format!("{copy:?}").starts_with("Trainer { network: \"Affine\", steps: 1, epochs: 0, begun: None, seed: 3,")
    );
    let reports = [&mut trainer, &mut copy].map(|trainer| trainer.step(&inputs, &targets).unwrap());
    assert_eq!(reports[0], reports[1]);
    assert_eq!(trainer.network(), copy.network());
}

#[test]
fn a_trainer_goes_on_with_another_loss() {
    let (inputs, targets) = samples(40);
    let labels: Vec<usize> = (0..40).map(|sample| sample % 2).collect();
    let mut trainer = Trainer::new(affine::<true>(), MeanSquaredError, Adam::default());
    trainer.step(&inputs, &targets).unwrap();
    let mut trainer = trainer.with_loss(SoftmaxCrossEntropy);
    let report = trainer.step(&inputs, &labels).unwrap();
    assert_eq!((report.step, trainer.optimizer_state().steps()), (1, 2));
}

#[test]
fn the_learning_rate_is_changed_in_place() {
    let (inputs, targets) = samples(8);
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Adam::default()).schedule(0.5);
    assert_eq!(trainer.step(&inputs, &targets).unwrap().learning_rate, 0.5);
    trainer.set_schedule(Function(|step| step as f64));
    assert_eq!((trainer.rate().unwrap(), trainer.step(&inputs, &targets).unwrap().learning_rate), (1.0, 1.0));
    trainer.set_schedule(StepDecay { rate: 0.1, factor: 0.5, every: 0 });
    assert!(matches!(trainer.step(&inputs, &targets), Err(Error::Setting { setting: "every", .. })));
}

#[test]
fn classes_are_counted() {
    let data: Vec<(Input, usize)> =
        pairs(77).into_iter().map(|(input, [first, second])| (input, usize::from(second > first))).collect();
    let mut trainer = Trainer::new(affine::<false>(), SoftmaxCrossEntropy, Adam::default()).schedule(0.05);
    let options = FitOptions::new(60).validation(&data[..]).metric(&Accuracy).progress(Progress::Silent);
    let last = trainer.fit(&data[..], options).unwrap().last().clone();
    assert!(last.training_accuracy.unwrap() > 0.95);
    let validation = last.validation.unwrap();
    assert_eq!(validation.accuracy, Some(validation.scores[0].value));
}

#[test]
fn outputs_that_are_no_numbers_are_wrong() {
    let mut trainer = Trainer::new(affine::<false>(), SoftmaxCrossEntropy, Adam::default());
    trainer.network_mut().parameters_mut()[9] = f64::NAN;
    let data: Vec<(Input, usize)> = pairs(20).into_iter().map(|(input, _)| (input, 0)).collect();
    let metrics: [&dyn AnyMetric<f64, usize>; 3] = [&Accuracy, &TopAccuracy { best: 1 }, &F1(Average::Macro)];
    let evaluation = trainer.evaluate_with(&data, &metrics).unwrap();
    assert!(evaluation.loss.is_nan());
    assert_eq!(evaluation.accuracy, Some(0.0));
    assert!(evaluation.scores.iter().all(|score| score.value == 0.0), "{evaluation:?}");
}

#[test]
fn a_network_is_evaluated_without_a_trainer() {
    let data = pairs(333);
    let network = affine::<true>();
    let alone = evaluate(&network, &MeanSquaredError, &data, &[&MeanAbsoluteError, &RSquared]).unwrap();
    let mut trainer = Trainer::new(network, MeanSquaredError, Adam::default());
    assert_eq!(trainer.evaluate_with(&data, &[&MeanAbsoluteError, &RSquared]).unwrap(), alone);
    let names: Vec<&str> = alone.scores.iter().map(|score| score.metric.as_str()).collect();
    assert_eq!(names, ["mean absolute error", "R squared"]);
    assert!(matches!(evaluate(trainer.network(), &MeanSquaredError, &data[..0], &[]), Err(Error::EmptyDataset)));
}

#[test]
fn data_that_does_not_fit_is_an_error() {
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Adam::default());
    let wide = [([0.0_f64; 4], [0.0_f64; 2])];
    let error = trainer.fit(&wide[..], FitOptions::new(1)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::SampleShape { .. })));
    assert!(matches!(trainer.evaluate(&pairs(0)[..]).unwrap_err(), Error::EmptyDataset));
    let error = trainer.fit(&pairs(3)[..], FitOptions::new(1).batch_size(0)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::ZeroBatchSize)));
}
