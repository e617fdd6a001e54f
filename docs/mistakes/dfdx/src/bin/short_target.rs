use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    let network = device.build_module::<Linear<784, 10>, f32>();
    let sample: Tensor<Rank1<784>, f32, _> = device.zeros();
    let target: Tensor<Rank1<9>, f32, _> = device.zeros();
    println!("{}", mse_loss(network.forward(sample), target).array());
}
