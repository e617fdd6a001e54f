use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, linear, loss::mse};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let layer = linear(784, 10, variables.pp("layer"))?;
    let sample = Tensor::zeros((1, 784), DType::F32, &Device::Cpu)?;
    let output = layer.forward(&sample)?;
    let target = Tensor::zeros((1, 9), DType::F32, &Device::Cpu)?;
    println!("{}", mse(&output, &target)?);
    Ok(())
}
