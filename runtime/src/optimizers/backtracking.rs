//! Gradient descent that searches for the length of its steps.

use alloc::boxed::Box;
use core::fmt::{self, Debug, Formatter};

use super::caution::largest_of_gradient;
use super::minimizer::{Minimizer, Objective};
use super::settings::check;
use super::{OptimizerState, Rule as _, Sgd, trainable_runs};
use crate::kernels::each::largest_magnitude;
use crate::{Error, Parameters, Scalar};

/// Gradient descent with a backtracking line search: a step is as long as the loss allows.
///
/// With loss `f`, parameters `p` and gradient `g`, a learning rate `r` is tried out, and shrunk until it fulfils the
/// condition of Armijo, that the loss sinks by a part of what the gradient promises:
///
/// ```text
/// f(p - r * g) <= f(p) - sufficient_decrease * r * |g|^2
/// ```
///
/// The next step starts with a rate that is `growth` times as large. So there is no learning rate to choose, and the loss
/// never rises. Armijo 1966, "Minimization of functions having Lipschitz continuous first partial derivatives"; Nocedal and
/// Wright 2006, "Numerical Optimization", algorithm 3.1.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::BacktrackingDescent;
/// use castnet::train::minimize;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let data = [([-1.0], [-2.0]), ([0.0], [1.0]), ([1.0], [4.0])];
/// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
/// let loss = minimize(&mut line, &MeanSquaredError, &data, &BacktrackingDescent::default(), 50)?;
/// assert!(loss < 1e-6);
/// assert!((line.predict(&[2.0])[0] - 7.0).abs() < 1e-2);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BacktrackingDescent {
    /// The rate that is tried first of all; greater than 0.
    pub first_rate: f64,
    /// The factor of a rate that is too large, greater than 0 and less than 1.
    pub shrinkage: f64,
    /// The factor from one step's rate to the first of the next one, from 1 on.
    pub growth: f64,
    /// The part of the promised decrease that is asked for, greater than 0 and less than 1.
    pub sufficient_decrease: f64,
    /// How many rates are tried in a step, at least 1, before it is given up.
    pub trials: u32,
}

/// A first rate of 1, halved and doubled, a part of 1e-4 (Nocedal and Wright's), and 60 trials.
impl Default for BacktrackingDescent {
    fn default() -> Self {
        Self { first_rate: 1.0, shrinkage: 0.5, growth: 2.0, sufficient_decrease: 1e-4, trials: 60 }
    }
}

/// What [`BacktrackingDescent`] remembers: its slot `rate` is the first rate of the next step.
#[derive(Clone)]
pub struct BacktrackingState<N: Parameters> {
    steps: u64,
    rate: [N::Scalar; 1],
    /// Buffers.
    gradient: Box<N>,
    trial: Box<N>,
}

impl<N: Parameters> OptimizerState<N::Scalar> for BacktrackingState<N> {
    fn steps(&self) -> u64 {
        self.steps
    }
    fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[N::Scalar])> {
        core::iter::once(("rate", &self.rate[..]))
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [N::Scalar])> {
        core::iter::once(("rate", &mut self.rate[..]))
    }
}

impl<N: Parameters> Debug for BacktrackingState<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { steps, rate: [rate], .. } = self;
        f.debug_struct("BacktrackingState").field("steps", steps).field("rate", rate).finish_non_exhaustive()
    }
}

impl<N: Parameters> Minimizer<N> for BacktrackingDescent {
    type State = BacktrackingState<N>;

    fn start(&self) -> BacktrackingState<N> {
        let rate = [N::Scalar::from_f64(self.first_rate)];
        BacktrackingState { steps: 0, rate, gradient: bytemuck::zeroed_box(), trial: bytemuck::zeroed_box() }
    }

    fn check(&self) -> Result<(), Error> {
        let Self { first_rate, shrinkage, growth, sufficient_decrease, trials } = *self;
        let is_part = |value: f64| value > 0.0 && value < 1.0;
        check(first_rate > 0.0 && first_rate.is_finite(), "first_rate", first_rate, "a finite number greater than 0")?;
        check(is_part(shrinkage), "shrinkage", shrinkage, "greater than 0 and less than 1")?;
        check(growth >= 1.0 && growth.is_finite(), "growth", growth, "a finite number from 1 on")?;
        let part = sufficient_decrease;
        check(is_part(part), "sufficient_decrease", part, "greater than 0 and less than 1")?;
        check(trials > 0, "trials", trials.into(), "at least 1")
    }

    fn step(
        &self,
        state: &mut BacktrackingState<N>,
        network: &mut N,
        objective: &mut dyn Objective<N>,
    ) -> Result<f64, Error> {
        let BacktrackingState { steps, rate: [first_rate], gradient, trial } = state;
        let value = objective.value_and_gradient(network, gradient)?;
        largest_of_gradient(&**gradient, *steps)?;
        let gradient = gradient.parameters();
        let slopes = trainable_runs::<N>().flat_map(|run| &gradient[run]);
        let promised: f64 = slopes.map(|slope| slope.to_f64() * slope.to_f64()).sum();

        if promised == 0.0 {
            return Ok(value);
        }
        let mut rate = first_rate.to_f64();
        for _ in 0..self.trials {
            **trial = *network;
            for run in trainable_runs::<N>() {
                let parameters = &mut trial.parameters_mut()[run.clone()];
                Sgd::default().apply(*steps + 1, rate, parameters, [&mut []], &gradient[run]);
            }
            // Too long a step may leave numbers of which there is no loss.
            if largest_magnitude(trial.parameters()) < f64::INFINITY {
                let found = objective.value(trial)?;
                if found <= value - self.sufficient_decrease * rate * promised {
                    *network = **trial;
                    *steps += 1;
                    // In f32 a rate might overflow.
                    *first_rate = N::Scalar::from_f64((rate * self.growth).min(1e30));
                    return Ok(found);
                }
            }
            rate *= self.shrinkage;
        }
        Ok(value)
    }
}
