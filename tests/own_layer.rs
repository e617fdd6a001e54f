//! Layers of the user's own, by `layer(..)`: gradients, shapes, initial parameters.

use castnet::layers::{Activations, Backward, Context, Dense, Forward, Layer, Reads, Saved, SavedNumbers};
use castnet::losses::MeanSquaredError;
use castnet::pulp::Simd;
use castnet::{Scalar, check_gradients, prelude::*};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// Parametric relu (He et al., *Delving Deep into Rectifiers*, 2015): `x` where it is positive, `a x` elsewhere, with
/// one slope `a` for each of `N` features.
#[derive(Clone, Copy, Default)]
struct PRelu<const N: usize>;

impl<T: Scalar, const N: usize> Layer<T> for PRelu<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
    const PARAMETERS: usize = N;

    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
        for (feature, &slope) in io.parameters.iter().enumerate() {
            let lanes = feature * L..(feature + 1) * L;
            for (y, &x) in io.output[lanes.clone()].iter_mut().zip(&io.input[lanes]) {
                *y = if x > T::ZERO { x } else { slope * x };
            }
        }
    }

    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
        let Backward { parameters: slopes, read, output_gradient, mut input_gradient, mut gradient, .. } = io;
        for (i, (&x, &dy)) in read.input.iter().zip(output_gradient.iter()).enumerate() {
            let feature = i / L;
            let (dx, da) = if x > T::ZERO { (dy, T::ZERO) } else { (slopes[feature] * dy, x * dy) };
            if let Some(input_gradient) = &mut input_gradient {
                input_gradient[i] = dx;
            }
            if let Some(gradient) = &mut gradient {
                gradient[feature] += da;
            }
        }
    }

    fn initialize<R: Rng + ?Sized>(self, _: &mut R, slopes: &mut [T]) {
        slopes.fill(T::from_f64(0.25));
    }
}

/// The sum of neighbours, two by two: another shape, and nothing to learn.
#[derive(Clone, Copy, Default)]
struct PairSums;

impl<T: Scalar> Layer<T> for PairSums {
    const INPUT: usize = 6;
    const OUTPUT: usize = 3;
    const PARAMETERS: usize = 0;

    const READS: Reads = Reads::NOTHING;

    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
        for (pair, sums) in io.input.chunks_exact(2 * L).zip(io.output.chunks_exact_mut(L)) {
            let (left, right) = pair.split_at(L);
            sums.iter_mut().zip(left).zip(right).for_each(|((sum, &left), &right)| *sum = left + right);
        }
    }

    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
        assert!(io.read.input.is_empty() && io.read.output.is_empty(), "it says that it reads neither");
        let Some(input_gradient) = io.input_gradient else { return };
        for (pair, sums) in input_gradient.chunks_exact_mut(2 * L).zip(io.output_gradient.chunks_exact(L)) {
            pair[..L].copy_from_slice(sums);
            pair[L..].copy_from_slice(sums);
        }
    }
}

network! {
    struct Own<f64> {
        input: [4],
        dense(6),
        slopes: layer(PRelu::<6>),
        residual { layer(PRelu::<6>), tanh },
        layer(PairSums) -> [3],
        layer(self::PRelu::<3>),
    }
}

#[test]
fn gradients_and_shapes() {
    let network = Own::init(&mut StdRng::seed_from_u64(3));
    assert_eq!(Own::PARAMETER_COUNT, 4 * 6 + 6 + 6 + 6 + 3);
    assert_eq!(Own::OUTPUT_SHAPE, [3]);
    assert!(network.slopes.parameters.iter().all(|&slope| slope == 0.25));
    assert!(Own::SEGMENTS.iter().any(|segment| segment.name == "slopes.parameters" && segment.len == 6));
    let inputs = [[0.3, -0.8, 0.5, 0.9], [-0.4, 0.7, -0.1, 0.2], [0.6, 0.1, -0.9, -0.3]];
    let targets = [[0.0, 1.0, -1.0], [0.5, 0.0, 0.0], [1.0, -0.5, 0.3]];
    let check = check_gradients::<Own, _, 8>(&network, &MeanSquaredError, &inputs, &targets).unwrap();
    assert!(check.worst().1 < 1e-7, "{check:?}");
}

/// The same weights twice, `W (W x)`: what is between the two is saved for the backward pass, beside what is counted of
/// a lane group.
#[derive(Clone, Copy, Default)]
struct Twice;

type Once = Dense<16, 16, false>;

impl Layer<f64> for Twice {
    const INPUT: usize = 16;
    const OUTPUT: usize = 16;
    const PARAMETERS: usize = 256;
    // The gradient in what is between has its place there too.
    const SAVED: Saved = Saved { per_sample: 32, per_group: 1 };

    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, f64>) {
        let Forward { parameters, input, output, saved } = io;
        let mut room = [0.0; 16 * 32];
        let between = if saved.samples.is_empty() { &mut room[..16 * L] } else { &mut saved.samples[..16 * L] };
        let first = Forward { parameters, input, output: between, saved: SavedNumbers::default() };
        Once::new().forward::<S, L>(at, first);
        let second = Forward { parameters, input: between, output, saved: SavedNumbers::default() };
        Once::new().forward::<S, L>(at, second);
        if let [passes] = saved.group {
            *passes = at.pass.real as f64;
        }
    }

    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, f64>) {
        assert_eq!(*io.saved.group, [at.pass.real as f64]);
        let (between, between_gradient) = io.saved.samples.split_at_mut(16 * L);
        let (parameters, mut gradient) = (io.parameters, io.gradient);
        let second = Backward {
            parameters,
            read: Activations { input: between, output: &[] },
            saved: SavedNumbers::default(),
            output_gradient: io.output_gradient,
            input_gradient: Some(between_gradient),
            gradient: gradient.as_deref_mut(),
        };
        Once::new().backward::<S, L>(at, second);
        let first = Backward {
            parameters,
            read: io.read,
            saved: SavedNumbers::default(),
            output_gradient: between_gradient,
            input_gradient: io.input_gradient,
            gradient,
        };
        Once::new().backward::<S, L>(at, first);
    }

    fn initialize<R: Rng + ?Sized>(self, rng: &mut R, weight: &mut [f64]) {
        weight.fill_with(|| rng.random_range(-0.3..0.3));
    }
}

network! {
    struct Shared<f64> {
        input: [16],
        twice: layer(Twice),
        dense(1),
    }
}

#[test]
fn a_layer_may_call_another_more_than_once() {
    let network = Shared::init(&mut StdRng::seed_from_u64(4));
    let inputs: [[f64; 16]; 3] =
        std::array::from_fn(|sample| std::array::from_fn(|feature| ((sample * 16 + feature) as f64).sin()));
    let targets = [[0.5], [-0.25], [1.0]];
    let check = check_gradients::<Shared, _, 8>(&network, &MeanSquaredError, &inputs, &targets).unwrap();
    assert!(check.worst().1 < 1e-7, "{check:?}");
}

/// A rotation by what it learns: cosine and sine of one angle, which is drawn once.
#[derive(Clone, Copy, Default)]
struct Rotation;

impl Layer<f64> for Rotation {
    const INPUT: usize = 2;
    const OUTPUT: usize = 2;
    const PARAMETERS: usize = 2;

    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, f64>) {
        let (x, y) = io.input.split_at(L);
        for lane in 0..L {
            io.output[lane] = io.parameters[0] * x[lane] - io.parameters[1] * y[lane];
            io.output[L + lane] = io.parameters[1] * x[lane] + io.parameters[0] * y[lane];
        }
    }

    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, _: Backward<'_, f64>) {
        unreachable!("nothing here learns");
    }

    fn initialize<R: Rng + ?Sized>(self, rng: &mut R, parameters: &mut [f64]) {
        let angle: f64 = rng.random_range(0.0..3.0);
        parameters.copy_from_slice(&[angle.cos(), angle.sin()]);
    }
}

network! { struct Turned<f64> { input: [2], first: layer(Rotation), second: layer(Rotation) } }

#[test]
fn all_parameters_of_a_layer_start_together() {
    let network = Turned::init(&mut StdRng::seed_from_u64(5));
    let mut rng = StdRng::seed_from_u64(5);
    for parameters in [&network.first.parameters, &network.second.parameters] {
        let angle: f64 = rng.random_range(0.0..3.0);
        assert_eq!(parameters.as_slice(), [angle.cos(), angle.sin()]);
    }
    let turned = network.predict(&[3.0, 4.0]);
    assert!((turned[0].hypot(turned[1]) - 5.0).abs() < 1e-12);
}

#[test]
fn threads_share_the_work_of_a_layer_that_states_none() {
    // One for each number that the layer touches.
    assert_eq!(<PRelu<6> as Layer<f64>>::MULTIPLY_ADDS, 18);
    assert!(Own::LAYERS.iter().all(|layer| layer.multiply_adds > 0 || layer.kind != "layer"));
    let work = |name| Own::LAYERS.iter().find(|layer| layer.name == name).unwrap().multiply_adds;
    assert_eq!(work("slopes"), 18);
}
