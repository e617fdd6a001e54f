//! Methods that ask for losses themselves.

use super::OptimizerState;
use crate::{Error, Parameters};

/// What a [`Minimizer`] makes small: a function of the parameters of a network.
///
/// [`DatasetLoss`](crate::train::DatasetLoss) is the mean loss of a network on a data set.
pub trait Objective<N: Parameters> {
    /// The function at `network`; infinite or NaN where it has no value.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being computed.
    fn value(&mut self, network: &N) -> Result<f64, Error>;

    /// The function at `network`, and its gradient, which is written over `gradient`.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being computed; [`Error::NonFiniteLoss`] where it has no value.
    fn value_and_gradient(&mut self, network: &N, gradient: &mut N) -> Result<f64, Error>;

    /// The function at `network`, and its model by linearised residuals in the trainable parameters: for a mean of squares
    /// `r'r / n` with the Jacobian `J`, `2 J'J / n` row by row and `2 J'r / n`, which are written over `matrix` and `slopes`.
    ///
    /// # Errors
    ///
    /// [`Error::Objective`] for a function that is no such mean, as it is without an implementation; [`Error::NonFiniteLoss`] and
    /// [`Error::NonFiniteGradient`] where there are no numbers.
    fn normal_equations(&mut self, network: &N, matrix: &mut [f64], slopes: &mut [f64]) -> Result<f64, Error> {
        let _ = (network, matrix, slopes);
        Err(Error::Objective { lacks: "residuals", help: "minimize a `LeastSquares`, or by another method" })
    }

    /// The function at `network`, its Hessian in the trainable parameters, row by row, and its gradient in them, which are written
    /// over `matrix` and `slopes`.
    ///
    /// # Errors
    ///
    /// [`Error::Objective`] for a function without second derivatives, as it is without an implementation;
    /// [`Error::NonFiniteLoss`] and [`Error::NonFiniteGradient`] where there are no numbers.
    fn hessian(&mut self, network: &N, matrix: &mut [f64], slopes: &mut [f64]) -> Result<f64, Error> {
        let _ = (network, matrix, slopes);
        Err(Error::Objective {
            lacks: "second derivatives",
            help: "minimize an `ExactCurvature`, or by another method",
        })
    }
}

/// A method that asks for the loss at more than one place in a step, which an [`Optimizer`](super::Optimizer) cannot: line
/// searches, quasi-Newton methods.
///
/// The function must be the same in every call, so it is for whole data sets. [`minimize`](crate::train::minimize) makes the
/// steps.
pub trait Minimizer<N: Parameters>: Send + Sync {
    /// What is remembered from step to step.
    type State: OptimizerState<N::Scalar>;

    /// The state before the first step. This is where memory is allocated.
    fn start(&self) -> Self::State;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Moves the trainable parameters of `network` to where `objective` is smaller, and returns its value there; where
    /// nothing smaller is found, `network` stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::NonFiniteGradient`], and those of `objective`. The network is as before then. It never has a number that is
    /// infinite or NaN after a step.
    fn step(&self, state: &mut Self::State, network: &mut N, objective: &mut dyn Objective<N>) -> Result<f64, Error>;
}
