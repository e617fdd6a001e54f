//! Steps in memory of the user's own, without a heap: as those of a trainer, with every rule, loss and schedule.

use castnet::losses::{
    CrossEntropy, GivenGradient, Hinge, Huber, Loss, MeanSquaredError, SampleWeighted, SoftTargetCrossEntropy,
    SoftmaxCrossEntropy,
};
use castnet::optimizers::{Adam, AdamW, InPlace, InPlaceState, Optimizer, OptimizerState, RmsProp, Rule, Sgd};
use castnet::schedules::{
    CosineDecay, CosineRestarts, Cyclic, Function, OneCycle, ReduceOnPlateau, Schedule, StepDecay,
};
use castnet::train::{Learner, Room, Trainer};
use castnet::{Error, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

network! {
    struct Perceptron { input: [4], dense(16), relu, dense(8), tanh, dropout(0.25), dense(3) }
}

network! {
    struct Convolutional { input: [1, 6, 6], conv2d(4, kernel = 3), relu, max_pool2d(2), flatten, dense(3) }
}

network! {
    struct Normalised { input: [4], dense(6), batch_norm, tanh, dense(3) }
}

/// Some samples, none like another.
fn inputs<const LEN: usize>(count: usize) -> Vec<[f32; LEN]> {
    (0..count).map(|sample| std::array::from_fn(|place| ((sample * LEN + place) as f32 * 0.7).sin())).collect()
}

/// Steps of a learner and of a trainer from the same start, to the same bits.
fn compare<N, C, R, P, const LEN: usize, const SLOTS: usize>(
    (loss, rule, schedule): (C, R, P),
    samples: usize,
    target: impl Fn(usize) -> C::Target,
) where
    N: Network<Scalar = f32, Input = [f32; LEN]>,
    C: Loss<N> + Copy,
    R: Rule + Copy,
    P: Schedule + Clone + 'static,
{
    let (inputs, targets) = (inputs::<LEN>(samples), (0..samples).map(target).collect::<Vec<_>>());
    let start = N::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::<_, _, _, 8>::with_lanes(start.clone(), loss, rule).schedule(schedule.clone()).seed(5);
    let mut network = *start;
    let mut room = Box::new(Room::<N, InPlaceState<N, R, SLOTS>, 8>::new(castnet::zeroed()));
    let mut learner = Learner::new(&mut network, &mut room, loss, InPlace::<R, SLOTS>(rule), schedule).seed(5);
    for step in 0..10 {
        let expected = trainer.step(&inputs, &targets).unwrap();
        let found = learner.step(&inputs, &targets).unwrap();
        assert_eq!((found, found.step), (expected, step));
        assert_eq!(learner.network().parameters(), trainer.network().parameters(), "step {step}");
        trainer.observe(found.loss);
        learner.observe(found.loss);
    }
    for ((name, found), (other, expected)) in learner.room().state().slots().zip(trainer.optimizer_state().slots()) {
        assert_eq!((name, found), (other, expected));
    }
}

/// All losses and schedules with one rule, on two networks.
fn with_rule<R: Rule + Copy, const SLOTS: usize>(rule: R) {
    let cosine = CosineDecay { from: 0.05, to: 0.0, steps: 8 };
    let stairs = StepDecay { rate: 0.05, factor: 0.5, every: 3 };
    let plateau = ReduceOnPlateau { patience: 0, ..ReduceOnPlateau::new(0.05) };
    let inverse = Function(|step| 0.05 / (1 + step) as f64).warm_up(3);
    let class = |sample| sample % 3;
    let numbers = |sample| [sample as f32 * 0.1, 0.5, -0.25];
    compare::<Perceptron, _, _, _, 4, SLOTS>((SoftmaxCrossEntropy, rule, 0.01), 13, class);
    compare::<Perceptron, _, _, _, 4, SLOTS>((MeanSquaredError, rule, cosine), 8, numbers);
    compare::<Perceptron, _, _, _, 4, SLOTS>((GivenGradient, rule, stairs), 3, numbers);
    compare::<Perceptron, _, _, _, 4, SLOTS>((SoftTargetCrossEntropy, rule, plateau), 8, |_| [0.5, 0.25, 0.25]);
    compare::<Convolutional, _, _, _, 36, SLOTS>((SoftmaxCrossEntropy, rule, inverse), 13, class);
    compare::<Normalised, _, _, _, 4, SLOTS>((MeanSquaredError, rule, 0.01), 7, numbers);
}

#[test]
fn every_rule_loss_and_schedule_steps_as_in_a_trainer() {
    with_rule::<_, 0>(Sgd::default());
    with_rule::<_, 1>(Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.01 });
    with_rule::<_, 2>(Adam::default());
    with_rule::<_, 2>(AdamW::default());
    with_rule::<_, 3>(RmsProp::default());
}

/// What needs none of the rules in particular; the momentum of one cycle moves in both.
#[test]
fn settings_and_weights_of_losses_are_those_of_a_trainer() {
    let (adam, numbers) = (Adam::default(), |sample| [sample as f32 * 0.1, 0.5, -0.25]);
    let smoothed = CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::weighted([1.0, 2.0, 0.5]) };
    compare::<Perceptron, _, _, _, 4, 2>((smoothed, adam, OneCycle::new(0.05, 9)), 13, |sample| sample % 3);
    compare::<Perceptron, _, _, _, 4, 2>((Huber::default(), adam, Cyclic::new(0.01, 0.05, 3)), 8, numbers);
    let series = 0.02.then(4, CosineRestarts { from: 0.05, to: 0.0, steps: 2, growth: 2 }).per_epoch(2);
    let weighted = |sample| (sample % 3, sample as f64 / 4.0);
    compare::<Perceptron, _, _, _, 4, 2>((SampleWeighted(Hinge::default()), adam, series), 5, weighted);
}

#[test]
fn what_is_wrong_is_an_error_that_leaves_everything_as_it_was() {
    let mut network = *Normalised::init(&mut StdRng::seed_from_u64(1));
    let before = network;
    let adam = InPlace::<_, 2>(Adam::default());
    let mut room = Room::<Normalised, _, 8>::new(adam.start());
    let mut learner = Learner::new(&mut network, &mut room, SoftmaxCrossEntropy, adam, 0.01);
    let error = |learner: &mut Learner<'_, _, _, _, _, 8>, inputs: &[[f32; 4]], labels: &[usize]| {
        learner.step(inputs, labels).unwrap_err()
    };
    let samples = inputs::<4>(9);
    assert_eq!(error(&mut learner, &[], &[]), Error::EmptyBatch);
    assert_eq!(error(&mut learner, &samples, &[0]), Error::LengthMismatch { inputs: 9, targets: 1 });
    assert_eq!(error(&mut learner, &samples[..1], &[0]), Error::OneSample { layer: "batch_norm1" });
    let too_large = Error::BatchTooLarge { network: "Normalised", samples: 9, lanes: 8 };
    assert_eq!(error(&mut learner, &samples, &[0; 9]), too_large);
    let label = Error::LabelOutOfRange { sample: 1, label: 3, classes: 3 };
    assert_eq!(error(&mut learner, &samples[..2], &[0, 3]), label);
    let mut infinite = samples[..3].to_vec();
    infinite[2][1] = f32::INFINITY;
    let found = error(&mut learner, &infinite, &[0; 3]);
    assert!(matches!(found, Error::NonFiniteInput { sample: 2, feature: 1, .. }), "{found}");
    assert_eq!((learner.steps(), learner.network().parameters()), (0, before.parameters()));

    let mut learner = Learner::new(&mut network, &mut room, SoftmaxCrossEntropy, adam, f64::NAN);
    assert!(matches!(learner.step(&samples[..3], &[0; 3]), Err(Error::LearningRate { step: 0, .. })));
    let mut room = castnet::zeroed::<Room<Normalised, InPlaceState<_, _, 1>, 8>>();
    let mut learner = Learner::new(&mut network, &mut room, SoftmaxCrossEntropy, InPlace(Adam::default()), 0.01);
    assert_eq!(learner.step(&samples[..3], &[0; 3]), Err(Error::Slots { found: 1, expected: 2 }));
    assert_eq!(network.parameters(), before.parameters());
}

#[test]
fn a_gradient_can_be_changed_between_the_halves_of_a_step() {
    let mut network = *Perceptron::init(&mut StdRng::seed_from_u64(1));
    let before = network;
    let mut room = castnet::zeroed::<Room<Perceptron, InPlaceState<_, _, 0>, 1>>();
    let mut learner = Learner::new(&mut network, &mut room, MeanSquaredError, InPlace(Sgd::default()), 0.5).at(7);
    let of_batch = learner.gradient_of(&inputs::<4>(2), &[[0.0; 3]; 2]).unwrap();
    learner.gradient_mut().parameters_mut().fill(1.0);
    assert_eq!(learner.update(2, of_batch).unwrap().step, 7);
    for (after, before) in network.parameters().iter().zip(before.parameters()) {
        assert_eq!(*after, before - 0.5);
    }
}
