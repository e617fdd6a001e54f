//! The solvers of the crate argmin on losses of networks. Needs the feature `argmin`.
#![cfg(feature = "argmin")]

use castnet::argmin::core::{CostFunction, Executor, Gradient, Hessian, State};
use castnet::argmin::solver::gradientdescent::SteepestDescent;
use castnet::argmin::solver::linesearch::MoreThuenteLineSearch;
use castnet::argmin::solver::quasinewton::LBFGS;
use castnet::losses::MeanSquaredError;
use castnet::optimizers::{ArgminProblem, Lbfgs};
use castnet::prelude::*;
use castnet::train::{DatasetLoss, ExactCurvature, minimize};
use rand::{SeedableRng, rngs::StdRng};

macro_rules! curve {
    ($name:ident, $scalar:ident) => {
        network! {
            /// A curve whose first layer stays as it is.
            struct $name<$scalar> {
                input: [1],
                #[frozen]
                dense(6), tanh,
                dense(1),
            }
        }
    };
}

curve!(Curve, f64);
curve!(DualCurve, Dual);

fn samples() -> Vec<([f64; 1], [f64; 1])> {
    (0..30).map(|index| f64::from(index) / 10.0 - 1.5).map(|x| ([x], [x.sin()])).collect()
}

#[test]
fn solvers_of_argmin_find_the_minimum_of_ours() {
    let data = samples();
    let start = Curve::init(&mut StdRng::seed_from_u64(1));
    let mut ours = start.clone();
    let least = minimize(&mut ours, &MeanSquaredError, &data, &Lbfgs::default(), 200).unwrap();
    let problem = || ArgminProblem::new(&*start, DatasetLoss::<Curve, _, _>::new(&MeanSquaredError, &data).unwrap());
    let first = problem().start();
    assert_eq!(first.len(), Curve::TRAINABLE_COUNT);

    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7);
    let found =
        Executor::new(problem(), solver).configure(|state| state.param(first.clone()).max_iters(200)).run().unwrap();
    let cost = found.state().get_best_cost();
    assert!(cost < 1.01 * least + 1e-9, "{cost}, {least} by castnet");
    let mut theirs = start.clone();
    ArgminProblem::<Curve, ()>::set(&mut *theirs, found.state().get_best_param().unwrap());
    assert_eq!(theirs.dense1.weight, start.dense1.weight, "what is frozen stays");
    let loss = castnet::evaluate(&*theirs, &MeanSquaredError, &data, &[]).unwrap().loss;
    assert!((loss - cost).abs() < 1e-12);

    let solver = SteepestDescent::new(MoreThuenteLineSearch::new());
    let found = Executor::new(problem(), solver).configure(|state| state.param(first).max_iters(20)).run().unwrap();
    assert!(found.state().get_best_cost() < problem().cost(&problem().start()).unwrap());
}

#[test]
fn gradients_and_hessians_are_those_of_the_objective() {
    let data = samples();
    let network = Curve::init(&mut StdRng::seed_from_u64(2));
    let loss = ExactCurvature::<Curve, DualCurve, _, _>::new(&MeanSquaredError, &data).unwrap();
    let problem = ArgminProblem::new(&*network, loss);
    let place = problem.start();
    let (gradient, hessian) = (problem.gradient(&place).unwrap(), problem.hessian(&place).unwrap());
    for index in 0..place.len() {
        let mut moved = place.clone();
        moved[index] += 1e-4;
        let after = problem.gradient(&moved).unwrap();
        // The last layer is linear, so its squared error is a parabola.
        for (other, row) in hessian.iter().enumerate() {
            assert!(((after[other] - gradient[other]) / 1e-4 - row[index]).abs() < 1e-8);
        }
    }
    let loss = DatasetLoss::<Curve, _, _>::new(&MeanSquaredError, &data).unwrap();
    let error = ArgminProblem::new(&*network, loss).hessian(&place).unwrap_err();
    assert!(error.to_string().contains("second derivatives"), "{error}");
}
