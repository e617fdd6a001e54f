//! NaN and infinities in every place and lane of every kind of layer: where they reach, they come out; nothing else changes.
//!
//! `tests/targets/` runs this file on emulated processors too, for every instruction set.

use castnet::__private::KINDS;
use castnet::bytemuck::{zeroed_box, zeroed_vec};
use castnet::pulp::{Arch, Simd, WithSimd};
use castnet::{Scalar, prelude::*};
use rand::{SeedableRng, rngs::StdRng};

/// Declares the network of every case on both scalars, and makes the list of them.
macro_rules! cases {
    ($($case:ident { $($declaration:tt)* })*) => {
        $(mod $case {
            castnet::network! { pub struct Single<f32> { $($declaration)* } }
            castnet::network! { pub struct Double<f64> { $($declaration)* } }
        })*

        const CASES: &[(&str, fn())] =
            &[$((stringify!($($declaration)*), check::<$case::Single, $case::Double>),)*];
    };
}

cases! {
    dense { input: [5], dense(4), layer(crate::Same::<4>) }
    narrow { input: [3], dense(18, bias = false) }
    image { input: [2, 5, 6], conv2d(3, kernel = 3, padding = 1), avg_pool2d(2, rounding = floor), flatten }
    dilated { input: [2, 6, 5], conv2d(3, kernel = [3, 2], dilation = 2, padding = [[2, 1], 1]) }
    sequence { input: [2, 12], conv1d(5, kernel = 3, dilation = 4, padding = causal), avg_pool1d(3) }
    peaks { input: [2, 9], max_pool1d(3, stride = 2) }
    maximum { input: [1, 4, 6], max_pool2d(2) }
    overlapping { input: [1, 5, 5], max_pool2d(3, stride = 2) }
    rectifiers { input: [7], residual { relu }, leaky_relu(0.1), prelu }
    channels { input: [2, 2, 3], prelu(per_channel = true), batch_norm }
    smooth { input: [6], sum { { tanh }, { sigmoid } } }
    kept { input: [6], concat { { gelu }, { silu } } }
    words { input: tokens[4] < 9, embedding(2), flatten, dense(3) }
    parts { input: [5], concat { { slice(1..3), tanh }, { slice(0..4), dense(2) } } }
    inputs { input: { a: [1, 2, 3], b: [4] }, conv2d(2, kernel = 2), flatten, concat { {}, { b } } }
    probabilities { input: [5], dropout(0.5), softmax }
    norm { input: [5], layer_norm }
    copies { input: [3], repeat(2) { dense(4) } }
}

/// A layer of the user's own that changes nothing.
#[derive(Clone, Copy, Default)]
pub struct Same<const N: usize>;

impl<T: Scalar, const N: usize> castnet::layers::Layer<T> for Same<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
    const PARAMETERS: usize = 0;

    fn forward<S: Simd, const L: usize>(self, _: castnet::layers::Context<'_, S>, io: castnet::layers::Forward<'_, T>) {
        io.output.copy_from_slice(io.input);
    }

    fn backward<S: Simd, const L: usize>(
        self,
        _: castnet::layers::Context<'_, S>,
        io: castnet::layers::Backward<'_, T>,
    ) {
        if let Some(input_gradient) = io.input_gradient {
            input_gradient.copy_from_slice(io.output_gradient);
        }
    }
}

/// The output of a lane group on the best instruction set of this processor whose vectors it fills.
struct Infer<'a, N: Network, const L: usize>(&'a N, &'a [N::Scalar]);

impl<N: Network, const L: usize> WithSimd for Infer<'_, N, L> {
    type Output = Vec<N::Scalar>;
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let (mut output, mut workspace) = (zeroed_vec(N::OUTPUT_LEN * L), zeroed_box::<N::Workspace<L>>());
        self.0.infer::<S, L>(simd, self.1, &mut output, &mut workspace);
        output
    }
}

/// What a number is, where it is not finite.
fn class(value: f64) -> Option<&'static str> {
    match value {
        value if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("infinity"),
        f64::NEG_INFINITY => Some("minus infinity"),
        _ => None,
    }
}

fn check<N: Network<Scalar = f32>, D: Network<Scalar = f64>>() {
    check_lanes::<N, D, 1>();
    check_lanes::<N, D, 3>();
    check_lanes::<N, D, 16>();
}

fn check_lanes<N: Network<Scalar = f32>, D: Network<Scalar = f64>, const L: usize>() {
    let network = N::init(&mut StdRng::seed_from_u64(1));
    let mut double = D::init(&mut StdRng::seed_from_u64(1));
    for (to, &from) in double.parameters_mut().iter_mut().zip(network.parameters()) {
        *to = f64::from(from);
    }
    let are_tokens = N::INPUTS.first().is_some_and(|input| input.limit.is_some());
    let number = |place: usize| if are_tokens { (place % 9) as f32 } else { (place as f32 * 0.7).sin() };
    let input: Vec<f32> = (0..N::INPUT_LEN * L).map(number).collect();
    let before = Arch::new().dispatch(Infer::<N, L>(&network, &input));
    for place in 0..input.len() {
        let with = |value| {
            let mut input = input.clone();
            input[place] = value;
            input
        };
        // What a large number reaches, NaN reaches.
        let reached = Arch::new().dispatch(Infer::<N, L>(&network, &with(1e4)));
        let outputs = Arch::new().dispatch(Infer::<N, L>(&network, &with(f32::NAN)));
        for (index, output) in outputs.iter().enumerate() {
            assert_eq!(output.is_nan(), reached[index] != before[index], "NaN at {place} of {L} lanes, output {index}");
            assert!(output.is_nan() || *output == before[index], "{output}, but {} before", before[index]);
        }
        for value in [f32::INFINITY, f32::NEG_INFINITY] {
            let outputs = Arch::new().dispatch(Infer::<N, L>(&network, &with(value)));
            let wide: Vec<f64> = with(value).iter().map(|&value| f64::from(value)).collect();
            let expected = pulp_scalar(Infer::<D, L>(&double, &wide));
            for (index, (&output, expected)) in outputs.iter().zip(expected).enumerate() {
                let found = class(f64::from(output));
                assert_eq!(found, class(expected), "{value} at {place} of {L} lanes, output {index}: {output}");
                assert!(found.is_some() || (f64::from(output) - expected).abs() < 1e-4 * (1.0 + expected.abs()));
            }
        }
    }
}

/// Runs an operation in plain code.
fn pulp_scalar<O: WithSimd>(operation: O) -> O::Output {
    Arch::Scalar.dispatch(operation)
}

#[test]
fn what_is_not_finite_comes_out_where_it_reaches() {
    for (declaration, check) in CASES {
        println!("{declaration}");
        check();
    }
}

#[test]
fn every_kind_is_among_them() {
    for kind in KINDS {
        let is_it = |word: &str| word == *kind;
        let words = |declaration: &str| declaration.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_it);
        assert!(CASES.iter().any(|(declaration, _)| words(declaration)), "`{kind}` is in no case");
    }
}

network! {
    /// Not finite at zero, which is what lanes without a sample would hold.
    struct Inverse<f64> {
        input: [3],
        layer(Reciprocal),
        dense(4), batch_norm, tanh,
        batch_norm,
        dense(2),
    }
}

/// `1 / x`
#[derive(Clone, Copy, Default)]
struct Reciprocal;

impl<T: Scalar> castnet::layers::Layer<T> for Reciprocal {
    const INPUT: usize = 3;
    const OUTPUT: usize = 3;
    const PARAMETERS: usize = 0;

    fn forward<S: Simd, const L: usize>(self, _: castnet::layers::Context<'_, S>, io: castnet::layers::Forward<'_, T>) {
        io.output.iter_mut().zip(io.input).for_each(|(y, &x)| *y = T::ONE / x);
    }

    fn backward<S: Simd, const L: usize>(
        self,
        _: castnet::layers::Context<'_, S>,
        io: castnet::layers::Backward<'_, T>,
    ) {
        let Some(input_gradient) = io.input_gradient else { return };
        for ((dx, &x), &dy) in input_gradient.iter_mut().zip(io.read.input).zip(io.output_gradient.iter()) {
            *dx = T::ZERO - dy / (x * x);
        }
    }
}

#[test]
fn lanes_without_a_sample_leave_no_trace() {
    use castnet::losses::MeanSquaredError;
    use castnet::optimizers::Sgd;
    use castnet::train::Trainer;

    fn after<const L: usize>(samples: usize) -> Vec<f64> {
        let inputs: Vec<[f64; 3]> =
            (0..samples).map(|sample| std::array::from_fn(|i| 1e3 + (sample * 3 + i) as f64)).collect();
        let targets: Vec<[f64; 2]> = (0..samples).map(|sample| [sample as f64 * 0.1, -0.5]).collect();
        let network = Inverse::init(&mut StdRng::seed_from_u64(2));
        let mut trainer = Trainer::<_, _, _, L>::with_lanes(network, MeanSquaredError, Sgd::default()).schedule(0.1);
        for _ in 0..3 {
            trainer.step(&inputs, &targets).unwrap();
        }
        trainer.network().parameters().to_vec()
    }
    for samples in [2, 7, 15, 16, 17, 31] {
        let expected = after::<1>(samples);
        for other in [after::<8>(samples), after::<16>(samples), after::<32>(samples)] {
            for (found, expected) in other.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{samples}: {found}, not {expected}");
            }
        }
    }
}
