use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    let network = device.build_module::<Linear<784, 10>, f32>();
    let sample: Tensor<Rank3<1, 28, 28>, f32, _> = device.zeros();
    println!("{:?}", network.forward(sample).array());
}
