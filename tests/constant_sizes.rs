//! Constant expressions as sizes everywhere, also through blocks: such a network is the one with the numbers in their
//! place.

use castnet::losses::SoftmaxCrossEntropy;
use castnet::optimizers::Adam;
use castnet::prelude::*;
use castnet::train::Trainer;
use castnet::{LayerInfo, LayerPlace, training_bytes};
use rand::SeedableRng;
use rand::rngs::StdRng;

mod sizes {
    pub const SIDE: usize = 12;
    pub const FILTERS: usize = 3;
    pub const KERNEL: usize = 3;
}

/// Names that generated code has for itself.
const L: usize = 5;
const S: usize = 2;
const R: f64 = 0.25;

const fn larger(left: usize, right: usize) -> usize {
    if left > right { left } else { right }
}

network! {
    struct OfConstants {
        input: [1, sizes::SIDE, sizes::SIDE],
        conv2d(2 * sizes::FILTERS, kernel = [sizes::KERNEL, larger(2, 3)], padding = sizes::KERNEL / 2) -> [6, sizes::SIDE, 12],
        batch_norm, leaky_relu(R / 2.5),
        block: residual { conv2d(sizes::FILTERS + 3, kernel = sizes::KERNEL, padding = same), relu },
        residual(project) { conv2d(sizes::FILTERS, kernel = 1), tanh },
        concat { { conv2d(L, kernel = sizes::KERNEL, padding = same) }, { conv2d(S, kernel = 1), relu } } -> [L + S, 12, 12],
        residual(project) { conv2d(L, kernel = 1, stride = S, rounding = floor) },
        max_pool2d(S, stride = S),
        avg_pool2d(if S == 2 { 3 } else { 1 }, stride = S),
        flatten,
        dropout(R),
        repeat(2) { residual(project) { dense(L * S, init = normal(R)), tanh } },
        sum { { dense(L) }, left: { dense(L - 1), relu, dense(L, bias = false) } },
    }
}

network! {
    struct OfNumbers {
        input: [1, 12, 12],
        conv2d(6, kernel = [3, 3], padding = 1) -> [6, 12, 12],
        batch_norm, leaky_relu(0.1),
        block: residual { conv2d(6, kernel = 3, padding = same), relu },
        residual(project) { conv2d(3, kernel = 1), tanh },
        concat { { conv2d(5, kernel = 3, padding = same) }, { conv2d(2, kernel = 1), relu } } -> [7, 12, 12],
        residual(project) { conv2d(5, kernel = 1, stride = 2, rounding = floor) },
        max_pool2d(2, stride = 2),
        avg_pool2d(3, stride = 2),
        flatten,
        dropout(0.25),
        repeat(2) { residual(project) { dense(10, init = normal(0.25)), tanh } },
        sum { { dense(5) }, left: { dense(4), relu, dense(5, bias = false) } },
    }
}

/// The layers, wherever their outputs stand.
fn layers<N: Infer>() -> Vec<LayerInfo> {
    N::LAYERS.iter().map(|layer| LayerInfo { place: LayerPlace::Output(0), ..*layer }).collect()
}

#[test]
fn a_constant_is_the_number_in_its_place() {
    assert_eq!(layers::<OfConstants>(), layers::<OfNumbers>());
    assert_eq!(OfConstants::SEGMENTS, OfNumbers::SEGMENTS);
    assert_eq!(OfConstants::PARAMETER_COUNT, OfNumbers::PARAMETER_COUNT);
    // Only what has numbers for its sizes has offsets in one arena.
    let [numbers, constants] = [OfNumbers::INFERENCE_BYTES, OfConstants::INFERENCE_BYTES];
    assert!(numbers < constants, "{numbers} {constants}");
    let [numbers, constants] = [training_bytes::<OfNumbers, 1>(), training_bytes::<OfConstants, 1>()];
    assert!(numbers < constants, "{numbers} {constants}");

    fn losses<N: Network<Scalar = f32, Input = [f32; 144], Output = [f32; 5]>>() -> (Vec<f64>, [f32; 5]) {
        let image = |sample: usize| std::array::from_fn(|pixel| ((sample * 31 + pixel * 7) as f32 * 0.13).sin());
        let images: Vec<[f32; 144]> = (0..20).map(image).collect();
        let classes: Vec<usize> = (0..20).map(|sample| sample % 5).collect();
        let network = N::init(&mut StdRng::seed_from_u64(2));
        let mut trainer = Trainer::new(network, SoftmaxCrossEntropy, Adam::default()).schedule(0.01);
        let losses = (0..5).map(|_| trainer.step(&images, &classes).unwrap().loss).collect();
        (losses, trainer.network().predict(&images[7]))
    }
    assert_eq!(losses::<OfConstants>(), losses::<OfNumbers>());
}

/// The types of constants are those of numbers.
#[test]
fn sizes_are_types() {
    use castnet::typenum::{U5, U144};
    fn is<N: castnet::Sizes<InputLen = U144, OutputLen = U5>>() {}
    is::<OfConstants>();
    is::<OfNumbers>();
}
