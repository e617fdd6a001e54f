//! A bridge to the solvers of the crate argmin.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use std::sync::{Mutex, MutexGuard, PoisonError};

use argmin::core::{CostFunction, Error, Gradient, Hessian};

use super::{Objective, trainable_runs};
use crate::{Parameters, Scalar};

/// An [`Objective`] as a problem of the crate [argmin](https://docs.rs/argmin): its solvers find the trainable parameters of a
/// network.
///
/// A problem's parameter is a `Vec<f64>` of the trainable parameters, in their order; frozen ones are those of the network that
/// it was made of. It is a `CostFunction` and a `Gradient`, for [`DatasetLoss`](crate::train::DatasetLoss) say, and a `Hessian`,
/// which is an error unless the objective has one, as [`ExactCurvature`](crate::train::ExactCurvature) does. Needs the feature
/// `argmin`.
///
/// ```
/// use argmin::core::{Executor, State};
/// use argmin::solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS};
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::ArgminProblem;
/// use castnet::train::DatasetLoss;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Curve<f64> {
///         input: [1],
///         dense(8), tanh,
///         dense(1),
///     }
/// }
///
/// let data: Vec<_> = (0..30).map(|index| f64::from(index) / 5.0 - 3.0).map(|x| ([x], [x.sin()])).collect();
/// let mut curve = Curve::init(&mut StdRng::seed_from_u64(1));
/// let problem = ArgminProblem::new(&*curve, DatasetLoss::new(&MeanSquaredError, &data)?);
/// let (start, solver) = (problem.start(), LBFGS::new(MoreThuenteLineSearch::new(), 7));
/// let found = Executor::new(problem, solver).configure(|state| state.param(start).max_iters(100)).run()?;
/// assert!(found.state().get_best_cost() < 1e-4);
/// ArgminProblem::<Curve, ()>::set(&mut *curve, found.state().get_best_param().unwrap());
/// assert!((curve.predict(&[1.0])[0] - 1.0_f64.sin()).abs() < 0.05);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct ArgminProblem<N, F> {
    /// argmin asks by shared reference.
    inner: Mutex<Inner<N, F>>,
}

struct Inner<N, F> {
    network: Box<N>,
    gradient: Box<N>,
    objective: F,
}

impl<N: Parameters, F> ArgminProblem<N, F> {
    /// The parameters of a network that make `objective` small.
    pub fn new(network: &N, objective: F) -> Self {
        let mut copy = bytemuck::zeroed_box::<N>();
        copy.parameters_mut().copy_from_slice(network.parameters());
        Self { inner: Mutex::new(Inner { network: copy, gradient: bytemuck::zeroed_box(), objective }) }
    }

    /// The trainable parameters of the network that the problem was made of, or that a solver has looked at last.
    pub fn start(&self) -> Vec<f64> {
        let inner = self.lock();
        trained(&*inner.network).collect()
    }

    /// Sets the trainable parameters of a network.
    ///
    /// # Panics
    ///
    /// If there are more or fewer parameters than it has.
    pub fn set(network: &mut N, parameters: &[f64]) {
        assert_eq!(parameters.len(), N::TRAINABLE_COUNT, "a number for each trainable parameter of `{}`", N::NAME);
        for (place, &value) in trainable_runs::<N>().flatten().zip(parameters) {
            network.parameters_mut()[place] = N::Scalar::from_f64(value);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<N, F>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With the network at `parameters`.
    fn at(&self, parameters: &[f64]) -> MutexGuard<'_, Inner<N, F>> {
        let mut inner = self.lock();
        Self::set(&mut inner.network, parameters);
        inner
    }
}

/// The trainable numbers of a network or a gradient.
fn trained<N: Parameters>(network: &N) -> impl Iterator<Item = f64> {
    trainable_runs::<N>().flatten().map(|place| network.parameters()[place].to_f64())
}

impl<N: Parameters, F: Objective<N>> CostFunction for ArgminProblem<N, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, Error> {
        let Inner { network, objective, .. } = &mut *self.at(parameters);
        Ok(objective.value(network)?)
    }
}

impl<N: Parameters, F: Objective<N>> Gradient for ArgminProblem<N, F> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let Inner { network, gradient, objective } = &mut *self.at(parameters);
        objective.value_and_gradient(network, gradient)?;
        Ok(trained(&**gradient).collect())
    }
}

impl<N: Parameters, F: Objective<N>> Hessian for ArgminProblem<N, F> {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;

    fn hessian(&self, parameters: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        let Inner { network, objective, .. } = &mut *self.at(parameters);
        let (mut matrix, mut slopes) = (vec![0.0; parameters.len() * parameters.len()], vec![0.0; parameters.len()]);
        objective.hessian(network, &mut matrix, &mut slopes)?;
        Ok(matrix.chunks_exact(parameters.len().max(1)).map(<[f64]>::to_vec).collect())
    }
}
