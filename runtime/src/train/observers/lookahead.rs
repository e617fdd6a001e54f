//! Slow weights behind fast ones.

use alloc::boxed::Box;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;

use super::average::approach;
use super::{NetworkMut, Observer, StateVisitor, StepReport};
use crate::Network;

/// Goes a part of the way that the optimizer has gone, and lets it start again from there: around any optimizer.
///
/// After every `every` steps, for every trainable parameter `p` and its slow weight `s`, which starts as the parameter:
///
/// ```text
/// s = s + part * (p - s)
/// p = s
/// ```
///
/// What the optimizer remembers is kept. Zhang et al. 2019, "Lookahead Optimizer: k steps forward, 1 step back", algorithm 1,
/// whose settings are 5 or 10 steps and a part of 0.5 or 0.8.
///
/// ```
/// use castnet::train::observers::Lookahead;
/// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*, train::Trainer};
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
/// let lookahead = Lookahead::new(&*line, 5, 0.5);
/// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default()).schedule(0.1).with_observers(lookahead);
/// for _ in 0..500 {
///     trainer.step(&[[0.0], [1.0]], &[[1.0], [3.0]])?;
/// }
/// assert!((trainer.predict(&[2.0])[0] - 5.0).abs() < 1e-2);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone)]
pub struct Lookahead<N> {
    every: u64,
    part: f64,
    steps: u64,
    slow: Box<N>,
}

impl<N: Network> Lookahead<N> {
    /// Slow weights that start as those of `network`, and go `part` of the way after every `every` steps.
    ///
    /// # Panics
    ///
    /// If `every` is 0, or `part` is not greater than 0 and at most 1.
    pub fn new(network: &N, every: u64, part: f64) -> Self {
        assert!(every > 0, "slow weights that move after every 0 steps, but it must be at least 1");
        assert!(part > 0.0 && part <= 1.0, "a part of {part}, but it must be greater than 0 and at most 1");
        let mut slow = bytemuck::zeroed_box::<N>();
        slow.parameters_mut().copy_from_slice(network.parameters());
        Self { every, part, steps: 0, slow }
    }

    /// The slow weights.
    pub fn slow(&self) -> &N {
        &self.slow
    }

    /// How many steps have been made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes notice of a step that has been made, and moves the network if it is time to.
    pub fn update(&mut self, network: &mut N) {
        self.steps += 1;
        if self.steps.is_multiple_of(self.every) {
            approach(&mut *self.slow, network, self.part);
            network.parameters_mut().copy_from_slice(self.slow.parameters());
        }
    }
}

impl<N: Network> Observer<N> for Lookahead<N> {
    fn stepped(&mut self, _: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        // The network counts as changed only where it is.
        if (self.steps + 1).is_multiple_of(self.every) {
            self.update(network);
        } else {
            self.steps += 1;
        }
        ControlFlow::Continue(())
    }

    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        state.count("steps", &mut self.steps);
        state.network("slow", &mut *self.slow);
    }
}

/// Without the numbers, which may be millions.
impl<N> Debug for Lookahead<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { every, part, steps, .. } = self;
        f.debug_struct("Lookahead")
            .field("every", every)
            .field("part", part)
            .field("steps", steps)
            .finish_non_exhaustive()
    }
}
