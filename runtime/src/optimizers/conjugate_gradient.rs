//! Nonlinear conjugate gradients.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::OptimizerState;
use super::line_search::{Gradients, StrongWolfe};
use super::minimizer::{Minimizer, Objective};
use super::probe::{Probe, dot, gather, sum_of_magnitudes};
use crate::{Error, Parameters, Scalar};

/// Nonlinear conjugate gradients: each direction is the gradient's, bent by the one before, with a line search by the conditions
/// of Wolfe.
///
/// With gradients `g` and `h` before and after a step along `d`, the next direction is
///
/// ```text
/// d = -h + max(0, h'(h - g) / g'g) * d
/// ```
///
/// Polak and Ribière 1969, with Powell's restart, where the factor is 0; Nocedal and Wright 2006, "Numerical Optimization",
/// algorithm 5.4 and equation 5.45. scipy's `minimize(method="CG")`. It remembers one direction, where
/// [`Lbfgs`](super::Lbfgs) remembers many; that one is quicker where there is the memory.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::ConjugateGradient;
/// use castnet::train::minimize;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line<f64> {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let data = [([-1.0], [-2.0]), ([0.0], [1.0]), ([1.0], [4.0])];
/// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
/// assert!(minimize(&mut line, &MeanSquaredError, &data, &ConjugateGradient::default(), 20)? < 1e-12);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConjugateGradient {
    /// What is asked of the length of a step. A `curvature` of less than 1/2 makes each direction lead down.
    pub line_search: StrongWolfe,
}

/// A curvature of 0.1, as Nocedal and Wright advise.
impl Default for ConjugateGradient {
    fn default() -> Self {
        Self { line_search: StrongWolfe { curvature: 0.1, ..StrongWolfe::default() } }
    }
}

/// What [`ConjugateGradient`] remembers. Its slots are `point` and `gradient`, where the last step ended, the next `direction`,
/// and `progress`, how much the function sank in the last step.
#[derive(Clone)]
pub struct ConjugateGradientState<N: Parameters> {
    made: u64,
    /// The value at `point`, if it is known.
    value: Option<f64>,
    point: Vec<N::Scalar>,
    gradient: Vec<N::Scalar>,
    direction: Vec<N::Scalar>,
    progress: [N::Scalar; 1],
    /// Buffers.
    here: Vec<N::Scalar>,
    gradients: Gradients<N::Scalar>,
    probe: Probe<N>,
}

impl<N: Parameters> ConjugateGradientState<N> {
    fn follow_the_gradient(&mut self) {
        self.direction.iter_mut().zip(&self.gradient).for_each(|(to, &slope)| *to = -slope);
        self.progress = [N::Scalar::ZERO];
    }

    /// Makes the next direction, given the buffer with the gradient at the end of a step.
    fn turn(&mut self, buffer: usize) {
        let after = &self.gradients.0[buffer];
        let factor = ((dot(after, after) - dot(after, &self.gradient)) / dot(&self.gradient, &self.gradient)).max(0.0);
        let factor = N::Scalar::from_f64(factor);
        self.direction.iter_mut().zip(after).for_each(|(to, &slope)| *to = factor * *to - slope);
        self.gradient.copy_from_slice(after);
    }
}

impl<N: Parameters> OptimizerState<N::Scalar> for ConjugateGradientState<N> {
    fn steps(&self) -> u64 {
        self.made
    }
    fn set_steps(&mut self, steps: u64) {
        self.made = steps;
    }
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[N::Scalar])> {
        let Self { point, gradient, direction, progress, .. } = self;
        let names = ["point", "gradient", "direction", "progress"];
        names.into_iter().zip([&point[..], &gradient[..], &direction[..], &progress[..]])
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [N::Scalar])> {
        let Self { value, point, gradient, direction, progress, .. } = self;
        *value = None;
        let names = ["point", "gradient", "direction", "progress"];
        names.into_iter().zip([&mut point[..], &mut gradient[..], &mut direction[..], &mut progress[..]])
    }
}

impl<N: Parameters> Debug for ConjugateGradientState<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("ConjugateGradientState");
        text.field("steps", &self.made).field("value", &self.value).finish_non_exhaustive()
    }
}

impl<N: Parameters> Minimizer<N> for ConjugateGradient {
    type State = ConjugateGradientState<N>;

    fn start(&self) -> ConjugateGradientState<N> {
        let (len, zero) = (N::TRAINABLE_COUNT, N::Scalar::ZERO);
        ConjugateGradientState {
            made: 0,
            value: None,
            point: vec![zero; len],
            gradient: vec![zero; len],
            direction: vec![zero; len],
            progress: [zero],
            here: vec![zero; len],
            gradients: Gradients::new(len),
            probe: Probe::new(),
        }
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self) -> Result<(), Error> {
        self.line_search.check()
    }

    fn step(
        &self,
        state: &mut ConjugateGradientState<N>,
        network: &mut N,
        objective: &mut dyn Objective<N>,
    ) -> Result<f64, Error> {
        gather(network, &mut state.here);
        let is_where_it_was = state.made > 0 && state.here == state.point;
        let value = match state.value.filter(|_| is_where_it_was) {
            Some(value) => value,
            None => state.probe.here(objective, network, state.made, &mut state.gradient)?,
        };
        state.point.copy_from_slice(&state.here);
        state.value = Some(value);
        if !is_where_it_was || dot(&state.gradient, &state.direction) >= 0.0 {
            state.follow_the_gradient();
        }
        let slope = dot(&state.gradient, &state.direction);
        if slope == 0.0 {
            return Ok(value);
        }
        // As much progress as in the last step, were it a parabola.
        let progress = state.progress[0].to_f64();
        let first = if progress > 0.0 {
            (-2.02 * progress / slope).min(1.0)
        } else {
            (1.0 / sum_of_magnitudes(&state.gradient)).min(1.0)
        };
        let ConjugateGradientState { direction, gradient, gradients, probe, .. } = state;
        let found = self.line_search.descend(
            (gradients, probe),
            (objective, network),
            (value, slope, gradient),
            (first, direction),
        )?;
        if let Some(found) = found {
            state.turn(found.buffer);
            gather(network, &mut state.point);
            state.progress = [N::Scalar::from_f64(value - found.value)];
            state.value = Some(found.value);
            state.made += 1;
            return Ok(found.value);
        }
        state.follow_the_gradient();
        Ok(value)
    }
}
