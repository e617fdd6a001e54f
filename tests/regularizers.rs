//! Regularizers as a stranger uses them: in a trainer, in a loop of one's own, and without a heap.

use castnet::losses::MeanSquaredError;
use castnet::optimizers::{Adam, Grouped, InPlace, Optimizer, ParameterGroup, Sgd};
use castnet::regularizers::{
    ElasticNet, L1, L2, MaxNorm, On, Orthogonality, ProximalL1, Pruned, Regularizer, Scope, WeightDecay,
};
use castnet::train::observers::ClipByNorm;
use castnet::train::{Learner, Room, Trainer};
use castnet::{Error, Order, ParameterKind, Role, Segment, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

network! {
    /// Two dense layers.
    struct Small<f64> {
        input: [5],
        hidden: dense(4), tanh,
        output: dense(2),
    }
}

network! {
    /// Most of what it sees says nothing.
    struct Plane<f64> {
        input: [8],
        dense(1),
    }
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn samples<const INPUTS: usize, const OUTPUTS: usize>(count: usize) -> (Vec<[f64; INPUTS]>, Vec<[f64; OUTPUTS]>) {
    let mut rng = rng();
    let inputs: Vec<[f64; INPUTS]> = (0..count).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let targets =
        inputs.iter().map(|input| std::array::from_fn(|index| 2.0 * input[index] - input[index + 1])).collect();
    (inputs, targets)
}

/// Segments of one matrix each, wide and tall.
const SHAPES: [&[usize]; 2] = [&[3, 5], &[5, 3]];

fn check_gradient(regularizer: &impl Regularizer) {
    for shape in SHAPES {
        let segment = Segment {
            name: "dense1.weight",
            offset: 0,
            len: 15,
            shape,
            order: Order::ColumnByColumn,
            role: Role::Trainable,
            kind: ParameterKind::Weight,
        };
        let mut rng = rng();
        let parameters: [f64; 15] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let mut gradient = [0.5; 15];
        regularizer.penalize(&segment, &parameters, &mut gradient);
        for index in 0..15 {
            let term = |change: f64| {
                let mut changed = parameters;
                changed[index] += change;
                regularizer.penalize(&segment, &changed, &mut [0.0; 15])
            };
            let expected = (term(1e-5) - term(-1e-5)) / 2e-5;
            // It is added to what is there.
            assert!((gradient[index] - 0.5 - expected).abs() < 1e-8, "{index} of {shape:?}: {}", gradient[index]);
        }
    }
}

#[test]
fn gradients_are_the_derivatives_of_the_terms() {
    check_gradient(&L1 { factor: 0.3 });
    check_gradient(&L2 { factor: 0.3 });
    check_gradient(&ElasticNet { l1: 0.2, l2: 0.7 });
    check_gradient(&Orthogonality { factor: 0.3 });
}

#[test]
fn proximal_steps_make_true_zeros_and_subgradients_do_not() {
    let (inputs, targets) = samples::<8, 1>(40);
    fn trained<R: Regularizer>(regularizer: R, (inputs, targets): (&[[f64; 8]], &[[f64; 1]])) -> Vec<f64> {
        let plane = Plane::init(&mut rng());
        let mut trainer =
            Trainer::new(plane, MeanSquaredError, Sgd::default()).schedule(0.1).with_observers(regularizer);
        (0..300).for_each(|_| assert!(trainer.step(inputs, targets).unwrap().regularization > 0.0));
        trainer.network().parameters()[..8].to_vec()
    }
    let zeros = |weights: &[f64]| weights.iter().filter(|weight| **weight == 0.0).count();
    let subgradient = trained(L1 { factor: 0.05 }, (&inputs, &targets));
    let proximal = trained(ProximalL1 { factor: 0.05 }, (&inputs, &targets));
    assert_eq!((zeros(&subgradient), zeros(&proximal)), (0, 6), "{subgradient:?} {proximal:?}");
    // What a proximal step left is where the gradient of the rest balances the penalty.
    let plane = |weights: &[f64], bias: f64, input: &[f64; 8]| {
        weights.iter().zip(input).map(|(weight, value)| weight * value).sum::<f64>() + bias
    };
    let mean = |of: &dyn Fn(&[f64; 8], f64) -> f64| {
        inputs.iter().zip(&targets).map(|(input, target)| of(input, target[0])).sum::<f64>() / 40.0
    };
    let bias = mean(&|input, target| target - plane(&proximal, 0.0, input));
    let slope = mean(&|input, target| 2.0 * (plane(&proximal, bias, input) - target) * input[0]);
    assert!((slope + 0.05).abs() < 1e-6, "{slope}");
}

#[test]
fn the_loss_is_the_whole_one_and_its_parts_are_beside_it() {
    let (inputs, targets) = samples::<5, 2>(16);
    let small = Small::init(&mut rng());
    let mut gradient = castnet::bytemuck::zeroed_box::<Small>();
    let (l2, angles) = (L2 { factor: 0.1 }, Orthogonality { factor: 0.01 });
    let terms = l2.add_to_gradient(&*small, &mut *gradient) + angles.add_to_gradient(&*small, &mut *gradient);
    let alone = Trainer::new(small.clone(), MeanSquaredError, Sgd::default()).step(&inputs, &targets).unwrap();
    assert_eq!(alone.regularization, 0.0);
    let mut trainer = Trainer::new(small, MeanSquaredError, Sgd::default()).with_observers((l2, angles));
    let whole = trainer.step(&inputs, &targets).unwrap();
    assert!((whole.regularization - terms).abs() < 1e-14);
    assert!((whole.loss - alone.loss - terms).abs() < 1e-14);
}

#[test]
fn terms_come_before_clipping() {
    let (inputs, targets) = samples::<5, 2>(16);
    let observers = (L2 { factor: 100.0 }, ClipByNorm { norm: 1.0 });
    let mut trainer = Trainer::new(Small::init(&mut rng()), MeanSquaredError, Sgd::default()).with_observers(observers);
    trainer.step(&inputs, &targets).unwrap();
    let squares: f64 = trainer.gradient().parameters().iter().map(|slope| slope * slope).sum();
    assert!((squares.sqrt() - 1.0).abs() < 1e-12);
}

/// Parameters after some steps of a trainer on so many threads.
fn with_threads(threads: usize) -> Vec<u64> {
    let (inputs, targets) = samples::<5, 2>(100);
    let observers = (ElasticNet { l1: 0.01, l2: 0.1 }, ProximalL1 { factor: 0.01 }, MaxNorm { norm: 0.5 });
    let small = Small::init(&mut rng());
    let mut trainer = Trainer::new(small, MeanSquaredError, Adam::default())
        .schedule(0.01)
        .threads(threads)
        .unwrap()
        .with_observers(observers);
    for _ in 0..20 {
        trainer.step(&inputs, &targets).unwrap();
    }
    trainer.network().parameters().iter().map(|parameter| parameter.to_bits()).collect()
}

#[test]
fn threads_do_not_change_a_bit() {
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn without_a_heap_the_bits_are_the_same() {
    let (inputs, targets) = samples::<5, 2>(16);
    let (net, zeros) = (ElasticNet { l1: 0.01, l2: 0.1 }, ProximalL1 { factor: 0.01 });
    let mut trainer = Trainer::new(Small::init(&mut rng()), MeanSquaredError, Adam::default())
        .schedule(0.01)
        .with_observers((net, zeros));
    let mut small = *Small::init(&mut rng());
    let mut room = castnet::zeroed::<Room<Small, _, 16>>();
    let mut learner = Learner::new(&mut small, &mut room, MeanSquaredError, InPlace::<_, 2>(Adam::default()), 0.01);
    for _ in 0..20 {
        let expected = trainer.step(&inputs, &targets).unwrap();
        let mut of_batch = learner.gradient_of(&inputs, &targets).unwrap();
        learner.regularize(&net, &mut of_batch).unwrap();
        learner.regularize(&zeros, &mut of_batch).unwrap();
        let report = learner.update(inputs.len(), of_batch).unwrap();
        learner.constrain(&zeros, &report);
        assert_eq!((report.loss, report.regularization), (expected.loss, expected.regularization));
    }
    assert_eq!(learner.network().parameters(), trainer.network().parameters());
}

#[test]
fn what_is_frozen_stays_as_it_is() {
    let (inputs, targets) = samples::<5, 2>(16);
    let constraints = (WeightDecay { factor: 0.5 }, ProximalL1 { factor: 0.1 }, MaxNorm { norm: 0.1 });
    let frozen = || Grouped::new(Sgd::default()).group(ParameterGroup::named("hidden.*").frozen());
    let before = Small::init(&mut rng());
    let mut trainer =
        Trainer::new(before.clone(), MeanSquaredError, frozen()).schedule(0.1).with_observers(constraints);
    trainer.step(&inputs, &targets).unwrap();
    assert_eq!(trainer.network().hidden.weight, before.hidden.weight);
    assert!(trainer.network().output.weight.norm() < before.output.weight.norm());
}

#[test]
fn a_mask_is_in_a_checkpoint() {
    let (inputs, targets) = samples::<5, 2>(16);
    let trainer = |part| {
        let mut small = Small::init(&mut rng());
        let mut pruned = Pruned::new(Small::init(&mut rng()));
        pruned.prune(&mut small, part, Scope::Network).unwrap();
        Trainer::new(small, MeanSquaredError, Adam::default()).with_observers(pruned)
    };
    let (mut first, mut second) = (trainer(0.5), trainer(0.0));
    first.step(&inputs, &targets).unwrap();
    second.restore(&first.checkpoint()).unwrap();
    assert_eq!(second.observers().count(), 14);
    for trainer in [&mut first, &mut second] {
        trainer.step(&inputs, &targets).unwrap();
    }
    assert_eq!(first.network().parameters(), second.network().parameters());
}

#[test]
fn decay_is_apart_from_the_gradient() {
    let (sgd, decay) = (Sgd { momentum: 0.9, ..Sgd::default() }, WeightDecay { factor: 0.5 });
    let (mut decayed, gradient) = (Small::init(&mut rng()), Small::init(&mut StdRng::seed_from_u64(2)));
    let mut plain = decayed.clone();
    let mut states = [(); 2].map(|()| Optimizer::<Small>::start(&sgd));
    sgd.step(&mut states[0], &mut *plain, &*gradient, 0.1);
    sgd.step(&mut states[1], &mut *decayed, &*gradient, 0.1);
    decay.constrain_network(&mut *decayed, 0.1);
    assert_eq!(decayed.hidden.weight, plain.hidden.weight * 0.95);
    assert_eq!(decayed.hidden.bias, plain.hidden.bias);
}

#[test]
fn norms_and_angles_are_as_they_should_be() {
    let (inputs, targets) = samples::<5, 2>(32);
    let step = |trainer: &mut dyn FnMut() -> Result<castnet::train::StepReport, Error>| {
        for _ in 0..300 {
            trainer().unwrap();
        }
    };
    let small = Small::init(&mut rng());
    let mut trainer =
        Trainer::new(small, MeanSquaredError, Adam::default()).schedule(0.02).with_observers(MaxNorm { norm: 0.3 });
    step(&mut || trainer.step(&inputs, &targets));
    let network = trainer.network();
    let norms = network
        .hidden
        .weight
        .row_iter()
        .map(|row| row.norm())
        .chain(network.output.weight.row_iter().map(|row| row.norm()));
    let norms: Vec<f64> = norms.collect();
    assert!(norms.iter().all(|norm| *norm <= 0.3 + 1e-12) && norms.iter().any(|norm| *norm > 0.299), "{norms:?}");

    let angles = On {
        segments: |segment: &Segment| segment.name == "hidden.weight",
        regularizer: Orthogonality { factor: 10.0 },
    };
    let mut trainer =
        Trainer::new(Small::init(&mut rng()), MeanSquaredError, Adam::default()).schedule(0.02).with_observers(angles);
    step(&mut || trainer.step(&inputs, &targets));
    let weight = trainer.network().hidden.weight;
    let excess = weight * weight.transpose() - castnet::nalgebra::SMatrix::<f64, 4, 4>::identity();
    assert!(excess.norm() < 0.05, "{excess}");
}

#[test]
fn the_least_are_pruned_and_stay_so() {
    let (inputs, targets) = samples::<5, 2>(32);
    let mut small = Small::init(&mut rng());
    let before = small.clone();
    let mut pruned = Pruned::new(castnet::bytemuck::zeroed_box::<Small>());
    pruned.prune(&mut *small, 0.5, Scope::Network).unwrap();
    // An oracle that sorts: of 20 + 8 weights the least 14 are zero.
    let weights = |network: &Small| -> Vec<f64> {
        network.hidden.weight.iter().chain(network.output.weight.iter()).copied().collect()
    };
    let mut magnitudes: Vec<f64> = weights(&before).iter().map(|weight| weight.abs()).collect();
    magnitudes.sort_by(f64::total_cmp);
    for (before, after) in weights(&before).into_iter().zip(weights(&small)) {
        assert_eq!(after, if before.abs() <= magnitudes[13] { 0.0 } else { before });
    }
    assert_eq!(pruned.count(), 14);

    // Momentum would carry on what was cleared.
    let zeros = |network: &Small| weights(network).iter().map(|weight| *weight == 0.0).collect::<Vec<bool>>();
    let expected = zeros(&small);
    let mut trainer = Trainer::new(small, MeanSquaredError, Adam::default()).schedule(0.05).with_observers(pruned);
    for _ in 0..50 {
        trainer.step(&inputs, &targets).unwrap();
        assert_eq!(zeros(trainer.network()), expected);
    }

    // More of it, and each layer by itself.
    let (mut network, mut pruned) = (*trainer.network(), trainer.observers().clone());
    pruned.prune(&mut network, 0.75, Scope::Segment).unwrap();
    let of_hidden = network.hidden.weight.iter().filter(|weight| **weight == 0.0).count();
    assert!(of_hidden >= 15 && pruned.count() >= 21, "{of_hidden} {}", pruned.count());
    assert!(expected.iter().zip(zeros(&network)).all(|(before, after)| !before || after));
    assert!(matches!(pruned.prune(&mut network, 1.5, Scope::Network), Err(Error::Setting { setting: "part", .. })));
    // All zero before: only as many are marked as asked for, and on the memory of somebody else.
    let (mut mask, mut nothing): (Small, Small) = (castnet::zeroed(), castnet::zeroed());
    let mut pruned = Pruned::new(&mut mask).on(|segment| segment.kind == ParameterKind::Bias);
    pruned.prune(&mut nothing, 0.5, Scope::Network).unwrap();
    pruned.prune(&mut nothing, 0.5, Scope::Network).unwrap();
    assert_eq!(pruned.count(), 3);
}

#[test]
fn wrong_settings_are_errors_before_a_step() {
    fn error<R: Regularizer>(regularizer: R) -> Error {
        let mut trainer =
            Trainer::new(Plane::init(&mut rng()), MeanSquaredError, Sgd::default()).with_observers(regularizer);
        let before = *trainer.network();
        let error = trainer.step(&[[0.5; 8]], &[[1.0]]).unwrap_err();
        assert_eq!(trainer.network().parameters(), before.parameters());
        error
    }
    let setting = |error: Error| if let Error::Setting { setting, .. } = error { setting } else { "none" };
    assert_eq!(setting(error(L1 { factor: -1.0 })), "factor");
    assert_eq!(setting(error(L2 { factor: f64::NAN })), "factor");
    assert_eq!(setting(error(ElasticNet { l1: 0.0, l2: f64::INFINITY })), "l2");
    assert_eq!(setting(error(MaxNorm { norm: 0.0 })), "norm");
    // A term that is no number.
    assert!(matches!(error(On { segments: |_: &Segment| true, regularizer: Spoiler }), Error::NonFiniteLoss { .. }));
}

/// Adds NaN to the loss.
struct Spoiler;

impl Regularizer for Spoiler {
    fn penalize<T: castnet::Scalar>(&self, _: &Segment, _: &[T], _: &mut [T]) -> f64 {
        f64::NAN
    }
}
