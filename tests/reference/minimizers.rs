//! Minimizers against scipy and PyTorch, on regressions from the tables of `data/tabular`.

use castnet::bytemuck::zeroed_box;
use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
use castnet::optimizers::{ConjugateGradient, Lbfgs, LevenbergMarquardt, Minimizer, Newton, Objective};
use castnet::prelude::*;
use castnet::train::{DatasetLoss, ExactCurvature, LeastSquares, minimize};
use rand::{SeedableRng, rngs::StdRng};

use crate::read;
use crate::tensors::{Tensors, Tolerance};

const TOLERANCE: Tolerance = Tolerance { single: 0.0, double: 1e-10, floor: 0.0 };

macro_rules! regression {
    ($name:ident, $scalar:ident, $inputs:literal, $units:literal) => {
        castnet::network! {
            struct $name<$scalar> {
                input: [$inputs],
                dense($units), tanh,
                dense(1),
            }
        }
    };
}

regression!(Iris, f64, 3, 2);
regression!(DualIris, Dual, 3, 2);
regression!(Wine, f64, 12, 1);
regression!(BreastCancer, f64, 29, 1);

type Samples<N> = Vec<(<N as Infer>::Input, [f64; 1])>;

/// A table's network as it starts, and its samples.
fn regression<N: Network<Scalar = f64, Output = [f64; 1]>>(table: &str) -> (Box<N>, Samples<N>)
where
    N::Input: castnet::bytemuck::Pod + AsMut<[f64]>,
{
    let file = read("minimizers");
    let tensors = Tensors::new(&file, &format!("{table}/"), TOLERANCE);
    let mut network = zeroed_box::<N>();
    network.parameters_mut().copy_from_slice(&tensors.numbers("initial"));
    let (inputs, targets) = (tensors.rows::<f64, N::Input>("inputs"), tensors.rows::<f64, [f64; 1]>("targets"));
    (network, inputs.into_iter().zip(targets).collect())
}

fn expected(tensor: &str) -> Vec<f64> {
    Tensors::new(&read("minimizers"), "", TOLERANCE).numbers(tensor)
}

/// What scipy's `least_squares` comes to is reached from the same parameters.
fn check_least_squares<N, const LEN: usize>(table: &str)
where
    N: Network<Scalar = f64, Input = [f64; LEN], Output = [f64; 1]>,
{
    let (mut network, data) = regression::<N>(table);
    let found = LeastSquares::new(&data).unwrap().minimize(&mut *network, &LevenbergMarquardt::default(), 100).unwrap();
    let scipy = expected(&format!("{table}/least_squares"))[0];
    assert!(found <= scipy * (1.0 + 1e-6), "{table}: {found}, scipy {scipy}");
    let mean = castnet::evaluate(&*network, &MeanSquaredError, &data, &[]).unwrap().loss;
    assert!((mean - found).abs() < 1e-12, "{table}: {found}, but a mean squared error of {mean}");
}

#[test]
fn levenberg_marquardt_reaches_the_residual_of_scipy() {
    check_least_squares::<Iris, 3>("iris");
    check_least_squares::<Wine, 12>("wine");
    check_least_squares::<BreastCancer, 29>("breast_cancer");
}

#[test]
fn lbfgs_takes_the_steps_of_pytorch() {
    let (mut network, data) = regression::<Iris>("iris");
    let mut objective = DatasetLoss::<Iris, _, _>::new(&MeanSquaredError, &data).unwrap();
    let lbfgs = Lbfgs::default();
    let mut state = Minimizer::<Iris>::start(&lbfgs);
    let mut value = objective.value(&network).unwrap();
    for (step, expected) in expected("iris/lbfgs").into_iter().enumerate() {
        assert!((value - expected).abs() < 2e-8, "a loss of {value} before step {step}, expected {expected}");
        value = lbfgs.step(&mut state, &mut network, &mut objective).unwrap();
    }
}

#[test]
fn conjugate_gradients_come_as_far_as_those_of_scipy() {
    let (mut network, data) = regression::<Iris>("iris");
    let found = minimize(&mut network, &MeanSquaredError, &data, &ConjugateGradient::default(), 200).unwrap();
    let scipy = expected("iris/cg")[0];
    assert!(found < 1.01 * scipy, "{found}, scipy {scipy}");
}

#[test]
fn newton_comes_to_the_minimum_of_scipy() {
    let (mut network, data) = regression::<Iris>("iris");
    let mut loss = ExactCurvature::<Iris, DualIris, _, _>::new(&MeanSquaredError, &data).unwrap();
    let found = loss.minimize(&mut network, &Newton::default(), 100).unwrap();
    let scipy = expected("iris/newton")[0];
    assert!(found <= scipy * (1.0 + 1e-6), "{found}, scipy {scipy}");
    // Where nothing is left of the gradient.
    let mut gradient = zeroed_box::<Iris>();
    loss.value_and_gradient(&network, &mut gradient).unwrap();
    assert!(gradient.parameters().iter().all(|slope| slope.abs() < 1e-7), "{:?}", gradient.parameters());
}

#[test]
fn hessians_are_those_of_pytorch() {
    let (network, data) = regression::<Iris>("iris");
    let mut loss = ExactCurvature::<Iris, DualIris, _, _>::new(&MeanSquaredError, &data).unwrap();
    let (mut matrix, mut slopes) = (vec![0.0; Iris::PARAMETER_COUNT.pow(2)], vec![0.0; Iris::PARAMETER_COUNT]);
    loss.hessian(&network, &mut matrix, &mut slopes).unwrap();
    let file = read("minimizers");
    Tensors::new(&file, "", TOLERANCE).check("iris/hessian", &matrix);
    // A product with any direction is that of the matrix.
    let (mut direction, mut product) = (network.clone(), network.clone());
    direction.parameters_mut().iter_mut().enumerate().for_each(|(index, value)| *value = (index as f64).sin());
    loss.hessian_product(&network, &direction, &mut product).unwrap();
    for (row, found) in matrix.chunks_exact(slopes.len()).zip(product.parameters()) {
        let expected: f64 = row.iter().zip(direction.parameters()).map(|(one, other)| one * other).sum();
        assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
    }
}

macro_rules! every_kind {
    ($name:ident, $scalar:ident) => {
        castnet::network! {
            struct $name<$scalar> {
                input: [2, 6, 6],
                conv2d(3, kernel = 3, padding = same), layer_norm, leaky_relu,
                residual { conv2d(3, kernel = 1), gelu },
                avg_pool2d(2),
                conv2d(4, kernel = 2), silu,
                flatten,
                concat { { dense(3), tanh }, { dense(2), sigmoid }, { dense(2), prelu } },
                dense(4), softmax,
                #[frozen]
                dense(4), tanh,
                dense(3),
            }
        }
    };
}

every_kind!(Every, f64);
every_kind!(DualEvery, Dual);

/// The derivatives of layers in dual numbers against differences of the backward pass in `f64`.
#[test]
fn second_derivatives_of_layers_are_those_of_differences() {
    let mut network = Every::init(&mut StdRng::seed_from_u64(4));
    let data: Vec<([f64; 72], usize)> = (0..7)
        .map(|sample| (std::array::from_fn(|index| ((sample * 72 + index) as f64 * 0.7).sin()), sample % 3))
        .collect();
    let mut loss = ExactCurvature::<Every, DualEvery, _, _>::new(&SoftmaxCrossEntropy, &data).unwrap();
    let [mut direction, mut product, mut above, mut below] = [(); 4].map(|()| zeroed_box::<Every>());
    for run in castnet::optimizers::trainable_runs::<Every>() {
        for place in run {
            direction.parameters_mut()[place] = (place as f64 * 1.3).cos();
        }
    }
    loss.hessian_product(&network, &direction, &mut product).unwrap();
    let start = network.clone();
    const STEP: f64 = 1e-5;
    for (sign, gradient) in [(1.0, &mut above), (-1.0, &mut below)] {
        let moved = start.parameters().iter().zip(direction.parameters());
        let parameters = network.parameters_mut().iter_mut().zip(moved);
        parameters.for_each(|(to, (start, by))| *to = start + sign * STEP * by);
        loss.value_and_gradient(&network, gradient).unwrap();
    }
    for run in castnet::optimizers::trainable_runs::<Every>() {
        for place in run {
            let difference = (above.parameters()[place] - below.parameters()[place]) / (2.0 * STEP);
            let found = product.parameters()[place];
            assert!((found - difference).abs() < 1e-7, "parameter {place}: {found}, by differences {difference}");
        }
    }
}

#[test]
fn a_method_says_what_its_function_lacks() {
    let (mut network, data) = regression::<Iris>("iris");
    let error = |result: Result<f64, castnet::Error>| result.unwrap_err().to_string();
    let found = error(minimize(&mut network, &MeanSquaredError, &data, &LevenbergMarquardt::default(), 1));
    assert!(found.contains("needs residuals") && found.contains("`LeastSquares`"), "{found}");
    let found = error(minimize(&mut network, &MeanSquaredError, &data, &Newton::default(), 1));
    assert!(found.contains("needs second derivatives") && found.contains("`ExactCurvature`"), "{found}");
}
