//! A run that was stopped anywhere and went on is the run that was not.

use super::*;
use crate::optimizers::OptimizerState;
use crate::schedules::{OneCycle, ReduceOnPlateau, Schedule};
use crate::train::observers::{ClipByNorm, EarlyStopping, Ema, Lookahead, NetworkMut, Observer, Snapshots, Swa};

const EPOCHS: u64 = 4;
/// 50 samples by 8.
const STEPS_PER_EPOCH: u64 = 7;

/// Stops a fit after so many steps in all.
#[derive(Clone)]
struct StopAt(u64);

impl<N: Network> Observer<N> for StopAt {
    fn stepped(&mut self, step: &StepReport, _: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        if step.step + 1 == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

type Net = Affine<true>;
type Averages = (Swa<Net>, Lookahead<Net>, Snapshots<Net>);
type Observers = (ClipByNorm, Ema<Net>, EarlyStopping<Net>, StopAt, Averages);
type Run = Trainer<Affine<true>, MeanSquaredError, Adam, 8, Observers>;

/// A trainer that stops after `steps`: its momentum moves at first, then its rate depends on losses, and observers of every kind
/// have a memory.
fn run(steps: u64) -> Run {
    let plateau = ReduceOnPlateau { patience: 0, threshold: 0.5, ..ReduceOnPlateau::new(0.05) };
    let averages = (Swa::of_epochs(1), Lookahead::new(&*affine::<true>(), 3, 0.5), Snapshots::every(5, 2));
    let observers = (ClipByNorm { norm: 0.5 }, Ema::new(0.9), EarlyStopping::new(100), StopAt(steps), averages);
    Trainer::<_, _, _, 8>::with_lanes(affine::<true>(), MeanSquaredError, Adam::default())
        .schedule(OneCycle::new(0.05, 20).then(9, plateau.warm_up(3)))
        .seed(5)
        .with_observers(observers)
}

fn fit(run: &mut Run, data: &[(Input, Output)]) -> History {
    let options = FitOptions::until(EPOCHS).batch_size(8).validation(&data[..20]).clock(NoClock);
    run.fit(data, options.progress(Progress::Silent)).unwrap()
}

/// All that must be the same at the end.
fn everything(run: &Run) -> (Vec<Vec<u64>>, [u64; 4], Option<BegunEpoch>) {
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<u64>>();
    let (_, ema, stopping, ..) = run.observers();
    let (value, best) = stopping.best().unwrap();
    let mut all = vec![
        bits(run.network().parameters()),
        bits(run.current_schedule().state()),
        bits(ema.average().parameters()),
        bits(best.parameters()),
        bits(&[value]),
    ];
    all.extend(run.optimizer_state().slots().map(|(_, numbers)| bits(numbers)));
    let counts = [run.steps(), run.epochs(), run.optimizer_state().steps(), stopping.waited()];
    (all, counts, run.begun_epoch().copied())
}

#[test]
fn a_run_stopped_anywhere_goes_on_to_the_same_bits() {
    let data = pairs(50);
    let mut whole = run(u64::MAX);
    let history = fit(&mut whole, &data);
    assert_eq!((history.epochs.len(), whole.steps()), (4, EPOCHS * STEPS_PER_EPOCH));
    assert!(whole.rate().unwrap() < 0.05, "the rate has fallen");
    let bytes = whole.checkpoint().to_bytes();
    for steps in 1..EPOCHS * STEPS_PER_EPOCH {
        let mut first = run(steps);
        let before = fit(&mut first, &data);
        assert!(before.stopped && first.steps() == steps && first.begun_epoch().is_some());
        let checkpoint = first.checkpoint();
        let from_bytes = Checkpoint::from_bytes(checkpoint.to_bytes()).unwrap();

        // The same trainer goes on, one that was made anew, and one from a file.
        let [mut second, mut third] = [run(u64::MAX).seed(77), run(u64::MAX).seed(78)];
        second.restore(&checkpoint).unwrap();
        third.restore(&from_bytes).unwrap();
        assert_eq!(third.checkpoint().to_bytes(), checkpoint.to_bytes());
        for run in [&mut first, &mut second, &mut third] {
            let after = fit(run, &data);
            assert_eq!(everything(run), everything(&whole), "after {steps} steps");
            assert!(run.checkpoint().to_bytes() == bytes, "after {steps} steps");
            let losses = |history: &History| {
                let both = |epoch: &Epoch| (epoch.training_loss, epoch.validation.clone(), epoch.learning_rate);
                history.epochs.iter().map(both).collect::<Vec<_>>()
            };
            assert_eq!([losses(&before), losses(&after)].concat(), losses(&history), "after {steps} steps");
        }
    }
}

#[test]
fn a_step_that_fails_is_gone_on_from_too() {
    let mut data = pairs(50);
    let mut whole = run(u64::MAX);
    fit(&mut whole, &data);
    // A number so large that the loss overflows, where no check of the data finds fault with it.
    let target = core::mem::replace(&mut data[31].1[0], 1e300);
    let mut failed = run(u64::MAX);
    let options = FitOptions::until(EPOCHS).batch_size(8).validation(&data[..20]).clock(NoClock);
    let error = failed.fit(&data, options.progress(Progress::Silent)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::NonFiniteLoss { .. })), "{error}");
    data[31].1[0] = target;
    fit(&mut failed, &data);
    assert_eq!(everything(&failed), everything(&whole));
}

#[test]
fn a_begun_epoch_is_left_for_other_data() {
    let data = pairs(50);
    let mut trainer = run(3);
    fit(&mut trainer, &data);
    assert_eq!(trainer.begun_epoch().map(|begun| (begun.samples, begun.taken)), Some((50, 24)));
    let mut again = trainer.clone();
    again.leave_epoch();
    let options = |epochs| FitOptions::new(epochs).progress(Progress::Silent);
    // All of the 40 samples; all of the 50.
    trainer.fit(&data[..40], options(1).batch_size(8)).unwrap();
    assert_eq!(trainer.steps(), 3 + 5);
    again.fit(&data, options(1).batch_size(8)).unwrap();
    assert_eq!(again.steps(), 3 + 7);
}

#[test]
fn another_schedule_cannot_take_the_state() {
    let mut other = run(1);
    other.set_schedule(0.1);
    let before = everything_but_best(&other);
    let error = other.restore(&run(1).checkpoint()).unwrap_err();
    assert_eq!(error, CheckpointError::LeftOver { name: "castnet/schedule".into() });
    assert_eq!(everything_but_best(&other), before);
}

fn everything_but_best(run: &Run) -> (Affine<true>, u64) {
    (*run.network(), run.steps())
}

#[test]
fn gradients_that_were_kept_for_the_next_step_are_in_a_checkpoint() {
    let (inputs, targets) = samples(24);
    let (mut first, mut second) = (run(u64::MAX), run(u64::MAX));
    first.accumulate(&inputs[..8], &targets[..8]).unwrap();
    second.restore(&Checkpoint::from_bytes(first.checkpoint().to_bytes()).unwrap()).unwrap();
    for run in [&mut first, &mut second] {
        run.step(&inputs[8..], &targets[8..]).unwrap();
    }
    assert!(first.checkpoint().to_bytes() == second.checkpoint().to_bytes());
    // And those that were not are forgotten.
    let checkpoint = first.checkpoint();
    second.accumulate(&inputs[..8], &targets[..8]).unwrap();
    second.restore(&checkpoint).unwrap();
    assert!(second.checkpoint().to_bytes() == checkpoint.to_bytes());
}
