//! Newton's method.

use super::damped::{DampedState, Damping, Model};
use super::minimizer::{Minimizer, Objective};
use crate::{Error, Parameters};

/// Newton's method with the exact Hessian, for networks of up to some hundred parameters.
///
/// With gradient `g`, Hessian `H` and a damping `l`, which is large enough for the matrix to be positive definite, a step `d`
/// solves
///
/// ```text
/// (H + l) d = -g
/// ```
///
/// Next to a minimum the damping goes to 0, and each step doubles the digits that are right. Levenberg 1944, "A Method for the
/// Solution of Certain Non-Linear Problems in Least Squares"; Nocedal and Wright 2006, "Numerical Optimization", section 4.1.
/// It is for objectives that have products with their Hessian, as [`ExactCurvature`](crate::train::ExactCurvature); as many of
/// them are taken as there are parameters.
///
/// There is an example at [`ExactCurvature`](crate::train::ExactCurvature).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Newton {
    /// How steps are damped.
    pub damping: Damping,
}

impl<N: Parameters> Minimizer<N> for Newton {
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
        let value = objective.hessian(network, matrix, slopes)?;
        state.descend(objective, network, value, (&self.damping, false))
    }
}
