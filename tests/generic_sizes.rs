//! One declaration for many sizes: networks with const parameters are the networks with the numbers in their place.

#![forbid(unsafe_code)]

use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::typenum::{U6, U17, Unsigned};
use castnet::{LayerInfo, LayerPlace, Predictor, Sizes, check_gradients, prelude::*, summary};
use rand::SeedableRng;
use rand::rngs::StdRng;

const HIDDEN: usize = 24;

network! {
    /// From what is seen to what is done.
    #[derive(PartialEq)]
    pub struct Policy<const OBSERVATION: usize, const ACTION: usize> {
        input: [OBSERVATION],
        hidden: dense(HIDDEN), tanh,
        block: residual { dense(HIDDEN), batch_norm, relu },
        repeat(2) { residual(project) { dense(ACTION), tanh } },
        action: dense(ACTION) -> [ACTION],
    }
}

network! {
    /// The same with numbers.
    #[derive(PartialEq)]
    pub struct Fixed {
        input: [17],
        hidden: dense(HIDDEN), tanh,
        block: residual { dense(HIDDEN), batch_norm, relu },
        repeat(2) { residual(project) { dense(6), tanh } },
        action: dense(6) -> [6],
    }
}

network! {
    /// Images of a fixed size, any number of classes; in f64, and with names that generated code likes.
    pub struct Digits<f64, const L: usize> {
        input: [1, 8, 8],
        conv2d(3, kernel = 3), batch_norm, relu,
        max_pool2d(2),
        flatten,
        dropout(0.2),
        concat { { dense(5) }, { dense(4), sigmoid } },
        sum { { dense(L) }, { dense(L, bias = false) } },
        softmax,
    }
}

network! {
    /// Two parameters meet in one matrix.
    struct Linear<const INPUTS: usize, const OUTPUTS: usize> { input: [INPUTS], dense(OUTPUTS, bias = false) }
}

network! {
    /// Nothing to learn.
    struct Squash<const N: usize> { input: [N], tanh }
}

/// Data that differ from sample to sample.
fn samples<const INPUTS: usize, const OUTPUTS: usize>(count: usize) -> (Vec<[f32; INPUTS]>, Vec<[f32; OUTPUTS]>) {
    let wave = |sample: usize, feature: usize| ((sample * 7 + feature * 3) as f32 * 0.37).sin();
    let inputs = (0..count).map(|sample| std::array::from_fn(|feature| wave(sample, feature))).collect();
    (inputs, (0..count).map(|sample| std::array::from_fn(|feature| wave(sample, feature + 1))).collect())
}

/// The layers, wherever their outputs stand: a type with parameters has no arena.
fn layers<N: Infer>() -> Vec<LayerInfo> {
    N::LAYERS.iter().map(|layer| LayerInfo { place: LayerPlace::Output(0), ..*layer }).collect()
}

#[test]
fn a_parameter_is_the_number_in_its_place() {
    type Concrete = Policy<17, 6>;
    let concrete = Concrete::init(&mut StdRng::seed_from_u64(1));
    let fixed = Fixed::init(&mut StdRng::seed_from_u64(1));
    assert_eq!(concrete.parameters(), fixed.parameters());
    assert_eq!(Concrete::SEGMENTS, Fixed::SEGMENTS);
    assert_eq!(layers::<Concrete>(), layers::<Fixed>());
    assert_eq!(Concrete::PARAMETER_COUNT, Fixed::PARAMETER_COUNT);
    assert_eq!(concrete.hidden.weight, fixed.hidden.weight);
    assert_eq!(concrete.block.dense1.bias, fixed.block.dense1.bias);
    // The one without parameters ends with a cache line.
    assert_eq!(size_of::<Concrete>().next_multiple_of(64), size_of::<Fixed>());

    let (inputs, targets) = samples::<17, 6>(40);
    let mut one = Trainer::new(concrete, MeanSquaredError, Adam::default()).schedule(0.01);
    let mut other = Trainer::new(fixed, MeanSquaredError, Adam::default()).schedule(0.01);
    let losses: Vec<f64> = (0..20).map(|_| one.step(&inputs, &targets).unwrap().loss).collect();
    assert!(losses[19] < losses[0]);
    for &loss in &losses {
        assert_eq!(other.step(&inputs, &targets).unwrap().loss, loss);
    }
    assert_eq!(one.network().parameters(), other.network().parameters());
    assert_eq!(one.network().predict(&inputs[3]), other.network().predict(&inputs[3]));
}

#[test]
fn sizes_are_known_as_types() {
    fn same<A: Unsigned, B: Unsigned>() -> bool {
        A::USIZE == B::USIZE
    }
    fn bounded<N: Sizes<InputLen = U17, OutputLen = U6>>() -> usize {
        N::ParameterCount::USIZE
    }
    assert_eq!(bounded::<Policy<17, 6>>(), Fixed::PARAMETER_COUNT);
    assert!(same::<<Policy<17, 6> as Sizes>::ParameterCount, <Fixed as Sizes>::ParameterCount>());
    assert_eq!(<Linear<3, 784> as Sizes>::ParameterCount::USIZE, 3 * 784);
    assert_eq!(<Squash<1024> as Sizes>::ParameterCount::USIZE, 0);
}

/// A host that is as general as the network.
fn learns<const OBSERVATION: usize, const ACTION: usize>() -> bool {
    let policy = Policy::<OBSERVATION, ACTION>::init(&mut StdRng::seed_from_u64(3));
    let (inputs, targets) = samples::<OBSERVATION, ACTION>(24);
    let mut trainer = Trainer::new(policy, MeanSquaredError, Adam::default()).schedule(0.01);
    let first = trainer.step(&inputs, &targets).unwrap().loss;
    (0..30).map(|_| trainer.step(&inputs, &targets).unwrap().loss).last().unwrap() < first
}

#[test]
fn a_host_can_be_generic_too() {
    assert!(learns::<4, 2>());
    assert!(learns::<2, 11>());
    assert!(learns::<100, 1>());
    // There is no type of typenum for 1,500.
    assert!(learns::<1_500, 3>());
}

/// A field of a network that is as general as its struct.
struct Agent<const N: usize> {
    trainer: Trainer<Policy<N, 4>, MeanSquaredError, Adam>,
}

#[test]
fn a_struct_can_hold_a_general_network() {
    let policy = Policy::<1_500, 4>::init(&mut StdRng::seed_from_u64(1));
    let agent = Agent { trainer: Trainer::new(policy, MeanSquaredError, Adam::default()) };
    assert_eq!(agent.trainer.network().predict(&[0.1; 1_500]).len(), 4);
}

#[test]
fn gradients_are_right_for_every_size() {
    fn check<const N: usize>() {
        let digits = Digits::<N>::init(&mut StdRng::seed_from_u64(5));
        let inputs: Vec<[f64; 64]> =
            (0..5).map(|sample| std::array::from_fn(|pixel| ((sample * 13 + pixel * 5) as f64 * 0.71).sin())).collect();
        let targets = vec![[0.3; N]; 5];
        let check = check_gradients::<_, _, 8>(&*digits, &MeanSquaredError, &inputs, &targets).unwrap();
        assert!(check.worst().1 < 1e-5, "{check:?}");
    }
    check::<2>();
    check::<10>();
}

#[test]
fn networks_without_parameters_and_predictors_work() {
    let squash = Squash::<3>::init(&mut StdRng::seed_from_u64(1));
    assert_eq!(squash.parameters().len(), 0);
    assert!((squash.predict(&[1.0, 0.0, -1.0])[0] - 1.0_f32.tanh()).abs() < 1e-6);
    let linear = Linear::<5, 2>::init(&mut StdRng::seed_from_u64(1));
    let mut outputs = [[0.0; 2]; 20];
    Predictor::new(&*linear).predict_batch(&[[1.0; 5]; 20], &mut outputs);
    let sum: f32 = linear.dense1.weight.row(1).iter().sum();
    assert!((outputs[19][1] - sum).abs() < 1e-6);
}

#[test]
fn the_table_has_the_numbers() {
    let table = summary::<Policy<17, 6>>().to_string();
    assert!(table.starts_with("Policy, f32") && table.contains("[17]"), "{table}");
}
