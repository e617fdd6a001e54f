use burn::nn::LinearConfig;
use burn::nn::loss::{MseLoss, Reduction};
use burn::tensor::{Device, Tensor};

fn main() {
    let device = Device::flex();
    let layer = LinearConfig::new(784, 10).init(&device);
    let sample: Tensor<2> = Tensor::zeros([1, 784], &device);
    let target: Tensor<2> = Tensor::zeros([1, 9], &device);
    println!("{}", MseLoss::new().forward(layer.forward(sample), target, Reduction::Mean));
}
