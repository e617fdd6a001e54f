//! Gradient checks of single layers, in f64, against central differences.

use pulp::{Arch, Simd, WithSimd};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Activations, Elementwise, InPlace, Layer, Sigmoid, start_gradient};
use crate::Pass;

/// Half of the distance of a central difference.
const STEP: f64 = 1e-5;
/// Largest relative error between a gradient and its central difference.
const TOLERANCE: f64 = 1e-7;

/// Numbers away from zero, where relu has no derivative, and from one another, where a maximum has none.
pub(super) fn random(len: usize, rng: &mut StdRng) -> Vec<f64> {
    let mut values: Vec<f64> = (0..len).map(|i| (i as f64 + 0.7 - len as f64 / 2.0) * 2.5 / len as f64).collect();
    for i in (1..len).rev() {
        values.swap(i, rng.random_range(0..=i));
    }
    values
}

/// Compares two gradients, relative to the largest number in them.
pub(super) fn assert_close(what: &str, analytic: &[f64], numeric: &[f64]) {
    assert_eq!(analytic.len(), numeric.len());
    let largest = numeric.iter().fold(1e-3_f64, |largest, value| largest.max(value.abs()));
    for (i, (&a, &n)) in analytic.iter().zip(numeric).enumerate() {
        assert!((a - n).abs() <= TOLERANCE * largest, "{what} {i}: {a} by backward, {n} by differences");
    }
}

/// The central differences of `function` in each of `values`.
pub(super) fn differences(values: &mut [f64], mut function: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let value = values[i];
            values[i] = value + STEP;
            let above = function(values);
            values[i] = value - STEP;
            let below = function(values);
            values[i] = value;
            (above - below) / (2.0 * STEP)
        })
        .collect()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Runs a closure-like operation on the best instruction set and on the plain one.
struct CheckLayer<A, const L: usize>(A);

impl<A: Layer<f64>, const L: usize> WithSimd for CheckLayer<A, L> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        let layer = self.0;
        let pass = Pass::training(L);
        let mut rng = StdRng::seed_from_u64(11);
        let mut parameters = random(A::PARAMETERS, &mut rng);
        let mut input = random(A::INPUT * L, &mut rng);
        let weights = random(A::OUTPUT * L, &mut rng);
        let run = |parameters: &[f64], input: &[f64]| {
            let mut output = vec![f64::NAN; A::OUTPUT * L];
            layer.forward::<S, L>(simd, &pass, parameters, input, &mut output);
            output
        };
        let output = run(&parameters, &input);

        let mut gradient = vec![0.25; A::PARAMETERS];
        let mut input_gradient = vec![f64::NAN; A::INPUT * L];
        let activations = Activations { input: &input, output: &output };
        let mut output_gradient = weights.clone();
        layer.backward::<S, L>(
            simd,
            &pass,
            &parameters,
            activations,
            &mut output_gradient,
            Some(&mut input_gradient),
            Some(&mut gradient),
        );
        // The gradient is added to what was there, or overwrites it.
        gradient.iter_mut().for_each(|value| *value -= 0.25);
        let pass = Pass { overwrite: true, ..pass };
        let mut overwritten = vec![7.0; A::PARAMETERS];
        start_gradient(layer, &pass, &mut overwritten);
        let mut output_gradient = weights.clone();
        let own = Some(&mut overwritten[..]);
        layer.backward::<S, L>(simd, &pass, &parameters, activations, &mut output_gradient, None, own);
        assert_close("overwritten", &overwritten, &gradient);

        // With an activation it computes what it does without, and then the activation does.
        let mut expected = output.clone();
        InPlace::forward::<S, L>(Elementwise(Sigmoid), simd, &pass, &mut expected);
        let mut activated = vec![f64::NAN; A::OUTPUT * L];
        layer.forward_activated::<S, _, L>(simd, &pass, &parameters, &input, &mut activated, Sigmoid);
        assert_close("activated output", &activated, &expected);
        let mut expected = input_gradient.clone();
        InPlace::backward::<S, L>(Elementwise(Sigmoid), simd, &pass, &input, &mut expected);
        let mut activated = vec![f64::NAN; A::INPUT * L];
        let (mut output_gradient, into) = (weights.clone(), Some(&mut activated[..]));
        layer.backward_activated::<S, _, L>(
            simd,
            &pass,
            &parameters,
            activations,
            &mut output_gradient,
            into,
            None,
            Sigmoid,
        );
        assert_close("activated input", &activated, &expected);

        let fixed = input.clone();
        let numeric = differences(&mut parameters, |parameters| dot(&run(parameters, &fixed), &weights));
        assert_close("parameter", &gradient, &numeric);
        let numeric = differences(&mut input, |input| dot(&run(&parameters, input), &weights));
        assert_close("input", &input_gradient, &numeric);
    }
}

/// Checks the gradients of a layer for several numbers of lanes, with vectors and without.
pub(super) fn layer<A: Layer<f64>>(layer: A) {
    Arch::new().dispatch(CheckLayer::<A, 1>(layer));
    Arch::new().dispatch(CheckLayer::<A, 3>(layer));
    Arch::new().dispatch(CheckLayer::<A, 8>(layer));
    Arch::new().dispatch(CheckLayer::<A, 16>(layer));
    Arch::new().dispatch(CheckLayer::<A, 32>(layer));
    Arch::Scalar.dispatch(CheckLayer::<A, 8>(layer));
}

struct CheckInPlace<A, const L: usize>(A);

impl<A: InPlace<f64>, const L: usize> WithSimd for CheckInPlace<A, L> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        let pass = Pass { seed: 5, step: 2, ..Pass::training(L) };
        let mut rng = StdRng::seed_from_u64(12);
        let mut input = random(7 * L, &mut rng);
        let weights = random(7 * L, &mut rng);
        let run = |input: &[f64]| {
            let mut values = input.to_vec();
            self.0.forward::<S, L>(simd, &pass, &mut values);
            values
        };
        let mut gradient = weights.clone();
        self.0.backward::<S, L>(simd, &pass, &run(&input), &mut gradient);
        let numeric = differences(&mut input, |input| dot(&run(input), &weights));
        assert_close("input", &gradient, &numeric);
    }
}

/// Checks the gradient of an in-place layer for several numbers of lanes, with vectors and without.
pub(super) fn in_place<A: InPlace<f64>>(layer: A) {
    Arch::new().dispatch(CheckInPlace::<A, 1>(layer));
    Arch::new().dispatch(CheckInPlace::<A, 3>(layer));
    Arch::new().dispatch(CheckInPlace::<A, 8>(layer));
    Arch::new().dispatch(CheckInPlace::<A, 16>(layer));
    Arch::new().dispatch(CheckInPlace::<A, 32>(layer));
    Arch::Scalar.dispatch(CheckInPlace::<A, 8>(layer));
}
