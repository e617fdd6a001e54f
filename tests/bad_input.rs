//! Bad input: an error that says where the fault is, and a trainer that is as if it had never seen it.

use castnet::data::{Batches, FileError, Idx, Images, Mnist, Samples, read_idx};
use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::{Adam, Optimizer, Sgd};
use castnet::train::{FitFault, FitOptions, Progress, Trainer};
use castnet::{Error, Role, prelude::*};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

network! {
    /// Batch norm and dropout: a step leaves more behind than parameters.
    struct Classifier {
        input: [1, 6, 6],
        conv2d(4, kernel = 3), batch_norm, relu,
        flatten,
        dropout(0.2),
        dense(10),
    }
}

network! {
    /// One stage: samples are worked on before the last ones are seen.
    struct Regressor<f64> {
        input: [3],
        dense(8), tanh,
        dense(2),
    }
}

/// Cases of each kind: faults at random places.
const CASES: u64 = 30;

fn images(count: usize) -> (Vec<[f32; 36]>, Vec<usize>) {
    let mut rng = StdRng::seed_from_u64(3);
    let inputs = (0..count).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0)));
    (inputs.collect(), (0..count).map(|index| index % 10).collect())
}

fn points(count: usize) -> (Vec<[f64; 3]>, Vec<[f64; 2]>) {
    let mut rng = StdRng::seed_from_u64(4);
    let inputs = (0..count).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect::<Vec<[f64; 3]>>();
    let targets = inputs.iter().map(|&[x, y, z]| [x * y, y - z]).collect();
    (inputs, targets)
}

/// A trainer in the middle of its work.
fn trainer<N: Network, C: Loss<N>>(loss: C, inputs: &[N::Input], targets: &[C::Target]) -> Trainer<N, C, Adam> {
    let mut trainer = Trainer::new(N::init(&mut StdRng::seed_from_u64(1)), loss, Adam::default());
    for _ in 0..3 {
        trainer.step(inputs, targets).unwrap();
    }
    trainer
}

fn bits<N: Network>(network: &N) -> Vec<u8> {
    castnet::bytemuck::bytes_of(network).to_vec()
}

/// The error of a step with `bad` samples, which must leave no mark: neither in the network nor on later steps.
fn error_of_step<N, C>(loss: C, good: (&[N::Input], &[C::Target]), bad: (&[N::Input], &[C::Target])) -> Error
where
    N: Network,
    C: Loss<N> + Copy,
{
    let mut unharmed = trainer::<N, C>(loss, good.0, good.1);
    let mut trainer = trainer::<N, C>(loss, good.0, good.1);
    let before = bits(trainer.network());
    let error = trainer.step(bad.0, bad.1).unwrap_err();
    assert!(bits(trainer.network()) == before, "the network has changed on: {error}");

    trainer.step(good.0, good.1).unwrap();
    unharmed.step(good.0, good.1).unwrap();
    assert!(bits(trainer.network()) == bits(unharmed.network()), "a later step differs after: {error}");
    error
}

#[test]
fn a_label_out_of_range_is_named() {
    let (inputs, labels) = images(50);
    let mut rng = StdRng::seed_from_u64(5);
    for _ in 0..CASES {
        let (sample, label) = (rng.random_range(0..50), rng.random_range(10..1_000));
        let mut bad = labels.clone();
        bad[sample] = label;
        let error = error_of_step::<Classifier, _>(SoftmaxCrossEntropy, (&inputs, &labels), (&inputs, &bad));
        assert!(error.to_string().starts_with(&format!("sample {sample} has label {label}, but")), "{error}");
        assert!(matches!(error, Error::LabelOutOfRange { classes: 10, .. }));
    }
}

#[test]
fn a_number_that_is_not_finite_is_named() {
    let (inputs, labels) = images(50);
    let mut rng = StdRng::seed_from_u64(6);
    for case in 0..CASES {
        let (sample, feature) = (rng.random_range(0..50), rng.random_range(0..36));
        let value = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][case as usize % 3];
        let mut bad = inputs.clone();
        bad[sample][feature] = value;
        let error = error_of_step::<Classifier, _>(SoftmaxCrossEntropy, (&inputs, &labels), (&bad, &labels));
        let expected = format!("sample {sample} has {value} as its feature {feature}, but");
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert!(matches!(error, Error::NonFiniteInput { .. }));
    }
}

#[test]
fn a_target_that_is_not_finite_is_named() {
    let (inputs, targets) = points(40);
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..CASES {
        let (sample, output) = (rng.random_range(0..40), rng.random_range(0..2));
        let mut bad = targets.clone();
        bad[sample][output] = f64::NAN;
        let error = error_of_step::<Regressor, _>(MeanSquaredError, (&inputs, &targets), (&inputs, &bad));
        let expected = format!("the target of sample {sample} has NaN for output {output}, but");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn the_first_of_several_faults_is_named_in_a_network_of_one_stage() {
    let (inputs, targets) = points(40);
    let mut bad = inputs.clone();
    bad[20][1] = f64::NAN;
    bad[39][0] = f64::INFINITY;
    let error = error_of_step::<Regressor, _>(MeanSquaredError, (&inputs, &targets), (&bad, &targets));
    assert!(matches!(error, Error::NonFiniteInput { sample: 20, feature: 1, .. }), "{error}");
}

#[test]
fn nothing_to_learn_from_is_an_error() {
    let (inputs, targets) = points(40);
    let error = error_of_step::<Regressor, _>(MeanSquaredError, (&inputs, &targets), (&[], &[]));
    assert!(matches!(error, Error::EmptyBatch), "{error}");
    let error = error_of_step::<Regressor, _>(MeanSquaredError, (&inputs, &targets), (&inputs, &targets[..39]));
    assert!(error.to_string().starts_with("40 inputs came with 39 targets"), "{error}");

    let nothing = Samples::<f64, [f64; 3], [f64; 2]>::new(&[], &[]).unwrap();
    assert!(matches!(Batches::new(&nothing, 8), Err(Error::EmptyDataset)));
}

network! {
    /// Outputs that do not depend on the scale of the inputs.
    struct Scaled {
        input: [2],
        batch_norm, tanh,
        dense(1),
    }
}

#[test]
fn statistics_that_overflow_are_an_error() {
    let inputs: [[f32; 2]; 16] = std::array::from_fn(|index| [index as f32, 0.5 - index as f32]);
    let targets = [[0.25]; 16];
    let bad = inputs.map(|[one, other]| [one, other * 1e25]);
    let error = error_of_step::<Scaled, _>(MeanSquaredError, (&inputs, &targets), (&bad, &targets));
    let expected = "step 3, with a learning rate of 0.001, would make `batch_norm1.running_variance` infinite or NaN";
    assert!(error.to_string().starts_with(expected), "{error}");
}

network! {
    /// Statistics in blocks, all of other widths.
    struct Nested {
        input: [2],
        batch_norm,
        concat {
            { dense(3), batch_norm, tanh },
            { inner: residual { dense(5), batch_norm, tanh, dense(2) }, dense(4), batch_norm },
        },
        dense(6), batch_norm,
        dense(1),
    }
}

/// An error in the statistics of a stage names the running ones by their place among the segments.
#[test]
fn running_statistics_stand_in_the_order_of_the_stages() {
    let mut trace = castnet::bytemuck::zeroed_box::<<Nested as Network>::Trace<8>>();
    let lens = (0..Nested::STAGES - 1).map(|stage| Trace::statistics(&mut *trace, stage).len());
    let running = Nested::SEGMENTS.iter().filter(|segment| segment.role == Role::RunningStatistic);
    let running: Vec<usize> = running.map(|segment| segment.len).collect();
    assert_eq!(running.chunks(2).map(|pair| pair.iter().sum()).collect::<Vec<usize>>(), lens.collect::<Vec<usize>>());
    assert_eq!(running.len(), 10);
}

network! {
    /// As little as there can be.
    struct Line {
        input: [1],
        dense(1),
    }
}

#[test]
fn moments_that_overflow_are_an_error() {
    let (inputs, targets) = ([[0.5], [-1.0]], [[0.5], [0.25]]);
    // Loss and gradient are numbers, and so would be the parameters; the square of the gradient is none in `f32`.
    let error = error_of_step::<Line, _>(MeanSquaredError, (&inputs, &targets), (&[[100.0]], &[[1e18]]));
    assert!(matches!(error, Error::NonFiniteUpdate { step: 3, segment: "dense1.weight", .. }), "{error}");
}

/// The error of the first step with these settings, which leaves the network as it was.
fn error_of_settings<O: Optimizer<Classifier>>(optimizer: O, rate: f64) -> Error {
    let (inputs, labels) = images(20);
    let network = Classifier::init(&mut StdRng::seed_from_u64(1));
    let before = bits(&*network);
    let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, optimizer).schedule(rate);
    let error = trainer.step(&inputs, &labels).unwrap_err();
    assert!(bits(trainer.network()) == before && trainer.steps() == 0, "the network has changed on: {error}");
    error
}

#[test]
fn settings_that_make_no_numbers_are_errors() {
    for rate in [-0.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(error_of_settings(Adam::default(), rate), Error::LearningRate { step: 0, .. }));
    }
    // Numbers, but none that an `f32` holds.
    for rate in [1e39, f64::MAX] {
        assert!(matches!(error_of_settings(Adam::default(), rate), Error::NonFiniteUpdate { step: 0, .. }));
        assert!(matches!(error_of_settings(Sgd::default(), rate), Error::NonFiniteUpdate { step: 0, .. }));
    }
    let setting = |error| match error {
        Error::Setting { setting, .. } => setting,
        other => panic!("{other}"),
    };
    for value in [-0.1, 1.0, 1e30, f64::NAN, f64::INFINITY] {
        assert_eq!(setting(error_of_settings(Sgd { momentum: value, ..Sgd::default() }, 0.1)), "momentum");
        assert_eq!(setting(error_of_settings(Adam { beta1: value, ..Adam::default() }, 0.1)), "beta1");
        assert_eq!(setting(error_of_settings(Adam { beta2: value, ..Adam::default() }, 0.1)), "beta2");
    }
    for value in [-1.0, 1e38, f64::NAN, f64::INFINITY] {
        assert_eq!(setting(error_of_settings(Sgd { weight_decay: value, ..Sgd::default() }, 0.1)), "weight_decay");
        assert_eq!(setting(error_of_settings(Adam { weight_decay: value, ..Adam::default() }, 0.1)), "weight_decay");
    }
    for value in [-1.0, 0.0, 1e-40, f64::NAN, f64::INFINITY] {
        assert_eq!(setting(error_of_settings(Adam { epsilon: value, ..Adam::default() }, 0.1)), "epsilon");
    }
}

/// A damaged copy of the file with the test labels, and the error that comes of it.
fn error_in_file(name: &str, damage: impl FnOnce(&mut Vec<u8>)) -> FileError {
    let mut file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/t10k-labels-idx1-ubyte.gz")).unwrap();
    damage(&mut file);
    let path = std::env::temp_dir().join(format!("castnet-{name}-{}", std::process::id()));
    std::fs::write(&path, file).unwrap();
    let error = read_idx(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    let FileError::InFile { source, .. } = error else { panic!("{error}") };
    *source
}

#[test]
fn a_damaged_gzip_file_says_which_byte() {
    let mut rng = StdRng::seed_from_u64(8);
    for _ in 0..CASES {
        let length = rng.random_range(10..4_517);
        let error = error_in_file("cut", |file| file.truncate(length));
        assert!(matches!(error, FileError::Gzip { byte, .. } if byte <= length as u64), "{error}");

        // Between the header, whose time does not matter, and the last bits, which fill a byte, every bit counts.
        let (byte, bit) = (rng.random_range(10..4_508), rng.random_range(0..8));
        let error = error_in_file("flipped", |file| file[byte] ^= 1 << bit);
        assert!(error.to_string().starts_with("the gzip data is corrupt or cut short at about byte "), "{error}");
    }
}

#[test]
fn damaged_idx_bytes_say_which_byte() {
    let labels = read_idx(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/t10k-labels-idx1-ubyte.gz")).unwrap();
    let mut file = vec![0, 0, 8, 1];
    file.extend(10_000_u32.to_be_bytes());
    file.extend(labels.elements());
    assert_eq!(Idx::parse(&file).unwrap(), labels);

    let mut rng = StdRng::seed_from_u64(9);
    for _ in 0..CASES {
        let length = rng.random_range(0..file.len());
        let error = Idx::parse(&file[..length]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("the data ends at byte {length}, after ")), "{error}");
        // Any other byte in the header is noticed.
        let mut damaged = file.clone();
        damaged[rng.random_range(0..8)] ^= rng.random_range(1..=255);
        assert!(Idx::parse(&damaged).is_err());
    }
    // Noise is never a panic.
    for _ in 0..1_000 {
        let noise: Vec<u8> = (0..rng.random_range(0..64)).map(|_| rng.random_range(0..=9)).collect();
        let _ = Idx::parse(&noise);
        let _ = Idx::parse(&[&[0x1f, 0x8b, 8, 0], &noise[..]].concat());
        let _ = Idx::parse(&[&[0, 0, 8], &noise[..]].concat());
    }
}

#[test]
fn a_folder_without_the_files_says_which_is_missing() {
    let error = Mnist::<f32>::load("no/such/folder").unwrap_err();
    let expected = "no/such/folder has none of train-images-idx3-ubyte, train-images-idx3-ubyte.gz, ";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn fitting_to_bad_data_is_an_error_before_the_first_step() {
    let (inputs, labels) = images(20);
    let mut trainer = trainer::<Classifier, _>(SoftmaxCrossEntropy, &inputs, &labels);
    let before = bits(trainer.network());
    let mut fit = |data: &Images| {
        let error = trainer.fit(data, FitOptions::new(2).shuffle(false).progress(Progress::Silent)).unwrap_err();
        assert!(bits(trainer.network()) == before, "the network has changed on: {error}");
        error
    };

    let error = fit(&Images::new([1, 5, 6], vec![0; 300], vec![0; 10]).unwrap());
    assert!(error.to_string().contains("shape [1, 5, 6], but [1, 6, 6] is expected"), "{error}");
    let error = fit(&Images::new([1, 6, 6], vec![], vec![]).unwrap());
    assert!(matches!(error.fault, FitFault::Training(Error::EmptyDataset)), "{error}");
    let mut labels = vec![3; 100];
    labels[77] = 10;
    let error = fit(&Images::new([1, 6, 6], vec![0; 3_600], labels).unwrap());
    assert!(
        matches!(error.fault, FitFault::Training(Error::LabelOutOfRange { sample: 77, label: 10, classes: 10 })),
        "{error}"
    );
}
