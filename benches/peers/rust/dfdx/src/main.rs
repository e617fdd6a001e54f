//! dfdx on stable Rust: its convolution and pooling are behind its feature "nightly", so only the dense items are here.
#[path = "../../common/bench.rs"]
mod bench;

use std::hint::black_box;

use bench::{Task, Work};
use dfdx::{optim::*, prelude::*};

type Controller = ((Linear<17, 64>, Tanh), (Linear<64, 64>, Tanh), Linear<64, 6>);
type Surface = ((Linear<2, 32>, Tanh), (Linear<32, 32>, Tanh), Linear<32, 1>);
type FullBatch = ((Linear<4, 32>, Tanh), (Linear<32, 16>, Tanh), Linear<16, 4>);
type Perceptron = ((Linear<784, 128>, ReLU), Linear<128, 10>);

fn set<S: Shape>(tensor: &mut Tensor<S, f32, Cpu>, values: &[f32]) {
    tensor.copy_from(values);
}

/// A network with the parameters of the work; its layers by their paths.
macro_rules! network {
    ($device:expr, $work:expr, $net:ty, $($layer:tt).+ $(, $more:tt $(. $path:tt)*)*) => {{
        let mut net = $device.build_module::<$net, f32>();
        let mut values = $work.parameters.iter();
        set(&mut net.$($layer).+.weight, values.next().unwrap());
        set(&mut net.$($layer).+.bias, values.next().unwrap());
        $(
            set(&mut net.$more$(.$path)*.weight, values.next().unwrap());
            set(&mut net.$more$(.$path)*.bias, values.next().unwrap());
        )*
        net
    }};
}

macro_rules! infer {
    ($device:expr, $work:expr, $net:expr, $batch:literal, $inputs:literal) => {{
        let net = $net;
        let x = $device.tensor_from_vec($work.input.clone(), (Const::<$batch>, Const::<$inputs>));
        Box::new(move |count: usize| {
            let mut output = net.forward(x.clone());
            for _ in 1..count {
                output = black_box(net.forward(x.clone()));
            }
            output.as_vec()
        })
    }};
}

macro_rules! train {
    ($device:expr, $work:expr, $net:expr, $loss:expr, $target:expr, $batch:literal, $inputs:literal, $outputs:literal) => {{
        let mut net = $net;
        let config = AdamConfig { lr: $work.learning_rate, betas: [0.9, 0.999], eps: 1e-8, weight_decay: None };
        let mut optimizer = Adam::new(&net, config);
        let x = $device.tensor_from_vec($work.input.clone(), (Const::<$batch>, Const::<$inputs>));
        let target = $device.tensor_from_vec($target, (Const::<$batch>, Const::<$outputs>));
        let mut gradients = net.alloc_grads();
        Box::new(move |count: usize| {
            let mut last = f32::NAN;
            for index in 0..count {
                let y = net.forward_mut(x.trace(std::mem::replace(&mut gradients, Gradients::leaky())));
                let loss = $loss(y, target.clone());
                if index + 1 == count {
                    last = loss.array();
                }
                gradients = loss.backward();
                optimizer.update(&mut net, &gradients).unwrap();
                net.zero_grads(&mut gradients);
            }
            vec![last]
        })
    }};
}

/// One row of zeros and a one for each sample.
fn one_hot(work: &Work) -> Vec<f32> {
    let mut rows = vec![0.0; work.batch * 10];
    for (row, class) in rows.chunks_mut(10).zip(work.classes()) {
        row[class as usize] = 1.0;
    }
    rows
}

fn prepare(work: &Work) -> Option<Task> {
    let device = Cpu::default();
    let controller = || network!(device, work, Controller, 0 .0, 1 .0, 2);
    let perceptron = || network!(device, work, Perceptron, 0 .0, 1);
    Some(match (work.item.as_str(), work.batch) {
        ("W1", 1) => infer!(device, work, controller(), 1, 17),
        ("W2", 1) => infer!(device, work, perceptron(), 1, 784),
        ("W2", 64) => infer!(device, work, perceptron(), 64, 784),
        ("W4", 32) => {
            train!(device, work, perceptron(), cross_entropy_with_logits_loss, one_hot(work), 32, 784, 10)
        }
        ("W7", 64) => {
            let net = network!(device, work, Surface, 0 .0, 1 .0, 2);
            train!(device, work, net, mse_loss, work.target.clone(), 64, 2, 1)
        }
        ("W8", 64) => train!(device, work, controller(), mse_loss, work.target.clone(), 64, 17, 6),
        ("W9", 10_000) => {
            let net = network!(device, work, FullBatch, 0 .0, 1 .0, 2);
            train!(device, work, net, mse_loss, work.target.clone(), 10_000, 4, 4)
        }
        _ => return None,
    })
}

fn main() {
    bench::serve(|work, _| prepare(work));
}
