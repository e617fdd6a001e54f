use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    let network = device.build_module::<(Linear<784, 0>, ReLU, Linear<0, 10>), f32>();
    let sample: Tensor<Rank1<784>, f32, _> = device.zeros();
    println!("{:?}", network.forward(sample).array());
}
