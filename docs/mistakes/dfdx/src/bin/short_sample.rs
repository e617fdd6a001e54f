use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    let network = device.build_module::<(Linear<784, 128>, ReLU, Linear<128, 10>), f32>();
    let sample: Tensor<Rank1<783>, f32, _> = device.zeros();
    println!("{:?}", network.forward(sample).array());
}
