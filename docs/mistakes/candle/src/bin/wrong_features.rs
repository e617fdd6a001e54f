use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, conv2d, linear};

fn main() -> Result<()> {
    let map = VarMap::new();
    let variables = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let conv = conv2d(1, 6, 5, Default::default(), variables.pp("conv"))?;
    let scores = linear(256, 10, variables.pp("scores"))?;
    let sample = Tensor::zeros((1, 1, 28, 28), DType::F32, &Device::Cpu)?;
    let output = scores.forward(&conv.forward(&sample)?.relu()?.max_pool2d(2)?.flatten_from(1)?)?;
    println!("{:?}", output.dims());
    Ok(())
}
