//! Layers of the user's own, by `layer(..)`: gradients, shapes, initial parameters.

use castnet::layers::{Activations, Dense, Layer};
use castnet::losses::MeanSquaredError;
use castnet::pulp::Simd;
use castnet::{Network, Pass, Scalar, check_gradients, network};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// Parametric relu (He et al., *Delving Deep into Rectifiers*, 2015): `x` where it is positive, `a x` elsewhere, with
/// one slope `a` for each of `N` features.
#[derive(Clone, Copy, Default)]
struct PRelu<const N: usize>;

impl<T: Scalar, const N: usize> Layer<T> for PRelu<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
    const PARAMETERS: usize = N;

    fn forward<S: Simd, const L: usize>(self, _: S, _: &Pass, slopes: &[T], input: &[T], output: &mut [T]) {
        for (feature, &slope) in slopes.iter().enumerate() {
            let lanes = feature * L..(feature + 1) * L;
            for (y, &x) in output[lanes.clone()].iter_mut().zip(&input[lanes]) {
                *y = if x > T::ZERO { x } else { slope * x };
            }
        }
    }

    fn backward<S: Simd, const L: usize>(
        self,
        _: S,
        _: &Pass,
        slopes: &[T],
        activations: Activations<'_, T>,
        output_gradient: &mut [T],
        mut input_gradient: Option<&mut [T]>,
        mut gradient: Option<&mut [T]>,
    ) {
        for (i, (&x, &dy)) in activations.input.iter().zip(output_gradient.iter()).enumerate() {
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

    fn forward<S: Simd, const L: usize>(self, _: S, _: &Pass, _: &[T], input: &[T], output: &mut [T]) {
        for (pair, sums) in input.chunks_exact(2 * L).zip(output.chunks_exact_mut(L)) {
            let (left, right) = pair.split_at(L);
            sums.iter_mut().zip(left).zip(right).for_each(|((sum, &left), &right)| *sum = left + right);
        }
    }

    fn backward<S: Simd, const L: usize>(
        self,
        _: S,
        _: &Pass,
        _: &[T],
        _: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        _: Option<&mut [T]>,
    ) {
        let Some(input_gradient) = input_gradient else { return };
        for (pair, sums) in input_gradient.chunks_exact_mut(2 * L).zip(output_gradient.chunks_exact(L)) {
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

/// The same weights twice: `W (W x)`.
#[derive(Clone, Copy, Default)]
struct Twice;

type Once = Dense<16, 16, false>;

impl Layer<f64> for Twice {
    const INPUT: usize = 16;
    const OUTPUT: usize = 16;
    const PARAMETERS: usize = 256;

    fn forward<S: Simd, const L: usize>(self, simd: S, pass: &Pass, weight: &[f64], input: &[f64], output: &mut [f64]) {
        let mut between = vec![0.0; 16 * L];
        Once::new().forward::<S, L>(simd, pass, weight, input, &mut between);
        Once::new().forward::<S, L>(simd, pass, weight, &between, output);
    }

    fn backward<S: Simd, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        weight: &[f64],
        Activations { input, output }: Activations<'_, f64>,
        output_gradient: &mut [f64],
        input_gradient: Option<&mut [f64]>,
        mut gradient: Option<&mut [f64]>,
    ) {
        let (mut between, mut between_gradient) = (vec![0.0; 16 * L], vec![0.0; 16 * L]);
        Once::new().forward::<S, L>(simd, pass, weight, input, &mut between);
        let second = Activations { input: &between, output };
        let own = gradient.as_deref_mut();
        Once::new().backward::<S, L>(simd, pass, weight, second, output_gradient, Some(&mut between_gradient), own);
        let first = Activations { input, output: &between };
        Once::new().backward::<S, L>(simd, pass, weight, first, &mut between_gradient, input_gradient, gradient);
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
