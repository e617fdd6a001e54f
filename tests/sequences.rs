//! Sequences through whole networks: the numbers of a network of sequences are those of the same layers on images of one
//! row, and what is causal does not know the future.

use castnet::losses::MeanSquaredError;
use castnet::{check_gradients, prelude::*, summary};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const LENGTH: usize = 20;
const KERNEL: usize = 3;
const DILATION: usize = 4;

network! {
    /// Everything that a sequence goes through, with sizes that only the compiler knows.
    struct Sequences<f64> {
        input: [2, LENGTH],
        stem: conv1d(4, kernel = 2, padding = causal), tanh,
        residual { conv1d(4, kernel = KERNEL, dilation = DILATION, padding = causal), batch_norm, silu },
        concat { { conv1d(3, kernel = 4, dilation = 2, padding = same) }, {} } -> [7, LENGTH],
        residual(project) { conv1d(5, kernel = KERNEL, stride = 2, padding = [0, 2], rounding = floor) },
        prelu(per_channel = true),
        max_pool1d(2), layer_norm,
        repeat(2) { conv1d(3, kernel = KERNEL, padding = 1), sigmoid },
        avg_pool1d(3, stride = 2),
        flatten,
        dense(2),
    }
}

network! {
    /// The same on images of one row.
    struct Rows<f64> {
        input: [2, 1, 20],
        stem: conv2d(4, kernel = [1, 2], padding = [0, [1, 0]]), tanh,
        residual { conv2d(4, kernel = [1, 3], dilation = [1, 4], padding = [0, [8, 0]]), batch_norm, silu },
        concat { { conv2d(3, kernel = [1, 4], dilation = [1, 2], padding = same) }, {} } -> [7, 1, 20],
        residual(project) { conv2d(5, kernel = [1, 3], stride = [1, 2], padding = [0, [0, 2]], rounding = floor) },
        prelu(per_channel = true),
        max_pool2d([1, 2]), layer_norm,
        repeat(2) { conv2d(3, kernel = [1, 3], padding = [0, 1]), sigmoid },
        avg_pool2d([1, 3], stride = [1, 2]),
        flatten,
        dense(2),
    }
}

network! {
    /// Convolutions one behind the other that see ever further back, as in WaveNet.
    struct Wave {
        input: [1, 100],
        conv1d(8, kernel = 2, padding = causal), relu,
        residual { conv1d(8, kernel = 2, dilation = 2, padding = causal), relu },
        residual { conv1d(8, kernel = 2, dilation = 4, padding = causal), relu },
        residual { conv1d(8, kernel = 2, dilation = 8, padding = causal), relu },
        conv1d(1, kernel = 1),
    }
}

/// A network whose biases and running statistics are not at their start, and samples for it.
fn draw<N: Network<Scalar = f64, Input = [f64; 2 * LENGTH]>>() -> (Box<N>, Vec<N::Input>) {
    let mut rng = StdRng::seed_from_u64(4);
    let mut network = N::init(&mut rng);
    network.parameters_mut().iter_mut().for_each(|value| *value += rng.random_range(0.01..0.1));
    let samples = (0..8).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    (network, samples)
}

#[test]
fn a_sequence_is_an_image_of_one_row() {
    let ((sequences, inputs), (mut rows, _)) = (draw::<Sequences>(), draw::<Rows>());
    assert_eq!(Sequences::OUTPUT_SHAPE, Rows::OUTPUT_SHAPE);
    // Where the macro knows the sizes, gradients are packed tighter.
    assert!(size_of::<<Rows as Network>::Trace<8>>() <= size_of::<<Sequences as Network>::Trace<8>>());
    rows.parameters_mut().copy_from_slice(sequences.parameters());
    for input in &inputs {
        assert_eq!(sequences.predict(input), rows.predict(input));
    }
}

#[test]
fn gradients() {
    let (network, inputs) = draw::<Sequences>();
    let targets: Vec<[f64; 2]> = inputs.iter().map(|input| [input[0], input[21]]).collect();
    let full = check_gradients::<_, _, 8>(&*network, &MeanSquaredError, &inputs, &targets).unwrap();
    let masked = check_gradients::<_, _, 16>(&*network, &MeanSquaredError, &inputs[..5], &targets[..5]).unwrap();
    assert!(full.worst().1 < 1e-7 && masked.worst().1 < 1e-7, "{full:?}\n{masked:?}");
}

#[test]
fn what_is_causal_knows_nothing_of_the_future() {
    let network = Wave::init(&mut StdRng::seed_from_u64(3));
    let input: [f32; 100] = std::array::from_fn(|place| (place as f32 * 0.7).sin());
    let before = network.predict(&input);
    for place in [0, 50, 99] {
        let mut changed = input;
        changed[place] += 1.0;
        let after = network.predict(&changed);
        // The receptive field is of 16 positions, the last of them its own.
        for output in 0..100 {
            let differs = before[output] != after[output];
            assert!(!differs || (place..place + 16).contains(&output), "{place} changes {output}");
        }
        assert_ne!(before[place], after[place]);
    }
}

#[test]
fn the_table_tells_of_one_axis() {
    assert_eq!((Wave::INPUT_SHAPE, Wave::OUTPUT_SHAPE), (&[1, 100][..], &[1, 100][..]));
    assert_eq!(Wave::LAYERS.last().unwrap().receptive_field, [16]);
    let table = summary::<Wave>().to_string();
    let row = "residual3.conv1d1  conv1d    [8, 100]         136         16     12,800";
    assert!(table.contains(row), "{table}");
    assert_eq!(Sequences::LAYERS[0].receptive_field, [2]);
    let weight = Wave::SEGMENTS.iter().find(|segment| segment.name == "residual2.conv1d1.weight").unwrap();
    assert_eq!(weight.shape, [8, 8, 2]);
}
