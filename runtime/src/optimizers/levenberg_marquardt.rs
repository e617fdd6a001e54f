//! Levenberg's and Marquardt's method.

use super::damped::{DampedState, Damping, Model};
use super::minimizer::{Minimizer, Objective};
use crate::{Error, Parameters};

/// Levenberg's and Marquardt's method: least squares by linearising the residuals, for networks of up to some hundred
/// parameters.
///
/// With residuals `r`, their Jacobian `J` and a damping `l`, a step `d` solves
///
/// ```text
/// (J'J + l * diag(J'J)) d = -J'r
/// ```
///
/// Marquardt 1963, "An Algorithm for Least-Squares Estimation of Nonlinear Parameters"; Hagan and Menhaj 1994, "Training
/// Feedforward Networks with the Marquardt Algorithm". It is for objectives that have residuals, as
/// [`LeastSquares`](crate::train::LeastSquares): scipy's `least_squares`. A step takes time and memory by the square of the
/// number of parameters for each residual, and finds in tens of steps what descent finds in thousands.
///
/// ```
/// use castnet::optimizers::LevenbergMarquardt;
/// use castnet::train::LeastSquares;
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
/// let loss = LeastSquares::new(&data)?.minimize(&mut curve, &LevenbergMarquardt::default(), 200)?;
/// assert!(loss < 1e-8);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevenbergMarquardt {
    /// How steps are damped.
    pub damping: Damping,
}

impl<N: Parameters> Minimizer<N> for LevenbergMarquardt {
    type State = DampedState<N>;

    fn start(&self) -> DampedState<N> {
        DampedState::new()
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self) -> Result<(), Error> {
        self.damping.check()
    }

    fn step(
        &self,
        state: &mut DampedState<N>,
        network: &mut N,
        objective: &mut dyn Objective<N>,
    ) -> Result<f64, Error> {
        let Model { matrix, slopes, .. } = &mut state.model;
        let value = objective.normal_equations(network, matrix, slopes)?;
        state.descend(objective, network, value, (&self.damping, true))
    }
}
