use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, linear};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let hidden = linear(784, 0, variables.pp("hidden"))?;
    let last = linear(0, 10, variables.pp("last"))?;
    let sample = Tensor::zeros((1, 784), DType::F32, &Device::Cpu)?;
    let output = last.forward(&hidden.forward(&sample)?.relu()?)?;
    println!("{:?}", output.dims());
    Ok(())
}
