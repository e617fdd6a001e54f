//! Passes of a network, compared with what PyTorch computed.

use castnet::bytemuck::{Zeroable, zeroed_box};
use castnet::data::{Batch, Samples};
use castnet::losses::Loss;
use castnet::{Pass, Predictor, Scalar, prelude::*, pulp};

use crate::tensors::Tensors;

/// Outputs, loss and gradients of one batch, lane group by lane group.
pub fn check_passes<N, C, const L: usize>(tensors: &Tensors, loss: C, inputs: &[N::Input], targets: &[C::Target])
where
    N: Network,
    C: Loss<N>,
{
    let mut network = tensors.network::<N>("initial");
    let samples = Samples::new(inputs, targets).unwrap();
    let batch = Batch::all(&samples);
    assert!(N::STAGES == 1 || batch.groups(L) == 1, "batch norm needs the whole batch");

    let (mut trace, mut gradient) = (zeroed_box::<N::Trace<L>>(), zeroed_box::<N>());
    let mut rows = vec![N::Scalar::ZERO; N::INPUT_LEN * L];
    let (mut group_targets, mut mean) = (Vec::new(), 0.0);
    let (mut outputs, mut input_gradient) = (Vec::new(), Vec::new());
    for group in 0..batch.groups(L) {
        let real = batch.gather::<L>(group, &mut rows, trace.input_mut(), &mut group_targets).unwrap();
        let pass = Pass { real, batch: batch.len(), input_gradient: true, ..Pass::training(L) };
        network.forward::<L>(&mut trace, &pass);
        outputs.extend(by_sample::<_, L>(trace.output(), real));

        let simd = pulp::Scalar::new();
        let (output, output_gradient) = trace.output_and_gradient();
        mean += loss.value_and_gradient::<_, L>(simd, &pass, output, &group_targets, output_gradient);
        network.backward::<L>(&mut trace, &pass, &mut gradient);
        input_gradient.extend(by_sample::<_, L>(trace.input_gradient(&pass), real));
    }
    tensors.check("outputs", &outputs);
    if tensors.has("input_gradient") {
        tensors.check("input_gradient", &input_gradient);
    }
    tensors.check_number("losses", 0, N::Scalar::from_f64(mean));
    tensors.check_network("gradient", &*gradient);
    if tensors.has("running") {
        network.update_running_statistics::<L>(&mut trace, batch.len());
        tensors.check_network("running", &*network);
    }
}

/// The numbers of one sample after the other, out of the lanes.
fn by_sample<T: Scalar, const L: usize>(lanes: &[T], real: usize) -> Vec<T> {
    (0..real).flat_map(|lane| lanes.chunks_exact(L).map(move |column| column[lane])).collect()
}

/// What the network says at inference.
pub fn check_inference<N: Network, const L: usize>(tensors: &Tensors, network: &N, inputs: &[N::Input]) {
    let mut outputs = vec![N::Output::zeroed(); inputs.len()];
    Predictor::<_, L>::with_lanes(network).predict_batch(inputs, &mut outputs);
    let outputs: Vec<N::Scalar> = outputs.iter().flat_map(|output| output.as_ref().to_vec()).collect();
    tensors.check("inference", &outputs);
}
