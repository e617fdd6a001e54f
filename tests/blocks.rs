//! Blocks: gradients of whole networks against central differences, in f64, and the names that blocks lead to.

use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::{Pass, Role, check_gradients, prelude::*};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Largest relative error between a gradient and its central difference.
const TOLERANCE: f64 = 1e-7;

/// A network with parameters away from their start.
fn random<N: Network<Scalar = f64>>(rng: &mut StdRng) -> Box<N> {
    let mut network = N::init(rng);
    network.parameters_mut().iter_mut().for_each(|value| *value += rng.random_range(0.01..0.1));
    network
}

fn samples<const IN: usize>(rng: &mut StdRng) -> Vec<[f64; IN]> {
    (0..5).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect()
}

/// Checks the gradients of a network on five samples, in lane groups of 5 and of 8 (partly masked), and that inference is what a
/// forward pass without training computes.
fn check<N, C, const IN: usize>(loss: C, target: impl Fn(usize) -> C::Target)
where
    N: Network<Scalar = f64, Input = [f64; IN]>,
    C: Loss<N>,
{
    let mut rng = StdRng::seed_from_u64(4);
    let network = random::<N>(&mut rng);
    let inputs = samples::<IN>(&mut rng);
    let targets: Vec<C::Target> = (0..5).map(target).collect();
    for worst in [
        check_gradients::<N, C, 5>(&network, &loss, &inputs, &targets),
        check_gradients::<N, C, 8>(&network, &loss, &inputs, &targets),
    ] {
        let worst = worst.unwrap();
        assert!(worst.worst().1 <= TOLERANCE, "{}: {worst:?}", N::NAME);
    }
    assert_inference_is_forward::<N, IN>(&network, &inputs);
}

fn assert_inference_is_forward<N, const IN: usize>(network: &N, inputs: &[[f64; IN]])
where
    N: Network<Scalar = f64, Input = [f64; IN]>,
{
    let mut trace = castnet::bytemuck::zeroed_box::<N::Trace<8>>();
    for (lane, sample) in inputs.iter().enumerate() {
        for (feature, &value) in sample.iter().enumerate() {
            trace.input_mut()[feature * 8 + lane] = value;
        }
    }
    network.forward::<8>(&mut trace, &Pass::inference(8));
    for (lane, sample) in inputs.iter().enumerate() {
        let output = network.predict(sample);
        for (feature, &value) in output.as_ref().iter().enumerate() {
            let expected = trace.output()[feature * 8 + lane];
            assert!((value - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{}: {value} {expected}", N::NAME);
        }
    }
}

fn class(classes: usize) -> impl Fn(usize) -> usize {
    move |sample| (sample * 2 + 1) % classes
}

fn values<const OUT: usize>(sample: usize) -> [f64; OUT] {
    std::array::from_fn(|output| (sample as f64 - 2.0) / 3.0 + output as f64 / 5.0)
}

/// Of the constant expressions below.
const WIDTH: usize = 4;

network! {
    /// Identity shortcuts: around layers that move values, around ones that work in place, and from the input.
    struct Residuals<f64> {
        input: [4],
        residual { tanh },
        first: residual { dense(7), tanh, dense(4) }, sigmoid,
        residual { batch_norm, tanh, dropout(0.3), dense(4), dropout(0.2) },
        residual { sigmoid, dense(4) },
        dense(3),
    }
}

network! {
    /// As in ResNet: batch norm, a stride in the block, and a projection.
    struct Projected<f64> {
        input: [2, 5, 4],
        conv2d(3, kernel = 3, padding = same), batch_norm, relu,
        block1: residual {
            conv1: conv2d(3, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2: conv2d(3, kernel = 3, padding = same, bias = false), batch_norm,
        }, relu,
        block2: residual(project) {
            conv1: conv2d(5, kernel = 3, padding = 1, stride = 2, bias = false, rounding = floor), batch_norm, relu,
            conv2: conv2d(5, kernel = 3, padding = same), batch_norm,
        }, tanh,
        avg_pool2d([3, 2]),
        flatten,
        dense(2),
    }
}

network! {
    /// A dense projection, and one that goes nowhere new.
    struct ProjectedFlat<f64> {
        input: [3],
        residual(project) { dense(5), tanh },
        residual(project) { dense(5) }, tanh,
        dense(2),
    }
}

#[test]
fn residuals() {
    check::<Residuals, _, 4>(MeanSquaredError, values::<3>);
    check::<Projected, _, 40>(SoftmaxCrossEntropy, class(2));
    check::<ProjectedFlat, _, 3>(MeanSquaredError, values::<2>);
}

network! {
    /// Branches along channels: of one layer, of several, of none; with the input's values and with others.
    struct Inception<f64> {
        input: [2, 4, 4],
        concat {
            { conv2d(3, kernel = 1), relu },
            { conv2d(2, kernel = 1), batch_norm, tanh, conv2d(3, kernel = 3, padding = same), relu },
            {},
            { max_pool2d(3, stride = 1), conv2d(2, kernel = [1, 1], padding = 1), sigmoid },
        },
        dropout(0.2),
        conv2d(2, kernel = 2), batch_norm,
        flatten,
        dense(3),
    }
}

network! {
    /// Branches along features, in one another, of values that several layers read and some change in place.
    struct Forked<f64> {
        input: [5],
        dense(4),
        concat { { tanh }, { sigmoid, dropout(0.3) }, {}, { dense(3) } },
        concat { { concat { { dense(2), tanh }, { tanh } } }, { dense(3), concat { {}, { sigmoid } } } },
        dense(2),
    }
}

network! {
    /// The input itself is what branches share.
    struct FromTheInput<f64> {
        input: [3],
        concat { {}, { tanh }, { dense(2) } },
        dense(2),
    }
}

network! {
    /// Sums of more than two branches, some of which do nothing.
    struct Sums<f64> {
        input: [3],
        sum { { dense(4), tanh }, { dense(4) }, { dense(4, bias = false), batch_norm } },
        sum { {}, {}, { sigmoid } },
        dense(2),
        sum { {}, { batch_norm } },
    }
}

network! {
    /// Branches whose gradient in what they share stays where it is: their sum is one of two parts of a buffer.
    struct InPlaceBranches<f64> {
        input: [4],
        dense(4),
        concat { { relu }, { tanh } },
        concat { { dense(2) }, { tanh }, { sigmoid } },
        concat { { batch_norm, leaky_relu(0.1) }, { dropout(0.5) }, { softmax } },
        concat { { sum { { tanh }, { sigmoid } } }, { residual { tanh } }, {} },
        dense(2),
    }
}

network! {
    /// The same in images, in one another, frozen, and of sizes that only the compiler knows.
    struct InPlaceImages<f64> {
        input: [WIDTH, 2, 2],
        concat { { tanh }, { sigmoid } },
        concat { { concat { { tanh }, { batch_norm } } }, { concat { { sigmoid }, { tanh } } } },
        conv2d(1, kernel = 2),
        flatten,
        repeat(2) { concat { { tanh }, { #[frozen] batch_norm } } },
        dense(2),
    }
}

#[test]
fn branches() {
    check::<Inception, _, 32>(MeanSquaredError, values::<3>);
    check::<Forked, _, 5>(MeanSquaredError, values::<2>);
    check::<FromTheInput, _, 3>(MeanSquaredError, values::<2>);
    check::<Sums, _, 3>(MeanSquaredError, values::<2>);
    check::<InPlaceBranches, _, 4>(MeanSquaredError, values::<2>);
    check::<InPlaceImages, _, 16>(MeanSquaredError, values::<2>);
}

network! {
    /// Copies of one another, the first of which takes another shape; sizes that only the compiler knows.
    struct Repeated<f64> {
        input: [3],
        stage: repeat(3) { dense(WIDTH), tanh },
        repeat(2) { residual { dense(2 * WIDTH), batch_norm, tanh, dense(WIDTH) } },
        concat { { dense(WIDTH + 1) }, { dense(2) } } -> [WIDTH + 3],
        dense(2),
    }
}

network! {
    /// Everything in everything.
    struct Nested<f64> {
        input: [1, 4, 4],
        trunk: residual(project) {
            repeat(2) {
                concat {
                    left: { conv2d(2, kernel = 3, padding = same), batch_norm, tanh },
                    right: { residual(project) { conv: conv2d(2, kernel = 1), sigmoid, dropout(0.2) } },
                },
            },
            sum { { max_pool2d(2) }, { avg_pool2d(2) } },
        },
        batch_norm, tanh,
        flatten,
        #[frozen]
        residual { dense(16), tanh },
        dense(2),
    }
}

#[test]
fn repetition_and_nesting() {
    check::<Repeated, _, 3>(MeanSquaredError, values::<2>);
    check::<Nested, _, 16>(MeanSquaredError, values::<2>);
}

#[test]
fn names_inside_become_paths() {
    let names: Vec<&str> = Projected::SEGMENTS.iter().map(|segment| segment.name).collect();
    for name in ["block1.conv2.weight", "block1.batch_norm1.running_mean", "block2.conv2.bias", "block2.project.weight"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    let rows: Vec<(&str, &str)> = Projected::LAYERS.iter().map(|layer| (layer.name, layer.kind)).collect();
    assert!(rows.contains(&("block1.conv1", "conv2d")) && rows.contains(&("block1", "residual")), "{rows:?}");

    let network = random::<Projected>(&mut StdRng::seed_from_u64(1));
    let segment = Projected::SEGMENTS.iter().find(|segment| segment.name == "block2.project.weight").unwrap();
    assert_eq!((segment.shape, segment.matrix()), (&[5, 3, 1, 1][..], [5, 3]));
    let range = segment.offset..segment.offset + segment.len;
    assert_eq!(network.parameters()[range], *network.block2.project.weight.as_slice());
    let repeated = random::<Repeated>(&mut StdRng::seed_from_u64(1));
    assert_eq!(repeated.stage1.dense1.weight.shape(), (4, 3));
    assert_eq!(repeated.stage3.dense1.weight.shape(), (4, 4));
    assert_eq!(repeated.repeat2_2.residual1.dense2.weight.shape(), (4, 8));
}

#[test]
fn a_frozen_block_stays_as_it_is() {
    let is_in_block = |name: &str| name.starts_with("residual2.");
    let frozen = Nested::SEGMENTS.iter().filter(|segment| segment.role == Role::Frozen);
    assert!(frozen.clone().count() == 2 && frozen.clone().all(|segment| is_in_block(segment.name)));
}

#[test]
fn a_concat_is_the_branches_side_by_side() {
    let network = random::<FromTheInput>(&mut StdRng::seed_from_u64(2));
    let mut trace = castnet::bytemuck::zeroed_box::<<FromTheInput as Network>::Trace<1>>();
    trace.input_mut().copy_from_slice(&[0.5, -0.25, 1.0]);
    network.forward::<1>(&mut trace, &Pass::inference(1));
    let joined = trace.concat1.as_slice();
    assert_eq!(joined[..3], [0.5, -0.25, 1.0]);
    assert!((joined[4] - (-0.25_f64).tanh()).abs() < 1e-12);
    assert_eq!(joined.len(), 8);
}
