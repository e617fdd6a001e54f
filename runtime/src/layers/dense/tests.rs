//! The dense layer: gradients, instruction sets against each other, samples as they lie against samples side by side.

use pulp::{Arch, Simd, WithSimd};

use super::super::{Activations, Backward, Context, Forward, FusedForward, Layer, SavedNumbers, Sigmoid, Then, check};
use super::Dense;
use crate::{Pass, Scalar};

#[test]
fn activations_beside_it() {
    check::fused(Dense::<3, 1, true>);
    check::fused(Dense::<7, 13, true>);
    check::fused(Dense::<5, 37, false>);
}

#[test]
fn gradients() {
    check::layer(Dense::<1, 1, true>);
    check::layer(Dense::<3, 1, true>);
    check::layer(Dense::<1, 5, false>);
    check::layer(Dense::<7, 13, true>);
    check::layer(Dense::<5, 37, true>);
    check::layer(Dense::<16, 16, true>);
    check::layer(Dense::<33, 6, false>);
    check::layer(Dense::<35, 2, true>);
}

type Odd = Dense<19, 13, true>;
const LANES: usize = 16;

/// Output, input gradient and gradient of a layer, on the instruction set that it is called for.
struct Run<'a>(&'a [f32]);

impl WithSimd for Run<'_> {
    type Output = Vec<f32>;
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let count = <Odd as Layer<f32>>::PARAMETERS;
        let (parameters, input) = (&self.0[..count], &self.0[count..][..19 * LANES]);
        let (mut output, mut input_gradient) = (vec![0.0; 13 * LANES], vec![0.0; 19 * LANES]);
        let mut gradient = vec![0.0; count];
        let pass = Pass::training(LANES);
        let at = Context::new(simd, &pass, 0);
        let io = Forward { parameters, input, output: &mut output, saved: SavedNumbers::default() };
        Odd::new().forward::<S, LANES>(at, io);
        for value in &mut output {
            *value = f32::tanh(*value);
        }
        let io = Backward {
            parameters,
            read: Activations::of(Odd::new(), input, &output),
            saved: SavedNumbers::default(),
            output_gradient: &mut output.clone(),
            input_gradient: Some(&mut input_gradient),
            gradient: Some(&mut gradient),
        };
        Odd::new().backward::<S, LANES>(at, io);
        [output, input_gradient, gradient].concat()
    }
}

/// What comes of it on older processors, whose instructions this one has too.
#[cfg(target_arch = "x86_64")]
fn on_older_processors(numbers: &[f32]) -> Vec<Vec<f32>> {
    let sse = pulp::x86::V2::try_new().map(|simd| Simd::vectorize(simd, Run(numbers)));
    let avx2 = pulp::x86::V3::try_new().map(|simd| Simd::vectorize(simd, Run(numbers)));
    sse.into_iter().chain(avx2).collect()
}

/// Nothing: there is one instruction set only.
#[cfg(not(target_arch = "x86_64"))]
fn on_older_processors(_: &[f32]) -> Vec<Vec<f32>> {
    vec![]
}

#[test]
fn instruction_sets_agree() {
    let numbers: Vec<f32> = (0..2_000).map(|place| (place as f32 * 0.7).sin() * 0.5).collect();
    let expected = Arch::Scalar.dispatch(Run(&numbers));
    let best = Arch::new().dispatch(Run(&numbers));
    for other in on_older_processors(&numbers).into_iter().chain([best]) {
        for (a, b) in other.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-4, "{a}, expected {b}");
        }
    }
}

/// Compares a layer's output for so many samples with that for lanes; tells whether it read the samples as they lay.
struct Compare<T, const L: usize, const IN: usize, const OUT: usize>(usize, core::marker::PhantomData<T>);

impl<T: Scalar, const L: usize, const IN: usize, const OUT: usize> WithSimd for Compare<T, L, IN, OUT> {
    type Output = bool;
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let (real, layer, pass) = (self.0, Dense::<IN, OUT, true>::new(), Pass::inference(L));
        let numbers: Vec<T> =
            (0..OUT * IN + OUT + IN * L).map(|place| T::from_f64((place as f64 * 0.7).sin() * 0.2)).collect();
        let (parameters, samples) = numbers.split_at(OUT * IN + OUT);
        let mut lanes = vec![T::ZERO; IN * L];
        for sample in 0..real {
            for feature in 0..IN {
                lanes[feature * L + sample] = samples[sample * IN + feature];
            }
        }
        let (mut expected, mut output) = (vec![T::ZERO; OUT * L], vec![T::from_f64(f64::NAN); OUT * L]);
        let at = Context::new(simd, &pass, 0);
        let io = Forward { parameters, input: &lanes, output: &mut expected, saved: SavedNumbers::default() };
        layer.forward_fused::<S, _, L>(at, io, Then { activation: Sigmoid, kept: &mut [] });
        let mut room = vec![T::from_f64(f64::NAN); IN * L];
        let samples = &samples[..real * IN];
        layer.forward_samples::<T, S, _, L>(at, parameters, samples, &mut room, &mut output, Sigmoid);
        for (place, (found, expected)) in output.iter().zip(&expected).enumerate() {
            let difference = (found.to_f64() - expected.to_f64()).abs();
            assert!(place % L >= real || difference < 1e-5, "lane {}: {difference}", place % L);
        }
        room[0].to_f64().is_nan()
    }
}

fn compare<T: Scalar, const L: usize, const IN: usize, const OUT: usize>() -> bool {
    let mut reads_samples = false;
    for real in [1, 3, L / 2, L - 1, L].into_iter().filter(|&real| (1..=L).contains(&real)) {
        Arch::Scalar.dispatch(Compare::<T, L, IN, OUT>(real, core::marker::PhantomData));
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            Simd::vectorize(simd, Compare::<T, L, IN, OUT>(real, core::marker::PhantomData));
        }
        reads_samples |= Arch::new().dispatch(Compare::<T, L, IN, OUT>(real, core::marker::PhantomData));
    }
    reads_samples
}

#[test]
fn samples_as_they_lie_and_side_by_side_have_the_same_outputs() {
    let has_vectors = !matches!(Arch::new(), Arch::Scalar);
    assert_eq!(compare::<f32, 16, 200, 64>(), has_vectors);
    assert_eq!(compare::<f64, 32, 70, 32>(), has_vectors);
    // With some instruction sets.
    compare::<f32, 8, 70, 31>();
    compare::<f32, 16, 33, 16>();
    assert!(!compare::<f32, 16, 3, 16>(), "more outputs than inputs");
    assert!(!compare::<f32, 16, 40, 2>(), "few outputs");
    assert!(!compare::<f32, 1, 70, 32>(), "one lane");
}
