//! Networks against PyTorch: outputs, losses, every gradient, and the parameters after five steps of Adam.
//!
//! What PyTorch computed is stored in `tests/reference/`, whose README says how.

use std::path::Path;

use castnet::bytemuck::{Pod, Zeroable, zeroed_box};
use castnet::data::{Batch, Dataset, Images, Samples};
use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::{Network, Pass, Predictor, Role, Scalar, Trace, pulp};
use safetensors::{Dtype, SafeTensors};

/// The three networks of `generate.py` on one scalar.
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

/// The largest difference that is allowed, relative to the largest value of a tensor.
fn tolerance<T: Scalar>() -> f64 {
    if size_of::<T>() == 4 { 1e-5 } else { 1e-12 }
}

/// A file of what PyTorch computed.
struct Reference(Vec<u8>);

impl Reference {
    fn open(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
        Self(std::fs::read(folder.join(name).with_extension("safetensors")).unwrap())
    }

    fn bytes(&self, tensor: &str) -> (Dtype, &[u8]) {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let tensor = tensors.tensor(tensor).unwrap_or_else(|error| panic!("{tensor}: {error}"));
        (tensor.dtype(), tensor.data())
    }

    fn numbers(&self, tensor: &str) -> Vec<f64> {
        match self.bytes(tensor) {
            (Dtype::F32, bytes) => {
                bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()).into()).collect()
            }
            (Dtype::F64, bytes) => bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect(),
            (other, _) => panic!("{tensor} is of {other:?}"),
        }
    }

    /// Arrays of numbers, one for each sample.
    fn rows<T: Scalar, A: Pod + AsMut<[T]>>(&self, tensor: &str) -> Vec<A> {
        let numbers = self.numbers(tensor);
        let rows = numbers.chunks_exact(size_of::<A>() / size_of::<T>());
        rows.map(|row| {
            let mut array = A::zeroed();
            array.as_mut().iter_mut().zip(row).for_each(|(number, &value)| *number = T::from_f64(value));
            array
        })
        .collect()
    }

    /// The numbers of a network, in its own order; PyTorch's rows are castnet's columns.
    fn parameters<N: Network>(&self, kind: &str) -> Box<N> {
        let mut network = zeroed_box::<N>();
        for segment in N::SEGMENTS {
            if kind == "gradient" && segment.role == Role::RunningStatistic {
                continue;
            }
            let numbers = self.numbers(&format!("{kind}/{}", segment.name));
            let [rows, columns] = segment.shape;
            assert_eq!(numbers.len(), rows * columns, "{}", segment.name);
            let parameters = &mut network.parameters_mut()[segment.offset..][..segment.len];
            for (index, parameter) in parameters.iter_mut().enumerate() {
                *parameter = N::Scalar::from_f64(numbers[index % rows * columns + index / rows]);
            }
        }
        network
    }

    /// The samples as the network takes them, and their labels.
    fn digits<N: Network>(&self) -> (Vec<N::Input>, Vec<usize>) {
        let pixels = self.bytes("pixels").1.to_vec();
        let labels = self.bytes("labels").1.iter().map(|&label| label.into()).collect::<Vec<usize>>();
        let images = Images::new([1, 28, 28], pixels, labels.clone()).unwrap().normalised(&[0.1307], &[0.3081]);
        let inputs = (0..images.len()).map(|index| {
            let mut input = N::Input::zeroed();
            images.sample(index, input.as_mut());
            input
        });
        (inputs.collect(), labels)
    }

    fn noise<N: Network>(&self) -> (Vec<N::Input>, Vec<N::Output>) {
        (self.rows("inputs"), self.rows("targets"))
    }
}

/// Compares with a tensor, relative to its largest value.
fn check<T: Scalar>(what: &str, found: &[T], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found.to_f64() - expected).abs();
        assert!(
            difference <= tolerance * largest,
            "{what}[{index}] is {found}, expected {expected}: off by {:.1e} of the largest, {largest}",
            difference / largest
        );
    }
}

/// Compares every segment of a network.
fn check_network<N: Network>(what: &str, found: &N, expected: &N, tolerance: f64) {
    for segment in N::SEGMENTS {
        let part = |network: &N| network.parameters()[segment.offset..][..segment.len].to_vec();
        let expected: Vec<f64> = part(expected).into_iter().map(Scalar::to_f64).collect();
        check(&format!("{what} of {}", segment.name), &part(found), &expected, tolerance);
    }
}

/// Outputs, loss and gradients of one batch, lane group by lane group.
fn check_passes<N, C, const L: usize>(reference: &Reference, loss: C, inputs: &[N::Input], targets: &[C::Target])
where
    N: Network,
    C: Loss<N>,
{
    let tolerance = tolerance::<N::Scalar>();
    let network = reference.parameters::<N>("initial");
    let samples = Samples::new(inputs, targets).unwrap();
    let batch = Batch::all(&samples);
    assert!(N::STAGES == 1 || batch.groups(L) == 1, "batch norm needs the whole batch");

    let (mut trace, mut gradient) = (zeroed_box::<N::Trace<L>>(), zeroed_box::<N>());
    let mut rows = vec![N::Scalar::ZERO; N::INPUT_LEN * L];
    let (mut group_targets, mut sum) = (Vec::new(), 0.0);
    let outputs = reference.numbers("outputs");
    for group in 0..batch.groups(L) {
        let real = batch.gather::<L>(group, &mut rows, trace.input_mut(), &mut group_targets).unwrap();
        let pass = Pass { real, batch: batch.len(), input_gradient: true, ..Pass::training(L) };
        network.forward::<L>(&mut trace, &pass);
        let found = by_sample::<_, L>(trace.output(), real);
        let first = group * L * N::OUTPUT_LEN;
        check("outputs", &found, &outputs[first..][..found.len()], tolerance);

        let simd = pulp::Scalar::new();
        let (output, output_gradient) = trace.output_and_gradient();
        sum += loss.value_and_gradient::<_, L>(simd, &pass, output, &group_targets, output_gradient);
        network.backward::<L>(&mut trace, &pass, &mut gradient);
        if N::STAGES > 1 {
            let found = by_sample::<_, L>(trace.input_gradient(), real);
            check("input gradient", &found, &reference.numbers("input_gradient"), tolerance);
        }
    }
    check("loss", &[sum / batch.len() as f64], &reference.numbers("losses")[..1], tolerance);
    check_network("gradient", &*gradient, &*reference.parameters("gradient"), tolerance);
}

/// Losses and parameters of five steps of Adam.
fn check_training<N, C, const L: usize>(reference: &Reference, loss: C, inputs: &[N::Input], targets: &[C::Target])
where
    N: Network,
    C: Loss<N>,
{
    let tolerance = tolerance::<N::Scalar>();
    let network = reference.parameters::<N>("initial");
    let mut trainer = Trainer::<_, _, _, L>::with_lanes(network, loss, Adam::default()).schedule(0.001);
    let losses = reference.numbers("losses");
    for (step, loss) in losses.chunks(1).enumerate() {
        let report = trainer.step(inputs, targets).unwrap();
        check("loss", &[report.loss], loss, tolerance);
        if step == 0 {
            // Of several lane groups, which batch norm makes exchange their statistics.
            check_network("gradient", trainer.gradient(), &*reference.parameters("gradient"), tolerance);
        }
    }
    check_network("trained", trainer.network(), &*reference.parameters("trained"), tolerance);
}

/// What the trained network says with its running statistics.
fn check_inference<N: Network, const L: usize>(reference: &Reference, inputs: &[N::Input]) {
    let network = reference.parameters::<N>("trained");
    let mut outputs = vec![N::Output::zeroed(); inputs.len()];
    Predictor::<_, L>::with_lanes(&*network).predict_batch(inputs, &mut outputs);
    let outputs: Vec<N::Scalar> = outputs.iter().flat_map(|output| output.as_ref().to_vec()).collect();
    check("inference", &outputs, &reference.numbers("inference"), tolerance::<N::Scalar>());
}

/// The numbers of one sample after the other, out of the lanes.
fn by_sample<T: Scalar, const L: usize>(lanes: &[T], real: usize) -> Vec<T> {
    (0..real).flat_map(|lane| lanes.chunks_exact(L).map(move |column| column[lane])).collect()
}

/// A classifier of digits, by lane groups of every size.
fn check_classifier<N: Network>(name: &str) {
    let reference = Reference::open(name);
    let (inputs, labels) = reference.digits::<N>();
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
    let reference = Reference::open("mixed");
    let (inputs, targets) = reference.noise::<N>();
    check_passes::<N, _, 32>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 1>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 8>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 16>(&reference, MeanSquaredError, &inputs, &targets);
    check_training::<N, _, 32>(&reference, MeanSquaredError, &inputs, &targets);
    check_inference::<N, 1>(&reference, &inputs);
    check_inference::<N, 8>(&reference, &inputs);
    check_inference::<N, 16>(&reference, &inputs);
    check_inference::<N, 32>(&reference, &inputs);
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
