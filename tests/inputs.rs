//! Several inputs, parts of values, and several heads: gradients against central differences, and what users write.

use castnet::losses::{GivenGradient, MeanSquaredError, SoftmaxCrossEntropy, Weighted};
use castnet::metrics::{Accuracy, OfHead};
use castnet::train::{FitOptions, Trainer};
use castnet::{Error, Predictor, check_gradients, evaluate, optimizers::Adam, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Largest relative error between a gradient and its central difference.
const TOLERANCE: f64 = 1e-7;

/// Of the constant expressions below.
const SPEEDS: usize = 3;

network! {
    /// An image through convolutions, and then what is known besides.
    struct Robot<f64> {
        input: { image: [1, 6, 5], speed: [SPEEDS], place: [2] },
        conv2d(2, kernel = 3), batch_norm, tanh,
        conv2d(2, kernel = 2), tanh,
        flatten,
        concat { {}, { speed }, { place, dense(3), tanh } },
        dense(5), tanh,
        // The same input once more.
        concat { {}, { speed, slice(1..3), sigmoid } },
        dense(2),
    }
}

network! {
    /// Branches that begin with inputs, the second of them first.
    struct Crossed<f64> {
        input: { left: [2, 3, 3], right: [4] },
        right, dense(4), tanh,
        residual { dense(2), concat { {}, { right, slice(..2) } } },
        concat { {}, { left, avg_pool2d(3), flatten, tanh } },
        dense(2),
    }
}

network! {
    /// Parts of features and channels: side by side, overlapping, beside the whole, with gaps, of sizes that only the
    /// compiler knows, and as the output.
    struct Parts<f64> {
        input: [4, 2, 2],
        conv2d(5, kernel = 1), tanh,
        concat { { slice(0..2) }, { slice(3..), tanh }, { slice(1..SPEEDS + 1) } },
        conv2d(6, kernel = 2),
        flatten,
        sum { { slice(..3), tanh }, { slice(3..6) } },
        concat { {}, { slice(1..2), sigmoid }, { slice(0..SPEEDS), dense(2) } },
        dense(4),
        slice(1..3),
    }
}

fn check<N: Network<Scalar = f64, Output = [f64; 2]>>() {
    let mut rng = StdRng::seed_from_u64(5);
    let network = N::init(&mut rng);
    let sample = |_| {
        let mut input: N::Input = castnet::bytemuck::Zeroable::zeroed();
        input.as_mut().iter_mut().for_each(|value| *value = rng.random_range(-1.0..1.0));
        input
    };
    let inputs: Vec<N::Input> = (0..5).map(sample).collect();
    let targets: Vec<[f64; 2]> = (0..5).map(|sample| [f64::from(sample) / 5.0, -0.3]).collect();
    for found in [
        check_gradients::<N, _, 5>(&*network, &MeanSquaredError, &inputs, &targets),
        check_gradients::<N, _, 8>(&*network, &MeanSquaredError, &inputs, &targets),
    ] {
        let found = found.unwrap();
        assert!(found.worst().1 <= TOLERANCE, "{}: {found:?}", N::NAME);
    }
    // The gradient in the input, with a single sample.
    let slopes = network.input_gradient(&inputs[0], &[1.0, -0.5]);
    let value = |input: &N::Input| {
        let [a, b] = network.predict(input);
        a - 0.5 * b
    };
    for place in 0..N::INPUT_LEN {
        let shifted = |shift: f64| {
            let mut input = inputs[0];
            input.as_mut()[place] += shift;
            value(&input)
        };
        let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
        assert!((slopes.as_ref()[place] - difference).abs() < 1e-8, "{} {place}: {difference}", N::NAME);
    }
}

#[test]
fn gradients_reach_every_input_and_part() {
    check::<Robot>();
    check::<Crossed>();
    check::<Parts>();
}

#[test]
fn a_sample_has_its_parts_by_name() {
    let robot = Robot::init(&mut StdRng::seed_from_u64(1));
    let input = RobotInput { image: [0.5; 30], speed: [1.0, 2.0, 3.0], place: [4.0, 5.0] };
    let flat: &[f64] = input.as_ref();
    assert_eq!((flat.len(), &flat[29..]), (Robot::INPUT_LEN, &[0.5, 1.0, 2.0, 3.0, 4.0, 5.0][..]));
    let found: Vec<_> = Robot::INPUTS.iter().map(|input| (input.name, input.offset, input.len)).collect();
    assert_eq!(found, [("image", 0, 30), ("speed", 30, 3), ("place", 33, 2)]);
    assert_eq!((Robot::INPUTS[0].shape, Robot::INPUT_SHAPE), (&[1, 6, 5][..], &[35][..]));
    let mut outputs = [[0.0; 2]; 3];
    Predictor::new(&*robot).predict_batch(&[input; 3], &mut outputs);
    let alone = robot.predict(&input);
    assert!(outputs.iter().flatten().zip(alone.iter().cycle()).all(|(one, other)| (one - other).abs() < 1e-12));
}

#[test]
fn samples_with_parts_are_data() {
    let robot = Robot::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(robot, MeanSquaredError, Adam::default());
    let sample = |index: i32| {
        let speed = f64::from(index) / 20.0;
        (RobotInput { image: [speed; 30], speed: [speed, 1.0, -speed], place: [0.0, speed] }, [speed, -speed])
    };
    let data: Vec<(RobotInput, [f64; 2])> = (0..20).map(sample).collect();
    let before = trainer.evaluate(&data).unwrap().loss;
    trainer.fit(&data, FitOptions::new(30).batch_size(5)).unwrap();
    assert!(trainer.evaluate(&data).unwrap().loss < before / 4.0);
    let mut wrong = data.clone();
    wrong[3].0.speed[1] = f64::NAN;
    let error = trainer.evaluate(&wrong).unwrap_err();
    assert!(matches!(error, Error::NonFiniteInput { sample: 3, feature: 31, .. }), "{error}");
}

network! {
    /// What to do, and how good the place is.
    struct Player<f64> {
        input: [4],
        dense(6), tanh,
        concat { policy: { dense(3) }, value: { dense(2), tanh, dense(1) } },
    }
}

/// The two losses on networks of one head each, which are the parts of `Player`.
fn by_hand(player: &Player, input: &[f64; 4], (class, value): (usize, [f64; 1])) -> f64 {
    let PlayerOutput { policy, value: [found] } = player.predict(input);
    let sum: f64 = policy.iter().map(|logit| logit.exp()).sum();
    sum.ln() - policy[class] + 0.5 * (found - value[0]).powi(2)
}

#[test]
fn each_head_has_its_loss_and_its_target() {
    let mut rng = StdRng::seed_from_u64(6);
    let player = Player::init(&mut rng);
    let inputs: Vec<[f64; 4]> = (0..11).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let targets: Vec<(usize, [f64; 1])> = (0..11).map(|sample| (sample % 3, [sample as f64 / 10.0])).collect();
    let loss = (SoftmaxCrossEntropy, Weighted { weight: 0.5, loss: MeanSquaredError });
    for found in [
        check_gradients::<_, _, 1>(&*player, &loss, &inputs[..1], &targets[..1]),
        check_gradients::<_, _, 16>(&*player, &loss, &inputs, &targets),
    ] {
        assert!(found.as_ref().unwrap().worst().1 <= TOLERANCE, "{found:?}");
    }
    let pairs = || inputs.iter().copied().zip(targets.iter().copied());
    let expected = pairs().map(|(input, target)| by_hand(&player, &input, target)).sum::<f64>() / 11.0;
    let data: Vec<_> = pairs().collect();
    let policy = OfHead::<Player, 0, _>::new("policy accuracy", Accuracy);
    let evaluation = evaluate(&player, &loss, &data, &[&policy]).unwrap();
    assert!((evaluation.loss - expected).abs() < 1e-12);
    assert_eq!(evaluation.accuracy, Some(evaluation.scores[0].value), "the first head has classes");
    let mut trainer = Trainer::new(player, loss, Adam::default()).schedule(0.02);
    assert!((trainer.step(&inputs, &targets).unwrap().loss - expected).abs() < 1e-12);
    trainer.fit(&data, FitOptions::new(400).batch_size(11)).unwrap();
    let after = trainer.evaluate(&data).unwrap();
    assert!(after.loss < expected / 3.0 && after.accuracy > Some(0.8), "{after:?} {expected}");
}

#[test]
fn what_is_wrong_with_a_target_says_which_output() {
    let player = Player::init(&mut StdRng::seed_from_u64(1));
    let mut trainer = Trainer::new(player, (GivenGradient, MeanSquaredError), Adam::default());
    let error = trainer.step(&[[0.0; 4]; 2], &[([0.0; 3], [0.0]), ([0.0; 3], [f64::NAN])]).unwrap_err();
    assert!(matches!(error, Error::NonFiniteTarget { sample: 1, output: 3, .. }), "{error}");
    let mut trainer = trainer.with_loss((SoftmaxCrossEntropy, MeanSquaredError));
    let error = trainer.step(&[[0.0; 4]], &[(3, [0.0])]).unwrap_err();
    assert!(matches!(error, Error::LabelOutOfRange { sample: 0, label: 3, classes: 3 }), "{error}");
    let mut trainer = trainer.with_loss((SoftmaxCrossEntropy, Weighted { weight: f64::NAN, loss: MeanSquaredError }));
    let error = trainer.step(&[[0.0; 4]], &[(2, [0.0])]).unwrap_err();
    assert!(matches!(error, Error::Setting { setting: "weight", .. }), "{error}");
    assert_eq!(trainer.steps(), 0);
}

#[test]
fn heads_are_parts_of_the_output() {
    let heads: Vec<_> = Player::HEADS.iter().map(|head| (head.name, head.offset, head.len)).collect();
    assert_eq!(heads, [("policy", 0, 3), ("value", 3, 1)]);
    assert_eq!(Player::HEADS.map_last(), ["concat1.policy.dense1", "concat1.value.dense2"]);
    let output = PlayerOutput { policy: [1.0, 2.0, 3.0], value: [4.0] };
    assert_eq!(output.as_ref(), [1.0, 2.0, 3.0, 4.0]);
}

/// The names of the last layers of heads.
trait Last {
    fn map_last(&self) -> Vec<&'static str>;
}

impl Last for [castnet::HeadInfo] {
    fn map_last(&self) -> Vec<&'static str> {
        self.iter().filter_map(|head| Some(Player::LAYERS[head.last_layer?].name)).collect()
    }
}
