use candle_core::{DType, Device, Result, Tensor};
use candle_nn::Dropout;

fn main() -> Result<()> {
    let dropout = Dropout::new(1.0);
    let sample = Tensor::ones((1, 4), DType::F32, &Device::Cpu)?;
    let output = dropout.forward(&sample, true)?;
    println!("{output}");
    Ok(())
}
