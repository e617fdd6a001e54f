//! Gradient checks of single layers, in f64, against central differences.

use pulp::{Arch, Simd, WithSimd};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    Activation, Activations, Backward, Before, Context, Elementwise, Forward, FusedBackward, FusedForward, Gelu,
    InPlace, InferInPlace, Keeps, Layer, SavedNumbers, Sigmoid, Then, start_gradient,
};
use crate::{Pass, Scalar};

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

/// Room for what a layer saves.
fn room_of<T: Scalar, A: Layer<T>, const L: usize>(_: A) -> (Vec<T>, Vec<T>) {
    (vec![T::ZERO; A::SAVED.per_sample * L], vec![T::ZERO; A::SAVED.per_group])
}

/// The forward pass of a layer in training, without what it saves.
pub(super) fn forward<T: Scalar, S: Simd, const L: usize>(
    layer: impl Layer<T>,
    simd: S,
    parameters: &[T],
    input: &[T],
    output: &mut [T],
) {
    let (mut samples, mut group) = room_of::<T, _, L>(layer);
    let saved = SavedNumbers { samples: &mut samples, group: &mut group };
    let pass = Pass::training(L);
    layer.forward::<S, L>(Context::new(simd, &pass, 3), Forward { parameters, input, output, saved });
}

/// A layer with numbers for all that it reads.
struct Case<A, S, const L: usize> {
    layer: A,
    simd: S,
    parameters: Vec<f64>,
    input: Vec<f64>,
    /// The gradient in the output.
    slopes: Vec<f64>,
}

/// What a backward pass leaves.
struct Gradients {
    parameters: Vec<f64>,
    input: Vec<f64>,
}

impl<A: Layer<f64>, S: Simd, const L: usize> Case<A, S, L> {
    fn new(layer: A, simd: S) -> Self {
        let mut rng = StdRng::seed_from_u64(11);
        let parameters = random(A::PARAMETERS, &mut rng);
        let input = random(A::INPUT * L, &mut rng);
        let slopes = random(A::OUTPUT * L, &mut rng);
        Self { layer, simd, parameters, input, slopes }
    }

    fn output(&self, parameters: &[f64], input: &[f64]) -> Vec<f64> {
        let mut output = vec![f64::NAN; A::OUTPUT * L];
        forward::<f64, S, L>(self.layer, self.simd, parameters, input, &mut output);
        output
    }

    /// A forward and a backward pass, which finds 0.25 or, if it `overwrite`s, 7 in the gradient of the parameters.
    fn gradients(&self, pass: Pass) -> Gradients {
        let (mut samples, mut group) = room_of::<f64, _, L>(self.layer);
        let (at, mut output) = (Context::new(self.simd, &pass, 3), vec![f64::NAN; A::OUTPUT * L]);
        let saved = SavedNumbers { samples: &mut samples, group: &mut group };
        let io = Forward { parameters: &self.parameters, input: &self.input, output: &mut output, saved };
        self.layer.forward::<S, L>(at, io);
        let mut gradient = vec![if pass.overwrite { 7.0 } else { 0.25 }; A::PARAMETERS];
        start_gradient(self.layer, &pass, &mut gradient);
        let (mut input, mut output_gradient) = (vec![f64::NAN; A::INPUT * L], self.slopes.clone());
        let io = Backward {
            parameters: &self.parameters,
            read: Activations::of(self.layer, &self.input, &output),
            saved: SavedNumbers { samples: &mut samples, group: &mut group },
            output_gradient: &mut output_gradient,
            input_gradient: Some(&mut input),
            gradient: Some(&mut gradient),
        };
        self.layer.backward::<S, L>(at, io);
        if !pass.overwrite {
            gradient.iter_mut().for_each(|value| *value -= 0.25);
        }
        Gradients { parameters: gradient, input }
    }
}

/// Compares a layer's gradients with central differences.
struct CheckLayer<A, const L: usize>(A);

impl<A: Layer<f64>, const L: usize> WithSimd for CheckLayer<A, L> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        let case = Case::<A, S, L>::new(self.0, simd);
        let pass = Pass::training(L);
        let gradients = case.gradients(pass);
        let numeric = differences(&mut case.parameters.clone(), |parameters| {
            dot(&case.output(parameters, &case.input), &case.slopes)
        });
        assert_close("parameter", &gradients.parameters, &numeric);
        let numeric =
            differences(&mut case.input.clone(), |input| dot(&case.output(&case.parameters, input), &case.slopes));
        assert_close("input", &gradients.input, &numeric);
        // The gradient is added to what was there, or overwrites it.
        let overwritten = case.gradients(Pass { overwrite: true, ..pass });
        assert_close("overwritten", &overwritten.parameters, &gradients.parameters);
        // At inference the same comes out, and nothing is saved.
        let mut output = vec![f64::NAN; A::OUTPUT * L];
        let io = Forward {
            parameters: &case.parameters,
            input: &case.input,
            output: &mut output,
            saved: SavedNumbers::default(),
        };
        self.0.forward::<S, L>(Context::new(simd, &Pass::inference(L), 3), io);
        assert_close("inference", &output, &case.output(&case.parameters, &case.input));
    }
}

/// Runs an operation on each instruction set that this processor has.
pub(super) fn on_every_instruction_set<O: WithSimd>(operation: impl Fn() -> O) {
    Arch::new().dispatch(operation());
    Arch::Scalar.dispatch(operation());
    #[cfg(target_arch = "x86_64")]
    {
        pulp::x86::V2::try_new().map(|simd| Simd::vectorize(simd, operation()));
        pulp::x86::V3::try_new().map(|simd| Simd::vectorize(simd, operation()));
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

/// A layer with an activation on either side computes what the two do one after the other.
struct CheckFused<A, F, const L: usize>(A, F);

impl<A: FusedForward<f64> + FusedBackward<f64>, F: Activation<f64>, const L: usize> WithSimd for CheckFused<A, F, L> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        let case = Case::<A, S, L>::new(self.0, simd);
        let (pass, beside) = (Pass::training(L), F::KEEPS == Keeps::Beside);
        let at = Context::new(simd, &pass, 3);
        let mut expected = case.output(&case.parameters, &case.input);
        let mut expected_kept = vec![0.0; if beside { A::OUTPUT * L } else { 0 }];
        Elementwise(self.1).forward::<S, L>(at, &mut expected, &mut expected_kept);
        let (mut output, mut kept) = (vec![f64::NAN; A::OUTPUT * L], vec![f64::NAN; expected_kept.len()]);
        let io = Forward {
            parameters: &case.parameters,
            input: &case.input,
            output: &mut output,
            saved: SavedNumbers::default(),
        };
        let then = Then { activation: self.1, kept: &mut kept };
        self.0.forward_fused::<S, F, L>(at, io, then);
        assert_close("activated output", &output, &expected);
        assert_close("kept beside it", &kept, &expected_kept);
        backward_fused::<A, F, S, L>(&case, self.1);
    }
}

/// The half of it that concerns the derivative.
fn backward_fused<A: FusedBackward<f64>, F: Activation<f64>, S: Simd, const L: usize>(case: &Case<A, S, L>, f: F) {
    let pass = Pass::training(L);
    let at = Context::new(case.simd, &pass, 3);
    let output = case.output(&case.parameters, &case.input);
    let mut expected = case.gradients(pass).input;
    // What the activation kept: any numbers are as good as others.
    let kept: Vec<f64> = case.input.iter().map(|x| 0.3 * x).collect();
    let kept = if F::KEEPS == Keeps::Beside { &kept } else { &case.input };
    Elementwise(f).backward::<S, L>(at, kept, &mut expected);
    let (mut input, mut output_gradient) = (vec![f64::NAN; A::INPUT * L], case.slopes.clone());
    let io = Backward {
        parameters: &case.parameters,
        read: Activations::of(case.layer, &case.input, &output),
        saved: SavedNumbers::default(),
        output_gradient: &mut output_gradient,
        input_gradient: Some(&mut input),
        gradient: None,
    };
    case.layer.backward_fused::<S, F, L>(at, io, Before { activation: f, kept });
    assert_close("activated input", &input, &expected);
}

struct CheckFusedBackward<A, F, const L: usize>(A, F);

impl<A: FusedBackward<f64>, F: Activation<f64>, const L: usize> WithSimd for CheckFusedBackward<A, F, L> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        backward_fused::<A, F, S, L>(&Case::new(self.0, simd), self.1);
    }
}

/// Compares what a layer makes of samples side by side with `formula`, which computes one sample from the parameters and it.
pub(super) fn outputs<A: Layer<f64>>(layer: A, formula: fn(&[f64], &[f64]) -> Vec<f64>) {
    Arch::new().dispatch(CheckOutputs::<A, 1> { layer, formula });
    Arch::new().dispatch(CheckOutputs::<A, 8> { layer, formula });
    Arch::new().dispatch(CheckOutputs::<A, 16> { layer, formula });
}

struct CheckOutputs<A, const L: usize> {
    layer: A,
    formula: fn(&[f64], &[f64]) -> Vec<f64>,
}

impl<A: Layer<f64>, const L: usize> WithSimd for CheckOutputs<A, L> {
    type Output = ();
    fn with_simd<S: Simd>(self, simd: S) {
        let mut rng = StdRng::seed_from_u64(3);
        let parameters = random(A::PARAMETERS, &mut rng);
        let input = random(A::INPUT * L, &mut rng);
        let mut output = vec![f64::NAN; A::OUTPUT * L];
        forward::<_, S, L>(self.layer, simd, &parameters, &input, &mut output);
        for lane in 0..L {
            let sample: Vec<f64> = input.iter().skip(lane).step_by(L).copied().collect();
            let computed: Vec<f64> = output.iter().skip(lane).step_by(L).copied().collect();
            assert_close("output", &computed, &(self.formula)(&parameters, &sample));
        }
    }
}

/// Checks a layer that applies the activations on both sides, one that keeps its output and one that keeps its derivative.
pub(super) fn fused<A: FusedForward<f64> + FusedBackward<f64>>(layer: A) {
    Arch::new().dispatch(CheckFused::<A, _, 1>(layer, Sigmoid));
    Arch::new().dispatch(CheckFused::<A, _, 3>(layer, Gelu));
    Arch::new().dispatch(CheckFused::<A, _, 8>(layer, Gelu));
    Arch::new().dispatch(CheckFused::<A, _, 16>(layer, Sigmoid));
    Arch::new().dispatch(CheckFused::<A, _, 1>(layer, Gelu));
    Arch::new().dispatch(CheckFused::<A, _, 32>(layer, Gelu));
    Arch::Scalar.dispatch(CheckFused::<A, _, 8>(layer, Gelu));
}

/// Checks a layer that applies the derivative of the activation before it.
pub(super) fn fused_backward<A: FusedBackward<f64>>(layer: A) {
    Arch::new().dispatch(CheckFusedBackward::<A, _, 1>(layer, Sigmoid));
    Arch::new().dispatch(CheckFusedBackward::<A, _, 8>(layer, Gelu));
    Arch::new().dispatch(CheckFusedBackward::<A, _, 16>(layer, Sigmoid));
}

/// Compares the gradient in the input, for given parameters, that of the parameters not being asked for.
pub(super) fn input_gradient<A: Layer<f64>>(layer: A, parameters: &[f64]) {
    struct Check<'a, A, const L: usize>(A, &'a [f64]);
    impl<A: Layer<f64>, const L: usize> WithSimd for Check<'_, A, L> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let case = Case::<A, S, L> { parameters: self.1.to_vec(), ..Case::new(self.0, simd) };
            let analytic = case.gradients(Pass::training(L)).input;
            let numeric =
                differences(&mut case.input.clone(), |input| dot(&case.output(&case.parameters, input), &case.slopes));
            assert_close("input", &analytic, &numeric);
        }
    }
    Arch::new().dispatch(Check::<A, 1>(layer, parameters));
    Arch::new().dispatch(Check::<A, 16>(layer, parameters));
    Arch::Scalar.dispatch(Check::<A, 8>(layer, parameters));
}

/// At inference in place a layer computes what it does from one buffer to another, and then the activation.
pub(super) fn infers_in_place<A: Layer<f64> + InferInPlace<f64>>(layer: A) {
    struct Check<A, const L: usize>(A);
    impl<A: Layer<f64> + InferInPlace<f64>, const L: usize> WithSimd for Check<A, L> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let case = Case::<A, S, L>::new(self.0, simd);
            let pass = Pass::inference(L);
            let (at, mut values) = (Context::new(simd, &pass, 0), case.input.clone());
            self.0.infer::<S, _, L>(at, &case.parameters, &mut values, Sigmoid);
            let mut expected = case.output(&case.parameters, &case.input);
            Elementwise(Sigmoid).forward::<S, L>(at, &mut expected, &mut []);
            assert_close("in place", &values, &expected);
        }
    }
    Arch::new().dispatch(Check::<A, 1>(layer));
    Arch::new().dispatch(Check::<A, 16>(layer));
    Arch::Scalar.dispatch(Check::<A, 8>(layer));
}

struct CheckInPlace<A, const L: usize>(A);

impl<A: InPlace<f64>, const L: usize> WithSimd for CheckInPlace<A, L> {
    type Output = ();

    fn with_simd<S: Simd>(self, simd: S) {
        let pass = Pass { seed: 5, step: 2, ..Pass::training(L) };
        let at = Context::new(simd, &pass, 1);
        let mut rng = StdRng::seed_from_u64(12);
        let mut input = random(7 * L, &mut rng);
        let weights = random(7 * L, &mut rng);
        let run = |input: &[f64]| {
            let mut values = input.to_vec();
            let mut kept = vec![f64::NAN; if A::KEEPS == Keeps::Beside { 7 * L } else { 0 }];
            self.0.forward::<S, L>(at, &mut values, &mut kept);
            (values, kept)
        };
        let (output, kept) = run(&input);
        // Without room for what it keeps it computes the same.
        let mut values = input.clone();
        self.0.forward::<S, L>(at, &mut values, &mut []);
        assert_close("output", &values, &output);
        let mut gradient = weights.clone();
        let kept = match A::KEEPS {
            Keeps::Nothing => &[],
            Keeps::Output => &output[..],
            Keeps::Beside => &kept,
        };
        self.0.backward::<S, L>(at, kept, &mut gradient);
        let numeric = differences(&mut input, |input| dot(&run(input).0, &weights));
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
