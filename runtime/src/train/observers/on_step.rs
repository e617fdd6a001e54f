//! Observers written as closures.

use core::ops::ControlFlow;

use super::{NetworkMut, Observer, StepReport};
use crate::Network;

/// A closure that is called after each step, and may stop the fit: at a time, at a number of steps, at the wish of a user.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use castnet::train::observers::OnStep;
/// use castnet::train::{FitOptions, Progress, Trainer};
/// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let hundred = OnStep(|report| if report.step + 1 == 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
/// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default()).with_observers(hundred);
/// let data = [([0.0_f32], [1.0_f32]); 70];
/// let history = trainer.fit(&data, FitOptions::new(1_000).progress(Progress::Silent))?;
/// assert!(history.stopped && trainer.steps() == 100);
/// # Ok::<(), castnet::train::FitError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OnStep<F: FnMut(&StepReport) -> ControlFlow<()>>(pub F);

impl<N: Network, F: FnMut(&StepReport) -> ControlFlow<()>> Observer<N> for OnStep<F> {
    fn stepped(&mut self, step: &StepReport, _: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        (self.0)(step)
    }
}
