//! tract, inference only, from the driver's ONNX files.
#[path = "../../common/bench.rs"]
mod bench;

use std::path::Path;

use bench::{Task, Work};
use tract_onnx::prelude::*;

fn prepare(work: &Work, folder: &Path) -> TractResult<Task> {
    let shape = match work.net() {
        "lenet" => vec![work.batch, 1, 28, 28],
        _ => vec![work.batch, work.input.len() / work.batch],
    };
    let model = tract_onnx::onnx()
        .model_for_path(folder.join(format!("{}_{}.onnx", work.item, work.batch)))?
        .with_input_fact(0, f32::fact(&shape).into())?
        .into_optimized()?
        .into_runnable()?;
    let input: Tensor = tract_ndarray::ArrayD::from_shape_vec(shape, work.input.clone())?.into();
    let input: TValue = input.into();
    let mut state = model.spawn()?;
    Ok(Box::new(move |count: usize| {
        let mut outputs = state.run(tvec!(input.clone())).unwrap();
        for _ in 1..count {
            outputs = std::hint::black_box(state.run(tvec!(input.clone())).unwrap());
        }
        outputs[0].to_plain_array_view::<f32>().unwrap().iter().copied().collect()
    }))
}

fn main() {
    bench::serve(|work, folder| (!work.trains()).then(|| prepare(work, folder).unwrap()));
}
