use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Conv2dConfig, Module, VarBuilder, VarMap, conv2d};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let config = Conv2dConfig { stride: 2, ..Default::default() };
    let conv = conv2d(6, 16, 5, config, variables.pp("conv"))?;
    let sample = Tensor::zeros((1, 6, 12, 12), DType::F32, &Device::Cpu)?;
    let output = conv.forward(&sample)?;
    println!("{:?}", output.dims());
    Ok(())
}
