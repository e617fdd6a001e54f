use burn::nn::LinearConfig;
use burn::tensor::{Device, Tensor, activation::relu};

fn main() {
    let device = Device::flex();
    let inner = LinearConfig::new(64, 32).init(&device);
    let sample: Tensor<2> = Tensor::zeros([1, 64], &device);
    println!("{:?}", (relu(inner.forward(sample.clone())) + sample).dims());
}
