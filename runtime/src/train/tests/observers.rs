//! Observers in a trainer.

use super::*;
use crate::train::observers::{ClipByNorm, ClipByValue, EarlyStopping, Ema, NetworkMut, Observer, OnStep};

/// Lists what it is told, and does what it is asked.
#[derive(Clone, Default)]
struct Script {
    calls: Vec<&'static str>,
    fail_at: Option<u64>,
    spoil_at: Option<u64>,
    stop_at: Option<u64>,
}

impl<N: Network<Scalar = f64>> Observer<N> for Script {
    fn begin(&mut self, _: &mut NetworkMut<'_, N>) {
        self.calls.push("begin");
    }
    fn gradient(&mut self, step: &mut StepReport, _: &N, _: &mut N) -> Result<(), Error> {
        self.calls.push("gradient");
        if self.fail_at == Some(step.step) { Err(Error::EmptyBatch) } else { Ok(()) }
    }
    fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        self.calls.push("stepped");
        if self.spoil_at == Some(step.step) {
            network.parameters_mut()[0] = f64::MAX;
        }
        if self.stop_at == Some(step.step) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
    fn epoch(&mut self, _: &Epoch, _: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        self.calls.push("epoch");
        ControlFlow::Continue(())
    }
    fn end(&mut self, _: &mut NetworkMut<'_, N>) {
        self.calls.push("end");
    }
}

fn options<'a>(epochs: usize) -> FitOptions<'a, Affine<false>, Output> {
    FitOptions::new(epochs).batch_size(8).progress(Progress::Silent)
}

#[test]
fn observers_are_called_in_the_order_of_events() {
    let data = pairs(16);
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Adam::default())
        .with_observers((Script::default(), Script { fail_at: Some(3), ..Script::default() }));
    let error = trainer.fit(&data, options(3)).unwrap_err();
    assert!(matches!(error.fault, FitFault::Training(Error::EmptyBatch)) && error.history.epochs.len() == 1);
    let epoch = ["gradient", "stepped", "gradient", "stepped", "epoch"];
    let expected = [&["begin"][..], &epoch, &["gradient", "stepped", "gradient", "end"]].concat();
    let (first, second) = trainer.observers();
    assert_eq!((&first.calls, &second.calls), (&expected, &expected));
    assert_eq!(trainer.steps(), 3, "the step whose observer failed is not made");
}

#[test]
fn a_network_that_an_observer_has_changed_is_looked_at_anew() {
    let (inputs, targets) = samples(8);
    let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Sgd { weight_decay: 1.0, ..Sgd::default() })
        .schedule(3.0)
        .with_observers(Script { spoil_at: Some(1), ..Script::default() });
    trainer.step(&inputs, &targets).unwrap();
    trainer.step(&inputs, &targets).unwrap();
    assert_eq!(trainer.network().parameters()[0], f64::MAX);
    assert!(trainer.step(&inputs, &targets).is_err());
    assert_eq!(trainer.network().parameters()[0], f64::MAX);
}

#[test]
fn clipped_gradients_make_short_steps() {
    let (inputs, targets) = samples(8);
    let step = |clip: &mut dyn FnMut(&mut Affine<false>)| {
        let mut trainer = Trainer::new(affine::<false>(), MeanSquaredError, Sgd::default()).schedule(1.0);
        trainer.step(&inputs, &targets).unwrap();
        let mut gradient = *trainer.gradient();
        clip(&mut gradient);
        let mut expected = *affine::<false>();
        crate::optimizers::Optimizer::step(
            &Sgd::default(),
            &mut trainer.optimizer_state().clone(),
            &mut expected,
            &gradient,
            1.0,
        );
        expected
    };
    let mut by_norm = Trainer::new(affine::<false>(), MeanSquaredError, Sgd::default())
        .schedule(1.0)
        .with_observers(ClipByNorm { norm: 0.01 });
    by_norm.step(&inputs, &targets).unwrap();
    assert_eq!(*by_norm.network(), step(&mut |gradient| ClipByNorm { norm: 0.01 }.clip(gradient)));
    let squares: f64 = by_norm.gradient().parameters().iter().map(|slope| slope * slope).sum();
    assert!((squares.sqrt() - 0.01).abs() < 1e-15);

    let mut by_value = Trainer::new(affine::<false>(), MeanSquaredError, Sgd::default())
        .schedule(1.0)
        .with_observers(ClipByValue { value: 0.01 });
    by_value.step(&inputs, &targets).unwrap();
    assert_eq!(*by_value.network(), step(&mut |gradient| ClipByValue { value: 0.01 }.clip(gradient)));
    by_value.observers_mut().value = 0.0;
    assert!(matches!(by_value.step(&inputs, &targets), Err(Error::Setting { setting: "value", .. })));
}

type Stopping = Trainer<Affine<false>, MeanSquaredError, Adam, 16, (EarlyStopping<Affine<false>>, Script)>;

/// The first epochs help; then the rate is so large that all gets worse.
fn stopping(patience: u64, script: Script) -> Stopping {
    let rates = Function(|step| if step < 20 { 0.05 } else { 1.0 });
    Trainer::new(affine::<false>(), MeanSquaredError, Adam::default())
        .schedule(rates)
        .with_observers((EarlyStopping::new(patience), script))
}

/// That the network is that of the least validation loss, and not of the last.
fn check_best(trainer: &mut Stopping, history: &History) {
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.validation.as_ref().unwrap().loss).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_ne!(losses[losses.len() - 1], best, "the last epoch is not the best");
    assert_eq!(trainer.evaluate(&pairs(40)[30..]).unwrap().loss, best);
    let (value, network) = trainer.observers().0.best().unwrap();
    assert_eq!((value, network), (best, trainer.network()));
}

#[test]
fn early_stopping_leaves_the_best_network_on_every_way_out() {
    let data = pairs(40);
    let options = |epochs| options(epochs).validation(&data[30..]);

    // By its patience.
    let mut trainer = stopping(3, Script::default());
    let history = trainer.fit(&data[..30], options(1_000)).unwrap();
    assert!(history.stopped && trainer.observers().0.waited() == 3);
    check_best(&mut trainer, &history);

    // At the end of the epochs.
    let mut trainer = stopping(1_000, Script::default());
    let history = trainer.fit(&data[..30], options(8)).unwrap();
    assert!(!history.stopped);
    check_best(&mut trainer, &history);

    // By the user, after an epoch.
    let mut trainer = stopping(1_000, Script::default());
    let eighth = |epoch: &Epoch, _: &_| {
        if epoch.number == 8 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let history = trainer.fit(&data[..30], options(1_000).on_epoch(eighth)).unwrap();
    assert!(history.stopped);
    check_best(&mut trainer, &history);

    // By the user, within an epoch.
    let mut trainer = stopping(1_000, Script { stop_at: Some(33), ..Script::default() });
    let history = trainer.fit(&data[..30], options(1_000)).unwrap();
    assert!(history.stopped && trainer.begun_epoch().is_some());
    check_best(&mut trainer, &history);

    // By an error.
    let mut trainer = stopping(1_000, Script { fail_at: Some(33), ..Script::default() });
    let error = trainer.fit(&data[..30], options(1_000)).unwrap_err();
    assert_eq!(error.history.epochs.len(), 8);
    check_best(&mut trainer, &error.history);
}

#[test]
fn early_stopping_goes_on_from_the_last_network_unless_it_was_changed() {
    let data = pairs(40);
    let fit = |trainer: &mut Stopping, epochs| {
        trainer.fit(&data[..30], options(epochs).validation(&data[30..])).unwrap();
    };
    let (mut whole, mut parts) = (stopping(1_000, Script::default()), stopping(1_000, Script::default()));
    fit(&mut whole, 9);
    (0..3).for_each(|_| fit(&mut parts, 3));
    assert_eq!(parts.network(), whole.network());
    assert_eq!(parts.gradient(), whole.gradient());

    // None of it is lost on who sets the weights by hand.
    let mut changed = whole.clone();
    changed.network_mut().parameters_mut().fill(0.0);
    fit(&mut changed, 0);
    assert_eq!(changed.network(), whole.network(), "the end of a fit leaves the best, even of no epochs");
    fit(&mut whole, 1);
    changed.network_mut().parameters_mut().fill(0.0);
    fit(&mut changed, 1);
    assert_ne!(changed.gradient(), whole.gradient());
}

#[test]
fn an_average_takes_part_in_every_step() {
    let (inputs, targets) = samples(8);
    let mut trainer = Trainer::new(affine::<true>(), MeanSquaredError, Adam::default()).with_observers(Ema::new(0.5));
    let mut expected = Ema::new(0.5);
    for _ in 0..5 {
        trainer.step(&inputs, &targets).unwrap();
        expected.update(trainer.network());
    }
    assert_eq!(trainer.observers().average(), expected.average());
    assert_ne!(trainer.observers().average(), trainer.network());
}

#[test]
fn a_loop_of_ones_own_hears_of_a_stop() {
    let (inputs, targets) = samples(8);
    let third = OnStep(|step| if step.step == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    let mut trainer = Trainer::new(affine::<true>(), MeanSquaredError, Adam::default()).with_observers(third);
    while !trainer.step(&inputs, &targets).unwrap().stop {}
    assert_eq!(trainer.steps(), 3);
}
