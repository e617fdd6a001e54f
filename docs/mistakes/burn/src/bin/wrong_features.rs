use burn::nn::LinearConfig;
use burn::nn::conv::Conv2dConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::tensor::{Device, Tensor, activation::relu};

fn main() {
    let device = Device::flex();
    let conv = Conv2dConfig::new([1, 6], [5, 5]).init(&device);
    let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    let scores = LinearConfig::new(256, 10).init(&device);
    let sample: Tensor<4> = Tensor::zeros([1, 1, 28, 28], &device);
    println!("{:?}", scores.forward::<2>(pool.forward(relu(conv.forward(sample))).flatten(1, 3)).dims());
}
