//! Networks against PyTorch: outputs, losses, every gradient, and the parameters after five steps of Adam.
//!
//! What PyTorch computed is stored in `tests/reference/`, whose README says how.

#[path = "reference/kinds.rs"]
mod kinds;
#[path = "reference/losses.rs"]
mod losses;
#[path = "reference/metrics.rs"]
mod metrics;
#[path = "reference/minimizers.rs"]
mod minimizers;
#[path = "reference/optimizers.rs"]
mod optimizers;
#[path = "reference/passes.rs"]
mod passes;
#[path = "reference/scaled.rs"]
mod scaled;
#[path = "reference/schedules.rs"]
mod schedules;
#[path = "reference/tensors.rs"]
mod tensors;

use std::path::Path;

use castnet::bytemuck::{Pod, Zeroable};
use castnet::data::{Dataset, Images};
use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy, Weighted};
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::{HasHead, Scalar, prelude::*};
use passes::{check_inference, check_passes};
use tensors::{Tensors, Tolerance};

/// Relative to the largest number of a tensor.
const TOLERANCE: Tolerance = Tolerance { single: 1e-5, double: 1e-12, floor: 0.0 };

/// The bytes of a file in `tests/reference/`.
fn read(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    std::fs::read(folder.join(name).with_extension("safetensors")).unwrap()
}

/// The four networks of `generate.py` on one scalar.
macro_rules! networks {
    ($module:ident, $scalar:ident) => {
        mod $module {
            castnet::network! {
                /// LeNet-5 for 28x28 grey digits.
                pub struct LeNet5<$scalar> {
                    input: [1, 28, 28],
                    conv1: conv2d(6, kernel = 5), relu, max_pool2d(2),
                    conv2: conv2d(16, kernel = 5), relu, max_pool2d(2),
                    flatten,
                    fc1: dense(120), relu,
                    fc2: dense(84), relu,
                    logits: dense(10),
                }
            }

            castnet::network! {
                /// One hidden layer.
                pub struct Perceptron<$scalar> {
                    input: [784],
                    hidden: dense(32), relu,
                    logits: dense(10),
                }
            }

            castnet::network! {
                /// Two inputs and two heads.
                pub struct Robot<$scalar> {
                    input: { image: [1, 6, 6], speed: [3] },
                    conv: conv2d(3, kernel = 3), tanh,
                    flatten,
                    concat { {}, { speed } },
                    trunk: dense(8), tanh,
                    heads: concat { policy: { dense(4) }, value: { dense(1) } },
                }
            }

            castnet::network! {
                /// Every other layer.
                pub struct Mixed<$scalar> {
                    input: [2, 9, 9],
                    conv1: conv2d(5, kernel = 3, stride = 2, padding = 1, bias = false) -> [5, 5, 5],
                    norm1: batch_norm,
                    tanh,
                    max_pool2d(3, stride = 1),
                    conv2: conv2d(4, kernel = 2, padding = 1),
                    leaky_relu(0.1),
                    avg_pool2d(2),
                    flatten,
                    hidden: dense(7, bias = false),
                    norm2: batch_norm,
                    sigmoid,
                    output: dense(3),
                }
            }
        }
    };
}

networks!(single, f32);
networks!(double, f64);

/// Losses and parameters of five steps of Adam.
fn check_training<N, C, const L: usize>(reference: &Tensors, loss: C, inputs: &[N::Input], targets: &[C::Target])
where
    N: Network,
    C: Loss<N>,
{
    let network = reference.network::<N>("initial");
    let mut trainer = Trainer::<_, _, _, L>::with_lanes(network, loss, Adam::default()).schedule(0.001);
    for step in 0..reference.numbers("losses").len() {
        let report = trainer.step(inputs, targets).unwrap();
        reference.check_number("losses", step, N::Scalar::from_f64(report.loss));
        if step == 0 {
            // Of several lane groups, which batch norm makes exchange their statistics.
            reference.check_network("gradient", trainer.gradient());
        }
    }
    reference.check_network("trained", trainer.network());
}

/// The samples as the network takes them, and their labels.
fn digits<N: Network>(reference: &Tensors) -> (Vec<N::Input>, Vec<usize>) {
    let pixels = reference.bytes("pixels").1.to_vec();
    let labels = reference.bytes("labels").1.iter().map(|&label| label.into()).collect::<Vec<usize>>();
    let images = Images::new([1, 28, 28], pixels, labels.clone()).unwrap().normalised(&[0.1307], &[0.3081]).unwrap();
    let inputs = (0..images.len()).map(|index| {
        let mut input = N::Input::zeroed();
        images.sample(index, input.as_mut());
        input
    });
    (inputs.collect(), labels)
}

/// A classifier of digits, by lane groups of every size.
fn check_classifier<N: Network>(name: &str) {
    let file = read(name);
    let reference = Tensors::new(&file, "", TOLERANCE);
    let (inputs, labels) = digits::<N>(&reference);
    check_passes::<N, _, 1>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_passes::<N, _, 8>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_passes::<N, _, 16>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_passes::<N, _, 32>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_training::<N, _, 1>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_training::<N, _, 8>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_training::<N, _, 16>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
    check_training::<N, _, 32>(&reference, SoftmaxCrossEntropy, &inputs, &labels);
}

fn check_mixed<N: Network>() {
    let file = read("mixed");
    let reference = Tensors::new(&file, "", TOLERANCE);
    let (inputs, targets): (Vec<N::Input>, Vec<N::Output>) = (reference.rows("inputs"), reference.rows("targets"));
    check_passes::<N, _, 32>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 1>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 8>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 16>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 32>(&reference, MeanSquaredError, &inputs, &targets);
    let trained = reference.network::<N>("trained");
    check_inference::<N, 1>(&reference, &trained, &inputs);
    check_inference::<N, 8>(&reference, &trained, &inputs);
    check_inference::<N, 16>(&reference, &trained, &inputs);
    check_inference::<N, 32>(&reference, &trained, &inputs);
}

/// Two inputs, and two targets of different types, each with a loss of its own.
fn check_robot<N, Y>()
where
    N: Network + HasHead<0> + HasHead<1, Numbers = Y>,
    Y: Pod + Send + Sync + AsRef<[<N as Parameters>::Scalar]> + AsMut<[<N as Parameters>::Scalar]>,
{
    let file = read("robot");
    let reference = Tensors::new(&file, "", TOLERANCE);
    let (inputs, values): (Vec<N::Input>, Vec<Y>) = (reference.rows("inputs"), reference.rows("values"));
    let labels = reference.bytes("labels").1.iter().map(|&label| usize::from(label));
    let targets: Vec<(usize, Y)> = labels.zip(values).collect();
    let loss = (SoftmaxCrossEntropy, Weighted { weight: 0.5, loss: MeanSquaredError });
    check_passes::<N, _, 1>(&reference, loss, &inputs, &targets);
    check_passes::<N, _, 16>(&reference, loss, &inputs, &targets);
    check_passes::<N, _, 32>(&reference, loss, &inputs, &targets);
    check_training::<N, _, 1>(&reference, loss, &inputs, &targets);
    check_training::<N, _, 8>(&reference, loss, &inputs, &targets);
    check_training::<N, _, 16>(&reference, loss, &inputs, &targets);
    let trained = reference.network::<N>("trained");
    check_inference::<N, 8>(&reference, &trained, &inputs);
}

#[test]
fn inputs_and_heads_in_f32() {
    check_robot::<single::Robot, [f32; 1]>();
}

#[test]
fn inputs_and_heads_in_f64() {
    check_robot::<double::Robot, [f64; 1]>();
}

#[test]
fn lenet5_in_f32() {
    check_classifier::<single::LeNet5>("lenet5");
}

#[test]
fn lenet5_in_f64() {
    check_classifier::<double::LeNet5>("lenet5");
}

#[test]
fn a_perceptron_in_f32() {
    check_classifier::<single::Perceptron>("perceptron");
}

#[test]
fn a_perceptron_in_f64() {
    check_classifier::<double::Perceptron>("perceptron");
}

#[test]
fn all_other_layers_in_f32() {
    check_mixed::<single::Mixed>();
}

#[test]
fn all_other_layers_in_f64() {
    check_mixed::<double::Mixed>();
}
