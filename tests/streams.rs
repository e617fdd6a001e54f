//! Networks that are run frame by frame: what comes out is what comes out for the whole sequence at once.

use allocation_counter::measure;
use castnet::Predictor;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Frames of the longest sequence.
const FRAMES: usize = 10_000;

macro_rules! filter {
    ($name:ident, $scalar:ident, $length:expr) => {
        network! {
            /// Every layer that a stream can have.
            struct $name<$scalar> {
                input: [2, $length],
                conv1d(8, kernel = 3, padding = causal), tanh,
                batch_norm, leaky_relu,
                residual {
                    conv1d(8, kernel = 3, dilation = 4, padding = causal), gelu,
                    conv1d(8, kernel = 2, dilation = 16, padding = [16, 0], bias = false), prelu(per_channel = true),
                },
                dropout(0.1),
                concat {
                    { conv1d(3, kernel = 1), sigmoid },
                    {},
                    { conv1d(17, kernel = 5, dilation = 7, padding = causal), silu, prelu },
                },
                sum { { conv1d(3, kernel = 1) }, { conv1d(3, kernel = 4, padding = causal), relu } },
            }
        }
    };
}

filter!(Precise, f64, 10_000);
filter!(Short, f64, 200);
filter!(Single, f32, 10_000);

/// A network whose running statistics and slopes are not those that it starts with.
fn trained<N: Network>() -> Box<N> {
    let mut rng = StdRng::seed_from_u64(1);
    let mut network = N::init(&mut rng);
    for parameter in network.parameters_mut() {
        let change = rng.random_range(0.0..0.2);
        *parameter = castnet::Scalar::from_f64(castnet::Scalar::to_f64(*parameter) + change);
    }
    network
}

/// Two channels of `length`, one behind the other.
fn sequence(length: usize) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(2);
    (0..2 * length).map(|_| rng.random_range(-1.0..1.0)).collect()
}

#[test]
fn ten_thousand_frames_are_the_sequence_in_f64() {
    let (network, samples) = (trained::<Precise>(), sequence(FRAMES));
    let input: Box<[f64; 2 * FRAMES]> = samples.clone().into_boxed_slice().try_into().unwrap();
    let at_once = Predictor::new(&*network).predict(&input);
    let mut state = Precise::start();
    for frame in 0..FRAMES {
        let sound = network.advance(&mut state, &[samples[frame], samples[FRAMES + frame]]);
        for (channel, value) in sound.into_iter().enumerate() {
            let expected = at_once[channel * FRAMES + frame];
            assert!((value - expected).abs() < 1e-12 * expected.abs().max(1.0), "{frame}: {value} {expected}");
        }
    }
}

#[test]
fn ten_thousand_frames_are_the_sequence_in_f32() {
    let (network, samples) = (trained::<Single>(), sequence(FRAMES));
    let samples: Vec<f32> = samples.into_iter().map(|sample| sample as f32).collect();
    let input: Box<[f32; 2 * FRAMES]> = samples.clone().into_boxed_slice().try_into().unwrap();
    let at_once = Predictor::new(&*network).predict(&input);
    let mut state = Single::start();
    for frame in 0..FRAMES {
        let sound = network.advance(&mut state, &[samples[frame], samples[FRAMES + frame]]);
        for (channel, value) in sound.into_iter().enumerate() {
            let expected = at_once[channel * FRAMES + frame];
            assert!((value - expected).abs() < 1e-5 * expected.abs().max(1.0), "{frame}: {value} {expected}");
        }
    }
}

#[test]
fn a_stream_is_longer_than_what_it_was_trained_on() {
    let (short, long, samples) = (trained::<Short>(), trained::<Precise>(), sequence(1_000));
    let (mut one, mut other) = (Short::start(), Precise::start());
    for frame in 0..1_000 {
        let frame = [samples[frame], samples[1_000 + frame]];
        assert_eq!(short.advance(&mut one, &frame), long.advance(&mut other, &frame));
    }
}

#[test]
fn a_frame_allocates_nothing() {
    let network = trained::<Single>();
    let frames = measure(|| {
        let mut state = Single::start();
        for frame in 0..100 {
            assert!(network.advance(&mut state, &[frame as f32, 1.0]).iter().all(|value| value.is_finite()));
        }
    });
    assert_eq!(frames.count_total, 0);
}

#[test]
fn layers_say_what_they_keep() {
    let states: Vec<usize> = Single::LAYERS.iter().map(|layer| layer.state).filter(|&state| state > 0).collect();
    assert_eq!(states, [2 * 2, 8 * 2 * 4, 8 * 16, 8 * 4 * 7, 28 * 3]);
    assert_eq!(Single::STATE, states.iter().sum::<usize>());
    assert_eq!(size_of::<<Single as Stream>::State>(), 4 * Single::STATE + size_of::<usize>());
}

network! {
    /// Two layers of an echo.
    struct Echo {
        input: [1, 64],
        conv1d(4, kernel = 3, dilation = 2, padding = causal), tanh,
        conv1d(1, kernel = 1),
    }
}

/// Trained on short sequences, run on a long one: `y[t] = x[t] / 2 + x[t - 4] / 4`.
#[test]
fn a_network_is_trained_on_sequences_and_run_on_a_stream() {
    let mut rng = StdRng::seed_from_u64(3);
    let echo = |x: &[f32], time: usize| x[time] / 2.0 + time.checked_sub(4).map_or(0.0, |before| x[before] / 4.0);
    let mut trainer = Trainer::new(Echo::init(&mut rng), MeanSquaredError, Adam::default()).schedule(0.01);
    for _ in 0..300 {
        let inputs: Vec<[f32; 64]> = (0..16).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
        let targets: Vec<[f32; 64]> = inputs.iter().map(|x| std::array::from_fn(|time| echo(x, time))).collect();
        trainer.step(&inputs, &targets).unwrap();
    }
    let (network, mut state) = (trainer.into_network(), Echo::start());
    let samples: Vec<f32> = (0..1_000).map(|_| rng.random_range(-1.0..1.0)).collect();
    let errors = (0..1_000).map(|time| {
        let [sound] = network.advance(&mut state, &[samples[time]]);
        (sound - echo(&samples, time)).powi(2)
    });
    let error = errors.sum::<f32>() / 1_000.0;
    assert!(error < 1e-3, "{error}");
}
