use burn::nn::conv::Conv2dConfig;
use burn::tensor::{Device, Tensor};

fn main() {
    let device = Device::flex();
    let conv = Conv2dConfig::new([1, 6], [7, 7]).init(&device);
    let sample: Tensor<4> = Tensor::zeros([1, 1, 5, 5], &device);
    println!("{:?}", conv.forward(sample).dims());
}
