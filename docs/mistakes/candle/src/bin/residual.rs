use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, linear};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let inner = linear(64, 32, variables.pp("inner"))?;
    let sample = Tensor::zeros((1, 64), DType::F32, &Device::Cpu)?;
    let output = (inner.forward(&sample)?.relu()? + &sample)?;
    println!("{:?}", output.dims());
    Ok(())
}
