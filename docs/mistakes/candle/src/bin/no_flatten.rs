use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, linear};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let scores = linear(784, 10, variables.pp("scores"))?;
    let sample = Tensor::zeros((1, 1, 28, 28), DType::F32, &Device::Cpu)?;
    let output = scores.forward(&sample)?;
    println!("{:?}", output.dims());
    Ok(())
}
