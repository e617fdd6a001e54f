//! What a fit does besides steps.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::scores::Folds;
use super::*;
use crate::data::{Batch, Dataset};
use crate::schedules::ReduceOnPlateau;

fn options<'a>(epochs: usize) -> FitOptions<'a, Affine<false>, Output> {
    FitOptions::new(epochs).batch_size(8).progress(Progress::Silent)
}

fn trainer() -> Trainer<Affine<false>, MeanSquaredError, Adam> {
    Trainer::new(affine::<false>(), MeanSquaredError, Adam::default())
}

#[test]
fn no_epochs_are_none() {
    let mut trainer = trainer();
    let history = trainer.fit(&pairs(10), options(0)).unwrap();
    assert_eq!((history.epochs.len(), history.stopped, trainer.steps()), (0, false, 0));
    assert_eq!(*trainer.network(), *affine::<false>());
}

#[test]
fn a_fit_until_an_epoch_makes_those_that_are_missing() {
    let data = pairs(10);
    let until = |trainer: &mut Trainer<_, _, _>, epochs| {
        trainer.fit(&data, FitOptions::until(epochs).progress(Progress::Silent)).unwrap().epochs.len()
    };
    let mut trainer = trainer();
    assert_eq!([3, 5, 4].map(|epochs| until(&mut trainer, epochs)), [3, 2, 0]);
    assert_eq!(trainer.epochs(), 5);
}

#[test]
fn a_step_that_fails_does_not_take_the_history_with_it() {
    let data = pairs(10);
    let rates = Function(|step| if step < 5 { 0.01 } else { f64::NAN });
    let mut trainer = trainer().schedule(rates);
    let error = trainer.fit(&data, options(9)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::LearningRate { step: 5, .. })));
    assert_eq!(error.history.epochs.len(), 2);
    assert_eq!(error.to_string(), error.fault.to_string());
}

#[test]
fn an_error_in_the_validation_data_says_so() {
    let data = pairs(10);
    let mut bad = data.clone();
    bad[3].0[1] = f64::NAN;
    let error = trainer().fit(&data, options(1).validation(&bad)).unwrap_err();
    assert!(error.to_string().starts_with("in the validation data: sample 3 has NaN as its feature 1"), "{error}");
    let error = trainer().fit(&data, options(1).validation(&bad[..0])).unwrap_err();
    assert!(error.to_string().starts_with("in the validation data: the data set has no samples"), "{error}");
    let error = trainer().fit(&bad, options(1).validation(&data)).unwrap_err();
    assert!(error.to_string().starts_with("sample 3 has NaN as its feature 1"), "{error}");
}

#[test]
fn metrics_have_something_to_score() {
    let error = trainer().fit(&pairs(10), options(1).metric(&MeanAbsoluteError)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Validation(Error::MetricsWithoutValidation)), "{error}");
}

#[test]
fn an_epoch_is_timed_by_the_clock_that_there_is() {
    struct Steady(core::cell::Cell<f64>);
    impl Clock for Steady {
        fn seconds(&self) -> Option<f64> {
            self.0.set(self.0.get() + 2.5);
            Some(self.0.get())
        }
    }
    let data = pairs(10);
    let seconds = |options: FitOptions<'_, _, _>| trainer().fit(&data, options).unwrap().last().seconds;
    assert_eq!(seconds(options(2).clock(Steady(0.0.into()))), Some(2.5));
    assert_eq!(seconds(options(2).clock(NoClock)), None);
    assert!(seconds(options(2)).unwrap() >= 0.0);
}

#[test]
fn a_schedule_observes_the_loss_of_each_epoch() {
    let data = pairs(10);
    let plateau = ReduceOnPlateau { patience: 0, threshold: 0.999, ..ReduceOnPlateau::new(0.1) };
    let rates = |options: FitOptions<'_, _, _>| {
        let history = trainer().schedule(plateau).fit(&data, options).unwrap();
        history.epochs.iter().map(|epoch| epoch.learning_rate).collect::<Vec<f64>>()
    };
    // The first loss is the best so far, and no other is a thousandth of it.
    assert_eq!(rates(options(3)), [0.1, 0.1, 0.1 * 0.1]);
    assert_eq!(rates(options(3).validation(&data)), [0.1, 0.1, 0.1 * 0.1]);
}

/// What metrics say of the outputs of two steps that move nothing, and of an evaluation after them.
fn scored<const CENTRED: bool>(threads: usize) -> [Vec<f64>; 2] {
    let _ = threads; // Only one without the feature.
    let data = pairs(333);
    let metrics: [&dyn AnyMetric<f64, Output>; 2] = [&MeanAbsoluteError, &RSquared];
    let mut trainer = Trainer::new(affine::<CENTRED>(), MeanSquaredError, Sgd::default()).schedule(0.0);
    #[cfg(feature = "threads")]
    if threads > 1 {
        trainer = trainer.threads(threads).unwrap();
    }
    let mut folds = Folds::start::<Affine<CENTRED>, _>(&metrics);
    for _ in 0..2 {
        trainer.step_scored(&Batch::all(&data), &metrics, &mut folds).unwrap();
    }
    let names: Vec<&str> = folds.values::<Affine<CENTRED>, _>(&metrics).map(|(name, _)| name).collect();
    assert_eq!(names, ["mean absolute error", "R squared"]);
    let scores = trainer.evaluate_with(&data, &metrics).unwrap().scores;
    let values = folds.values::<Affine<CENTRED>, _>(&metrics).map(|(_, value)| value).collect();
    [values, scores.iter().map(|score| score.value).collect()]
}

#[test]
fn a_scored_step_folds_the_outputs_that_its_loss_is_of() {
    for threads in [1, 3] {
        for [found, expected] in [scored::<false>(threads), scored::<true>(threads)] {
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-12 * expected.abs(), "{found}, expected {expected}");
            }
        }
    }
}

/// Samples that are computed when they are asked for, which is counted.
struct Computed {
    pairs: Vec<(Input, Output)>,
    asked: AtomicUsize,
}

impl Dataset for Computed {
    type Scalar = f64;
    type Target = Output;

    fn len(&self) -> usize {
        self.pairs.len()
    }
    fn sample_shape(&self) -> &[usize] {
        &[3]
    }
    fn sample(&self, index: usize, input: &mut [f64]) -> Output {
        self.asked.fetch_add(1, Ordering::Relaxed);
        input.copy_from_slice(&self.pairs[index].0);
        self.pairs[index].1
    }
}

#[test]
fn samples_that_are_computed_are_asked_for_once_an_epoch() {
    let computed = |pairs| Computed { pairs, asked: AtomicUsize::new(0) };
    let good = computed(pairs(20));
    trainer().fit(&good, options(3)).unwrap();
    assert_eq!(good.asked.load(Ordering::Relaxed), 3 * 20);

    let mut bad = pairs(20);
    bad[17].0[2] = f64::INFINITY;
    let mut trainer = trainer();
    let error = trainer.fit(&computed(bad.clone()), options(1).shuffle(false)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::NonFiniteInput { sample: 17, feature: 2, .. })), "{error}");
    // The steps before the one with the fault; in memory it is found before the first.
    assert_eq!(trainer.steps(), 2);
    let error = trainer.fit(&bad, options(1)).unwrap_err();
    assert!(
        matches!(error.fault, FitFault::Training(Error::NonFiniteInput { sample: 17, .. })) && trainer.steps() == 2
    );
}

#[test]
fn data_whose_type_is_not_known_is_learnt_from() {
    let data: Box<dyn Dataset<Scalar = f64, Target = Output>> = Box::new(pairs(30));
    let (training, validation) = data.split_at(20).unwrap();
    let mut trainer = trainer();
    let history = trainer.fit(&training, options(2).validation(&validation)).unwrap();
    assert_eq!(history.last().validation.as_ref().unwrap().samples, 10);
    assert_eq!(trainer.fit(&data, options(1)).unwrap().epochs.len(), 1);
}
