use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    let mut network = device.build_module::<(Linear<4, 3>, Dropout), f32>();
    network.1 = Dropout { p: 1.0 };
    let sample: Tensor<Rank1<4>, f32, _> = device.ones();
    println!("{:?}", network.forward_mut(sample.leaky_trace()).array());
}
