//! Writes networks to a folder, each as files beside a set of test data, as ONNX keeps its own.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use castnet::bytemuck::Zeroable;
use castnet::{HeadInfo, Infer, InputInfo, Predictor, Scalar};
use castnet_onnx::proto::TensorProto;
use prost::Message as _;

use super::files::{self, Random};
use super::visit::Visit;

const SAMPLES: usize = 3;

/// Writes one network after the other, up to the first error.
pub struct Writer {
    folder: PathBuf,
    pub result: Result<(), Box<dyn Error>>,
}

impl Visit for Writer {
    fn visit<N: Infer>(&mut self, name: &str) {
        if self.result.is_ok() {
            self.result = self.write::<N>(name);
        }
    }
}

impl Writer {
    /// Writes to the folder that the program is called with.
    pub fn to_argument() -> Result<Self, Box<dyn Error>> {
        let folder = std::env::args().nth(1).ok_or("say a folder: `-- target/onnx`")?;
        Ok(Self { folder: folder.into(), result: Ok(()) })
    }

    fn write<N: Infer>(&self, name: &str) -> Result<(), Box<dyn Error>> {
        let folder = self.folder.join(name);
        let data = folder.join("test_data_set_0");
        fs::create_dir_all(&data)?;
        for (name, bytes) in files::files::<N>() {
            fs::write(folder.join(format!("{name}.onnx")), bytes)?;
        }
        let samples = samples::<N>();
        let mut predictor = Predictor::new(files::network::<N>());
        let outputs: Vec<N::Output> = samples.iter().map(|sample| predictor.predict(sample)).collect();
        for (number, input) in inputs::<N>().iter().enumerate() {
            let tensor = rows(&samples, input.offset, input.shape, input.limit.is_some());
            fs::write(data.join(format!("input_{number}.pb")), tensor.encode_to_vec())?;
        }
        for (number, head) in heads::<N>().iter().enumerate() {
            let tensor = rows(&outputs, head.offset, head.shape, false);
            fs::write(data.join(format!("output_{number}.pb")), tensor.encode_to_vec())?;
        }
        Ok(())
    }
}

/// The inputs, also if there is one without a name.
fn inputs<N: Infer>() -> Vec<InputInfo> {
    let whole = InputInfo { name: "input", offset: 0, len: N::INPUT_LEN, shape: N::INPUT_SHAPE, limit: None };
    if N::INPUTS.is_empty() { vec![whole] } else { N::INPUTS.to_vec() }
}

/// The heads, also if there is one output without a name.
fn heads<N: Infer>() -> Vec<HeadInfo> {
    let whole = HeadInfo { name: "output", offset: 0, len: N::OUTPUT_LEN, shape: N::OUTPUT_SHAPE, last_layer: None };
    if N::HEADS.is_empty() { vec![whole] } else { N::HEADS.to_vec() }
}

/// Samples at random, with tokens where there are tokens to be.
fn samples<N: Infer>() -> Vec<N::Input> {
    let mut random = Random::new();
    let sample = |_| {
        let mut sample = N::Input::zeroed();
        for input in inputs::<N>() {
            for number in &mut sample.as_mut()[input.offset..][..input.len] {
                let value = match input.limit {
                    Some(limit) => random.between(0.0, limit as f64).floor(),
                    None => random.between(-1.0, 1.0),
                };
                *number = N::Scalar::from_f64(value);
            }
        }
        sample
    };
    (0..SAMPLES).map(sample).collect()
}

/// A part of each sample, as a tensor.
fn rows<T: Scalar, S: AsRef<[T]>>(samples: &[S], offset: usize, shape: &[usize], are_tokens: bool) -> TensorProto {
    let len = shape.iter().product();
    let numbers = samples.iter().flat_map(|sample| &sample.as_ref()[offset..][..len]).map(|number| number.to_f64());
    let dims = [&[samples.len()], shape].concat();
    if are_tokens {
        TensorProto::ints("", &dims, numbers.map(|number| number as i64))
    } else {
        TensorProto::floats("", &dims, numbers.map(|number| number as f32))
    }
}
