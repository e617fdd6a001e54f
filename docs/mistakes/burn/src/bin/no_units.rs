use burn::nn::LinearConfig;
use burn::tensor::{Device, Tensor, activation::relu};

fn main() {
    let device = Device::flex();
    let hidden = LinearConfig::new(784, 0).init(&device);
    let last = LinearConfig::new(0, 10).init(&device);
    let sample: Tensor<2> = Tensor::zeros([1, 784], &device);
    println!("{:?}", last.forward(relu(hidden.forward(sample))).dims());
}
