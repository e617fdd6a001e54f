//! The bytes that a network says it needs, against what runs touch.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::os::unix::fs::FileExt;

use allocation_counter::measure;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;
use castnet::{LayerPlace, Pass, Predictor, Scalar, training_bytes};
use rand::{SeedableRng, rngs::StdRng};

network! {
    /// Layers in a line; of tanh no zero comes.
    struct Line {
        input: [16],
        dense(160), tanh,
        dense(32), tanh,
        dense(48), tanh,
        dense(150), tanh,
        dense(16),
    }
}

network! {
    /// Values that stay while others come and go.
    struct Branches<f64> {
        input: [2, 4, 4],
        conv2d(4, kernel = 3, padding = same), sigmoid,
        residual { conv2d(8, kernel = 3, padding = same), sigmoid, conv2d(4, kernel = 1) },
        sigmoid,
        concat {
            left: { conv2d(2, kernel = 1), tanh },
            middle: {},
            right: { conv2d(8, kernel = 1), sigmoid, conv2d(2, kernel = 1), sigmoid },
        },
        flatten,
        dense(8), sigmoid,
        dense(3),
    }
}

/// The bytes of a value of any type, as a debugger reads them.
fn bytes_of<T>(value: &T) -> Vec<u8> {
    let mut bytes = vec![0; size_of::<T>()];
    let memory = File::open("/proc/self/mem").unwrap();
    memory.read_exact_at(&mut bytes, std::ptr::from_ref(value).addr() as u64).unwrap();
    bytes
}

/// Which numbers a run has left in memory that was zero.
fn touched<T, const BYTES: usize>(value: &T) -> Vec<bool> {
    bytes_of(value).chunks_exact(BYTES).map(|number| number.iter().any(|&byte| byte != 0)).collect()
}

/// Which numbers the layers say that they write to the buffers.
fn stated<N: Infer>() -> Vec<bool> {
    let number = size_of::<N::Scalar>();
    let mut stated = vec![false; N::INFERENCE_BYTES / number];
    for layer in N::LAYERS {
        if let LayerPlace::Workspace(offset) = layer.place {
            stated[offset / number..(offset + layer.bytes) / number].fill(true);
        }
    }
    stated
}

fn inference_touches_what_layers_state<N: Network, const BYTES: usize>() {
    let network = N::init(&mut StdRng::seed_from_u64(1));
    let mut workspace = castnet::bytemuck::zeroed_box::<N::Workspace<1>>();
    assert_eq!(size_of_val(&*workspace), N::INFERENCE_BYTES);
    let input = vec![N::Scalar::from_f64(0.5); N::INPUT_LEN];
    let mut output = vec![N::Scalar::from_f64(0.0); N::OUTPUT_LEN];
    network.infer::<_, 1>(castnet::pulp::Scalar::new(), &input, &mut output, &mut workspace);
    assert_eq!(touched::<_, BYTES>(&*workspace), stated::<N>(), "{}", N::NAME);
}

#[test]
fn inference_touches_the_bytes_that_the_layers_state() {
    inference_touches_what_layers_state::<Line, 4>();
    inference_touches_what_layers_state::<Branches, 8>();
}

/// 160 behind 32, 150 behind 48: each in whole cache lines of 16.
#[test]
fn the_largest_neighbours_are_enough() {
    assert_eq!(Line::INFERENCE_BYTES, 4 * (48 + 160));
    let last = Line::LAYERS.iter().filter_map(|layer| match layer.place {
        LayerPlace::Workspace(offset) => Some(offset + layer.bytes),
        LayerPlace::Input(_) | LayerPlace::Output(_) => None,
    });
    assert!(Line::INFERENCE_BYTES - last.max().unwrap() < 64);
}

/// The values of one sample and the gradients in them: all but what fills cache lines.
#[test]
fn a_step_touches_its_trace() {
    let network = Line::init(&mut StdRng::seed_from_u64(1));
    let mut gradient = castnet::bytemuck::zeroed_box::<Line>();
    let mut trace = castnet::bytemuck::zeroed_box::<<Line as Network>::Trace<1>>();
    trace.input_mut().fill(0.5);
    let pass = Pass { input_gradient: true, ..Pass::inference(1) };
    network.forward::<1>(&mut trace, &pass);
    trace.output_and_gradient().1.fill(1.0);
    network.backward::<1>(&mut trace, &pass, &mut gradient);
    let values: usize = 16 + 160 + 32 + 48 + 150 + 16;
    // Those of gradients that are needed at once; 150 in cache lines.
    let gradients = 48 + 160;
    let touched = touched::<_, 4>(&*trace);
    assert_eq!(touched.len(), (values + gradients).next_multiple_of(16));
    assert!(touched[..values].iter().all(|&is_touched| is_touched));
    let unused = touched[values..].iter().filter(|&&is_touched| !is_touched).count();
    assert!(unused < 16, "{unused}");
    assert_eq!(training_bytes::<Line, 1>(), size_of_val(&*gradient) + size_of_val(&*trace));
    let changed = self::touched::<_, 4>(&*gradient);
    assert!(changed[..Line::PARAMETER_COUNT].iter().all(|&is_touched| is_touched));
    assert_eq!(changed.len() * size_of::<f32>(), Line::PARAMETER_BYTES);
}

/// A trainer on one thread: the two slots of Adam, what a step needs, one more gradient for the shards of a batch, and an
/// evaluator. What is left are samples and targets, as they come and in their lanes.
#[test]
fn a_trainer_allocates_what_the_constants_say() {
    const LANES: usize = 16;
    let network = Line::init(&mut StdRng::seed_from_u64(1));
    let allocated = measure(|| {
        std::mem::forget(Trainer::new(network, MeanSquaredError, Adam::default()));
    });
    let group = size_of::<<Line as Infer>::Workspace<LANES>>();
    let stated = 3 * Line::PARAMETER_BYTES + training_bytes::<Line, LANES>() + Line::INFERENCE_BYTES + group;
    let samples = LANES * size_of::<f32>() * (Line::INPUT_LEN + Line::OUTPUT_LEN);
    let rest = allocated.bytes_total as usize - stated;
    assert!((samples..=5 * samples).contains(&rest), "{rest} beside {stated}");
}

/// A predictor allocates the buffers of one sample and of a lane group, and room for the samples in it.
#[test]
fn a_predictor_allocates_what_the_constants_say() {
    const LANES: usize = 16;
    let network = Line::init(&mut StdRng::seed_from_u64(1));
    let allocated = measure(|| {
        drop(Predictor::<&Line, LANES>::with_lanes(&*network));
    });
    let group = size_of::<<Line as Infer>::Workspace<LANES>>();
    let samples = LANES * size_of::<f32>() * (Line::INPUT_LEN + Line::OUTPUT_LEN);
    assert_eq!(allocated.bytes_total, (Line::INFERENCE_BYTES + group + samples) as u64);
}
