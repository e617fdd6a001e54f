use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    let network = device.build_module::<(Residual<(Linear<64, 32>, ReLU)>, Linear<64, 10>), f32>();
    let sample: Tensor<Rank1<64>, f32, _> = device.zeros();
    println!("{:?}", network.forward(sample).array());
}
