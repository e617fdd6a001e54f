//! burn on its CPU back end, flex, with its AVX-512 kernels.
#![recursion_limit = "256"]
#[path = "../../common/bench.rs"]
mod bench;

use std::hint::black_box;

use bench::{Task, Work};
use burn::module::{Module, Param};
use burn::nn::{
    conv::{Conv2d, Conv2dConfig},
    loss::{CrossEntropyLossConfig, MseLoss, Reduction},
    pool::{MaxPool2d, MaxPool2dConfig},
    BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d,
};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{activation::relu, Device, Int, Tensor};

/// The parameters of the work, layer by layer.
struct Source<'a> {
    work: &'a Work,
    next: usize,
    device: &'a Device,
}

impl Source<'_> {
    fn tensor<const D: usize>(&self, values: &[f32], shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::<1>::from_floats(values, self.device).reshape(shape))
    }

    fn dense(&mut self, inputs: usize, outputs: usize) -> Linear {
        let mut layer = LinearConfig::new(inputs, outputs).init(self.device);
        layer.weight = self.tensor(&self.work.transposed(self.next, [outputs, inputs]), [inputs, outputs]);
        layer.bias = Some(self.tensor(&self.work.parameters[self.next + 1], [outputs]));
        self.next += 2;
        layer
    }

    fn conv(&mut self, channels: usize, filters: usize, kernel: usize, padding: usize) -> Conv2d {
        let mut layer = Conv2dConfig::new([channels, filters], [kernel, kernel])
            .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
            .init(self.device);
        layer.weight = self.tensor(&self.work.parameters[self.next], [filters, channels, kernel, kernel]);
        layer.bias = Some(self.tensor(&self.work.parameters[self.next + 1], [filters]));
        self.next += 2;
        layer
    }

    fn norm(&mut self, channels: usize) -> BatchNorm {
        let mut layer = BatchNormConfig::new(channels).init(self.device);
        layer.gamma = self.tensor(&self.work.parameters[self.next], [channels]);
        layer.beta = self.tensor(&self.work.parameters[self.next + 1], [channels]);
        self.next += 2;
        layer
    }
}

trait Net<const D: usize>: Module {
    fn forward(&self, x: Tensor<D>) -> Tensor<2>;
}

#[derive(Module, Debug)]
struct Tanh3 {
    a: Linear,
    b: Linear,
    c: Linear,
}

impl Tanh3 {
    fn new(source: &mut Source, sizes: [usize; 4]) -> Self {
        Tanh3 {
            a: source.dense(sizes[0], sizes[1]),
            b: source.dense(sizes[1], sizes[2]),
            c: source.dense(sizes[2], sizes[3]),
        }
    }
}

impl Net<2> for Tanh3 {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.c.forward(self.b.forward(self.a.forward(x).tanh()).tanh())
    }
}

#[derive(Module, Debug)]
struct Perceptron {
    a: Linear,
    b: Linear,
}

impl Perceptron {
    fn new(source: &mut Source) -> Self {
        Perceptron { a: source.dense(784, 128), b: source.dense(128, 10) }
    }
}

impl Net<2> for Perceptron {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.b.forward(relu(self.a.forward(x)))
    }
}

fn pool() -> MaxPool2d {
    MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init()
}

#[derive(Module, Debug)]
struct LeNet {
    a: Conv2d,
    b: Conv2d,
    pool: MaxPool2d,
    c: Linear,
    d: Linear,
    e: Linear,
}

impl LeNet {
    fn new(source: &mut Source) -> Self {
        LeNet {
            a: source.conv(1, 6, 5, 0),
            b: source.conv(6, 16, 5, 0),
            pool: pool(),
            c: source.dense(256, 120),
            d: source.dense(120, 84),
            e: source.dense(84, 10),
        }
    }
}

impl Net<4> for LeNet {
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.a.forward(x)));
        let x = self.pool.forward(relu(self.b.forward(x)));
        let x: Tensor<2> = x.flatten(1, 3);
        self.e.forward(relu(self.d.forward(relu(self.c.forward(x)))))
    }
}

#[derive(Module, Debug)]
struct Colour {
    a: Conv2d,
    norm_a: BatchNorm,
    b: Conv2d,
    norm_b: BatchNorm,
    c: Conv2d,
    norm_c: BatchNorm,
    pool: MaxPool2d,
    d: Linear,
}

impl Colour {
    fn new(source: &mut Source) -> Self {
        Colour {
            a: source.conv(3, 16, 3, 1),
            norm_a: source.norm(16),
            b: source.conv(16, 16, 3, 1),
            norm_b: source.norm(16),
            c: source.conv(16, 32, 3, 1),
            norm_c: source.norm(32),
            pool: pool(),
            d: source.dense(2048, 10),
        }
    }
}

impl Net<4> for Colour {
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = relu(self.norm_a.forward(self.a.forward(x)));
        let x = self.pool.forward(relu(self.norm_b.forward(self.b.forward(x))));
        let x = self.pool.forward(relu(self.norm_c.forward(self.c.forward(x))));
        let x: Tensor<2> = x.flatten(1, 3);
        self.d.forward(x)
    }
}

fn input<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::<1>::from_floats(values, device).reshape(shape)
}

fn infer<const D: usize, M: Net<D> + 'static>(net: M, x: Tensor<D>) -> Task {
    Box::new(move |count: usize| {
        let mut output = net.forward(x.clone());
        for _ in 1..count {
            output = black_box(net.forward(x.clone()));
        }
        output.into_data().try_to_vec().unwrap()
    })
}

macro_rules! train {
    ($work:expr, $net:expr, $x:expr, $loss:expr) => {{
        let (rate, x, loss) = ($work.learning_rate, $x, $loss);
        let mut optimizer = AdamConfig::new().with_beta_1(0.9).with_beta_2(0.999).with_epsilon(1e-8).init();
        let mut kept = Some($net);
        Box::new(move |count: usize| {
            let mut last = f32::NAN;
            for index in 0..count {
                let net = kept.take().unwrap();
                let value: Tensor<1> = loss(net.forward(x.clone()));
                if index + 1 == count {
                    last = value.clone().into_scalar();
                }
                let gradients = GradientsParams::from_grads(value.backward(), &net);
                kept = Some(optimizer.step(rate, net, gradients));
            }
            vec![last]
        }) as Task
    }};
}

fn prepare(work: &Work) -> Task {
    let device = if work.trains() { Device::flex().autodiff() } else { Device::flex() };
    let source = &mut Source { work, next: 0, device: &device };
    let flat = [work.batch, work.input.len() / work.batch];
    let x = |shape| input(&work.input, shape, &device);
    let grey = || input(&work.input, [work.batch, 1, 28, 28], &device);
    let cross_entropy = || {
        let classes: Vec<i32> = work.classes().into_iter().map(|class| class as i32).collect();
        let target: Tensor<1, Int> = Tensor::from_ints(classes.as_slice(), &device);
        let loss = CrossEntropyLossConfig::new().init(&device);
        move |y| loss.forward(y, target.clone())
    };
    let squared = || {
        let target = input(&work.target, [work.batch, work.target.len() / work.batch], &device);
        move |y| MseLoss::new().forward(y, target.clone(), Reduction::Mean)
    };
    match work.item.as_str() {
        "W1" => infer(Tanh3::new(source, [17, 64, 64, 6]), x(flat)),
        "W2" => infer(Perceptron::new(source), x(flat)),
        "W3" => infer(LeNet::new(source), grey()),
        "W4" => train!(work, Perceptron::new(source), x(flat), cross_entropy()),
        "W5" => train!(work, LeNet::new(source), grey(), cross_entropy()),
        "W6" => {
            let x = input(&work.input, [work.batch, 3, 32, 32], &device);
            train!(work, Colour::new(source), x, cross_entropy())
        }
        "W7" => train!(work, Tanh3::new(source, [2, 32, 32, 1]), x(flat), squared()),
        "W8" => train!(work, Tanh3::new(source, [17, 64, 64, 6]), x(flat), squared()),
        "W9" => train!(work, Tanh3::new(source, [4, 32, 16, 4]), x(flat), squared()),
        other => panic!("{other} is no item"),
    }
}

fn main() {
    bench::serve(|work, _| Some(prepare(work)));
}
