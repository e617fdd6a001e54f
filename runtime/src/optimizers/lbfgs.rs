//! L-BFGS.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::OptimizerState;
use super::line_search::{Gradients, StrongWolfe};
use super::minimizer::{Minimizer, Objective};
use super::probe::{Probe, add, dot, gather, sum_of_magnitudes};
use super::settings::check;
use crate::{Error, Parameters, Scalar};

/// L-BFGS: Newton's method with the curvature that the last steps have shown, and a line search by the conditions of Wolfe.
///
/// With the last steps `s` and the changes `y` of the gradient over them, the direction is minus the gradient times an
/// approximation of the inverse Hessian that starts as `(s'y) / (y'y)` and is corrected by each pair. It takes far fewer
/// evaluations of the loss on whole data sets than descent with a fixed rate. Liu and Nocedal 1989, "On the limited memory BFGS
/// method for large scale optimization"; Nocedal and Wright 2006, "Numerical Optimization", algorithms 7.4 and 7.5; as in
/// PyTorch's `torch.optim.LBFGS` with `line_search_fn="strong_wolfe"` and `max_iter=1`.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::Lbfgs;
/// use castnet::train::minimize;
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
/// let loss = minimize(&mut curve, &MeanSquaredError, &data, &Lbfgs::default(), 100)?;
/// assert!(loss < 1e-4);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    /// How many steps the curvature is taken from, at least 1.
    pub history: usize,
    /// What is asked of the length of a step.
    pub line_search: StrongWolfe,
}

/// The last ten steps, and PyTorch's line search.
impl Default for Lbfgs {
    fn default() -> Self {
        Self { history: 10, line_search: StrongWolfe::default() }
    }
}

/// What [`Lbfgs`] remembers. Its slots are `point` and `gradient`, where the last step ended; `steps` and `changes`, pair after
/// pair; and `count`, how many pairs there are.
#[derive(Clone)]
pub struct LbfgsState<N: Parameters> {
    made: u64,
    /// The value at `point`, if it is known.
    value: Option<f64>,
    point: Vec<N::Scalar>,
    gradient: Vec<N::Scalar>,
    steps: Vec<N::Scalar>,
    changes: Vec<N::Scalar>,
    count: [N::Scalar; 1],
    /// Buffers.
    direction: Vec<N::Scalar>,
    factors: Vec<f64>,
    gradients: Gradients<N::Scalar>,
    probe: Probe<N>,
}

impl<N: Parameters> LbfgsState<N> {
    fn count(&self) -> usize {
        self.count[0].to_f64() as usize
    }

    /// Minus the approximate inverse Hessian times the gradient, by the two loops over the pairs.
    fn direct(&mut self) {
        let (len, count) = (self.gradient.len(), self.count());
        let Self { direction, gradient, steps, changes, factors, .. } = self;
        let pair = |index: usize| (&steps[index * len..][..len], &changes[index * len..][..len]);
        direction.iter_mut().zip(&*gradient).for_each(|(to, &slope)| *to = -slope);
        for index in (0..count).rev() {
            let (step, change) = pair(index);
            factors[index] = dot(step, direction) / dot(step, change);
            add(direction, -factors[index], change);
        }
        if let Some(last) = count.checked_sub(1) {
            let (step, change) = pair(last);
            let scale = N::Scalar::from_f64(dot(step, change) / dot(change, change));
            direction.iter_mut().for_each(|value| *value *= scale);
        }
        for (index, &factor) in factors.iter().enumerate().take(count) {
            let (step, change) = pair(index);
            let correction = dot(change, direction) / dot(step, change);
            add(direction, factor - correction, step);
        }
    }

    /// Remembers a step of `length` along the direction, behind which the gradient is in the buffer of that number.
    fn remember(&mut self, length: f64, buffer: usize) {
        let (len, mut count) = (self.gradient.len(), self.count());
        let room = self.factors.len();
        let after = &self.gradients.0[buffer];
        let curvature: f64 = (self.direction.iter().zip(after).zip(&self.gradient))
            .map(|((by, after), before)| length * by.to_f64() * (after.to_f64() - before.to_f64()))
            .sum();
        // Curvature that is not positive says nothing of a minimum.
        if curvature > 1e-10 {
            if count == room {
                self.steps.copy_within(len.., 0);
                self.changes.copy_within(len.., 0);
                count -= 1;
            }
            let (step, change) = (&mut self.steps[count * len..][..len], &mut self.changes[count * len..][..len]);
            let scale = N::Scalar::from_f64(length);
            step.iter_mut().zip(&self.direction).for_each(|(to, &by)| *to = scale * by);
            for ((to, &after), &before) in change.iter_mut().zip(after).zip(&self.gradient) {
                *to = after - before;
            }
            self.count = [N::Scalar::from_f64((count + 1) as f64)];
        }
        self.gradient.copy_from_slice(&self.gradients.0[buffer]);
    }
}

impl<N: Parameters> OptimizerState<N::Scalar> for LbfgsState<N> {
    fn steps(&self) -> u64 {
        self.made
    }
    fn set_steps(&mut self, steps: u64) {
        self.made = steps;
    }
    fn slots(&self) -> impl Iterator<Item = (&'static str, &[N::Scalar])> {
        let Self { point, gradient, steps, changes, count, .. } = self;
        let names = ["point", "gradient", "steps", "changes", "count"];
        names.into_iter().zip([&point[..], &gradient[..], &steps[..], &changes[..], &count[..]])
    }
    fn slots_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut [N::Scalar])> {
        let Self { value, point, gradient, steps, changes, count, .. } = self;
        *value = None;
        let names = ["point", "gradient", "steps", "changes", "count"];
        names.into_iter().zip([&mut point[..], &mut gradient[..], &mut steps[..], &mut changes[..], &mut count[..]])
    }
}

impl<N: Parameters> Debug for LbfgsState<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("LbfgsState");
        text.field("steps", &self.made)
            .field("pairs", &self.count())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

impl<N: Parameters> Minimizer<N> for Lbfgs {
    type State = LbfgsState<N>;

    fn start(&self) -> LbfgsState<N> {
        let (len, zero) = (N::TRAINABLE_COUNT, N::Scalar::ZERO);
        LbfgsState {
            made: 0,
            value: None,
            point: vec![zero; len],
            gradient: vec![zero; len],
            steps: vec![zero; len * self.history],
            changes: vec![zero; len * self.history],
            count: [zero],
            direction: vec![zero; len],
            factors: vec![0.0; self.history],
            gradients: Gradients::new(len),
            probe: Probe::new(),
        }
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self) -> Result<(), Error> {
        check(self.history > 0, "history", self.history as f64, "at least 1")?;
        self.line_search.check()
    }

    fn step(&self, state: &mut LbfgsState<N>, network: &mut N, objective: &mut dyn Objective<N>) -> Result<f64, Error> {
        gather(network, &mut state.direction);
        let value = match state.value.filter(|_| state.direction == state.point) {
            Some(value) => value,
            None => state.probe.here(objective, network, state.made, &mut state.gradient)?,
        };
        state.point.copy_from_slice(&state.direction);
        state.value = Some(value);
        state.direct();
        let mut slope = dot(&state.gradient, &state.direction);
        if slope >= 0.0 {
            // Rounding has spoilt what is known of the curvature.
            state.count = [N::Scalar::ZERO];
            state.direct();
            slope = dot(&state.gradient, &state.direction);
        }
        if slope == 0.0 {
            return Ok(value);
        }
        // Along the gradient alone a length of 1 means nothing.
        let first = if state.count() == 0 { (1.0 / sum_of_magnitudes(&state.gradient)).min(1.0) } else { 1.0 };
        let LbfgsState { direction, gradient, gradients, probe, .. } = state;
        let found = self.line_search.descend(
            (gradients, probe),
            (objective, network),
            (value, slope, gradient),
            (first, direction),
        )?;
        if let Some(found) = found {
            state.remember(found.length, found.buffer);
            gather(network, &mut state.point);
            state.value = Some(found.value);
            state.made += 1;
            return Ok(found.value);
        }
        // Another direction next time.
        state.count = [N::Scalar::ZERO];
        Ok(value)
    }
}
