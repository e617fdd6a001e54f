use burn::nn::LinearConfig;
use burn::tensor::{Device, Tensor};

fn main() {
    let device = Device::flex();
    let scores = LinearConfig::new(784, 10).init(&device);
    let sample: Tensor<4> = Tensor::zeros([1, 1, 28, 28], &device);
    println!("{:?}", scores.forward(sample).dims());
}
