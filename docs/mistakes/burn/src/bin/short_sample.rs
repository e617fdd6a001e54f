use burn::nn::LinearConfig;
use burn::tensor::{Device, Tensor, activation::relu};

fn main() {
    let device = Device::flex();
    let first = LinearConfig::new(784, 128).init(&device);
    let last = LinearConfig::new(128, 10).init(&device);
    let sample: Tensor<2> = Tensor::zeros([1, 783], &device);
    println!("{:?}", last.forward(relu(first.forward(sample))).dims());
}
