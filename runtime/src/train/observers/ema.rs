//! An exponential average of the weights.

use alloc::boxed::Box;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;

use super::average::approach;
use super::{NetworkMut, Observer, StateVisitor, StepReport};
use crate::Network;

/// Keeps an exponential moving average of the network: often a better one than the last step leaves.
///
/// After each step `a = decay * a + (1 - decay) * p` for every trainable parameter `p`, where `a` starts as the parameters
/// after the first step: Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging", in its
/// exponential form; PyTorch's `AveragedModel` with `get_ema_multi_avg_fn(decay)`. Frozen parameters and running statistics
/// are those of the network. With a decay of 0.999 the average is over about the last thousand steps.
///
/// ```
/// use castnet::train::observers::Ema;
/// use castnet::{evaluate, losses::MeanSquaredError, optimizers::Sgd, prelude::*, train::Trainer};
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
/// let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default()).schedule(0.1).with_observers(Ema::new(0.9));
/// let data = [([0.0_f32], [1.0_f32]), ([1.0], [3.0])];
/// for _ in 0..300 {
///     trainer.step(&[[0.0], [1.0]], &[[1.0], [3.0]])?;
/// }
/// let evaluation = evaluate(trainer.observers().average(), &MeanSquaredError, &data, &[])?;
/// assert!(evaluation.loss < 1e-3);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone)]
pub struct Ema<N> {
    decay: f64,
    average: Box<N>,
    steps: u64,
}

impl<N: Network> Ema<N> {
    /// An average that keeps the part `decay` of itself in each step: from 0, for the last step alone, to less than 1.
    ///
    /// # Panics
    ///
    /// If `decay` is not in that range.
    pub fn new(decay: f64) -> Self {
        assert!((0.0..1.0).contains(&decay), "a decay of {decay}, but it must be from 0 to less than 1");
        Self { decay, average: bytemuck::zeroed_box(), steps: 0 }
    }

    /// The average; zero before the first step.
    pub fn average(&self) -> &N {
        &self.average
    }

    /// How many steps the average is over.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes the network after one more step into the average.
    pub fn update(&mut self, network: &N) {
        approach(&mut *self.average, network, if self.steps == 0 { 1.0 } else { 1.0 - self.decay });
        self.steps += 1;
    }
}

impl<N: Network> Observer<N> for Ema<N> {
    fn stepped(&mut self, _: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        self.update(network);
        ControlFlow::Continue(())
    }

    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        state.count("steps", &mut self.steps);
        state.network("average", &mut *self.average);
    }
}

/// Without the numbers, which may be millions.
impl<N> Debug for Ema<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ema").field("decay", &self.decay).field("steps", &self.steps).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::testing::Affine;

    #[test]
    fn it_follows_the_formula() {
        let mut ema = Ema::<Affine<false>>::new(0.75);
        let mut network = bytemuck::zeroed_box::<Affine<false>>();
        let mut expected = 0.0;
        for step in 0..10_u32 {
            let value = f64::from(step * step);
            network.parameters_mut().fill(value);
            ema.update(&network);
            expected = if step == 0 { value } else { 0.75 * expected + 0.25 * value };
            for (index, &average) in ema.average().parameters().iter().enumerate() {
                let is_trainable = index < 6 || (9..11).contains(&index);
                let expected = if is_trainable { expected } else { value };
                assert!((average - expected).abs() < 1e-12, "step {step}, {index}: {average}, expected {expected}");
            }
        }
        assert_eq!(ema.steps(), 10);
    }

    #[test]
    #[should_panic(expected = "a decay of 1,")]
    fn an_average_moves() {
        let _ = Ema::<Affine<false>>::new(1.0);
    }
}
