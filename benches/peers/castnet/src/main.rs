//! castnet on the reference work, and on whole epochs of MNIST.
//!
//! ```sh
//! peer-castnet FOLDER            # answers the driver, see ../../rust/common/bench.rs
//! peer-castnet FOLDER threads=2
//! peer-castnet epochs MNIST
//! ```

#[path = "../../rust/common/bench.rs"]
mod bench;
mod epochs;
#[path = "../../../work/mod.rs"]
mod work;

use std::hint::black_box;

use bench::{Task, Work};
use castnet::bytemuck::{Pod, cast_slice, zeroed_box};
use castnet::losses::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::Adam;
use castnet::train::Trainer;
use castnet::{Predictor, Role, prelude::*};
use work::{Colour, Controller, FullBatch, LeNet5, Perceptron, Surface};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments[0] == "epochs" {
        return epochs::run(&arguments[1]);
    }
    let threads = match arguments.get(1) {
        Some(argument) => argument.strip_prefix("threads=").and_then(|count| count.parse().ok()).expect("threads=2"),
        None => 1,
    };
    bench::serve(|work, _| Some(prepare(work, threads)));
}

fn prepare(work: &Work, threads: usize) -> Task {
    match work.item.as_str() {
        "W1" => predict::<Controller>(work),
        "W2" => predict::<Perceptron>(work),
        "W3" => predict::<LeNet5>(work),
        "W4" => train::<Perceptron, _>(work, SoftmaxCrossEntropy, classes(work), threads),
        "W5" => train::<LeNet5, _>(work, SoftmaxCrossEntropy, classes(work), threads),
        "W6" => train::<Colour, _>(work, SoftmaxCrossEntropy, classes(work), threads),
        "W7" => train::<Surface, _>(work, MeanSquaredError, samples(&work.target), threads),
        "W8" => train::<Controller, _>(work, MeanSquaredError, samples(&work.target), threads),
        "W9" => train::<FullBatch, _>(work, MeanSquaredError, samples(&work.target), threads),
        other => panic!("{other} is no item"),
    }
}

/// A network with the parameters of the work.
fn network<N: Network<Scalar = f32>>(work: &Work) -> Box<N> {
    let mut network = zeroed_box::<N>();
    let mut tensors = work.parameters.iter();
    for segment in N::SEGMENTS {
        let target = &mut network.parameters_mut()[segment.offset..][..segment.len];
        let [rows, columns] = segment.matrix();
        if segment.role == Role::RunningStatistic {
            target.fill(if segment.name.ends_with("variance") { 1.0 } else { 0.0 });
            continue;
        }
        // The file has rows, castnet has columns.
        let tensor = tensors.next().expect("as many tensors as segments");
        assert_eq!(tensor.len(), segment.len, "{}", segment.name);
        for (place, value) in target.iter_mut().enumerate() {
            *value = tensor[place % rows * columns + place / rows];
        }
    }
    assert!(tensors.next().is_none(), "as many segments as tensors");
    network
}

fn samples<P: Pod>(numbers: &[f32]) -> Vec<P> {
    cast_slice(numbers).to_vec()
}

fn classes(work: &Work) -> Vec<usize> {
    work.target.iter().map(|&class| class as usize).collect()
}

fn predict<N: Network<Scalar = f32> + 'static>(work: &Work) -> Task {
    // The task outlives this function, and the predictor borrows the network.
    let network: &'static N = Box::leak(network::<N>(work));
    let mut predictor = Predictor::new(network);
    let inputs: Vec<N::Input> = samples(&work.input);
    if work.batch == 1 {
        return Box::new(move |count| {
            let mut output = predictor.predict(black_box(&inputs[0]));
            for _ in 1..count {
                output = black_box(predictor.predict(black_box(&inputs[0])));
            }
            output.as_ref().to_vec()
        });
    }
    let mut outputs: Vec<N::Output> = vec![castnet::bytemuck::Zeroable::zeroed(); work.batch];
    Box::new(move |count| {
        for _ in 0..count {
            predictor.predict_batch(black_box(&inputs), black_box(&mut outputs));
        }
        cast_slice(&outputs).to_vec()
    })
}

fn train<N, C>(work: &Work, loss: C, targets: Vec<C::Target>, threads: usize) -> Task
where
    N: Network<Scalar = f32> + 'static,
    C: Loss<N> + 'static,
{
    let inputs: Vec<N::Input> = samples(&work.input);
    let mut trainer = Trainer::new(network::<N>(work), loss, Adam::default())
        .schedule(work.learning_rate)
        .batch_capacity(work.batch)
        .threads(threads)
        .expect("threads of the system");
    Box::new(move |count| {
        let mut loss = f64::NAN;
        for _ in 0..count {
            loss = trainer.step(black_box(&inputs), black_box(&targets)).expect("a step of finite numbers").loss;
        }
        vec![loss as f32]
    })
}
