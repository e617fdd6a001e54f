use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, linear};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let first = linear(784, 128, variables.pp("first"))?;
    let last = linear(128, 10, variables.pp("last"))?;
    let sample = Tensor::zeros((1, 783), DType::F32, &Device::Cpu)?;
    let output = last.forward(&first.forward(&sample)?.relu()?)?;
    println!("{:?}", output.dims());
    Ok(())
}
