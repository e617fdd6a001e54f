use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, conv2d};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let conv = conv2d(1, 6, 7, Default::default(), variables.pp("conv"))?;
    let sample = Tensor::zeros((1, 1, 5, 5), DType::F32, &Device::Cpu)?;
    let output = conv.forward(&sample)?;
    println!("{:?}", output.dims());
    Ok(())
}
