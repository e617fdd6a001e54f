use burn::nn::DropoutConfig;
use burn::tensor::{Device, Tensor};

fn main() {
    let device = Device::flex();
    let dropout = DropoutConfig::new(1.0).init();
    let sample: Tensor<2> = Tensor::ones([1, 128], &device);
    println!("{:?}", dropout.forward(sample).dims());
}
