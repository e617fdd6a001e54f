use burn::nn::conv::Conv2dConfig;
use burn::tensor::{Device, Tensor};

fn main() {
    let device = Device::flex();
    let conv = Conv2dConfig::new([6, 16], [5, 5]).with_stride([2, 2]).init(&device);
    let sample: Tensor<4> = Tensor::zeros([1, 6, 12, 12], &device);
    println!("{:?}", conv.forward(sample).dims());
}
