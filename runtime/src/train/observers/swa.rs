//! The mean of the weights at the end of training.

use alloc::boxed::Box;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;

use super::average::approach;
use super::{NetworkMut, Observer, StateVisitor, StepReport};
use crate::Network;
use crate::train::Epoch;

/// Stochastic weight averaging: the plain mean of the networks at the end of training, taken while the learning rate stays
/// high, which lies in the middle of a flat valley.
///
/// With `n` networks so far, `a = a + (p - a) / (n + 1)` for every trainable parameter `p`. Izmailov et al. 2018, "Averaging
/// Weights Leads to Wider Optima and Better Generalization", algorithm 1; PyTorch's `AveragedModel`. Frozen parameters and
/// running statistics are those of the last network; of a network with batch norm,
/// [`DatasetLoss::refresh_running_statistics`](crate::train::DatasetLoss::refresh_running_statistics) takes those of the mean,
/// as PyTorch's `update_bn` does.
///
/// ```
/// use castnet::train::observers::Swa;
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
/// // From step 200 on, every tenth.
/// let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default()).schedule(0.1).with_observers(Swa::of_steps(200, 10));
/// for step in 0..400 {
///     let noise = if step % 2 == 0 { 0.5 } else { -0.5 };
///     trainer.step(&[[0.0], [1.0]], &[[1.0 + noise], [3.0 + noise]])?;
/// }
/// assert_eq!(trainer.observers().networks(), 20);
/// // Without a trainer.
/// let mut swa = Swa::of_steps(0, 1);
/// swa.update(trainer.network());
/// assert_eq!(swa.average().parameters(), trainer.network().parameters());
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone)]
pub struct Swa<N> {
    when: When,
    average: Box<N>,
    networks: u64,
}

/// Which networks are taken in.
#[derive(Clone, Copy, Debug)]
enum When {
    Steps { first: u64, every: u64 },
    Epochs { first: u64, seen: u64 },
}

impl<N: Network> Swa<N> {
    /// The networks after every `every` steps, from step `first` on, counted from 0.
    pub fn of_steps(first: u64, every: u64) -> Self {
        Self::new(When::Steps { first, every: every.max(1) })
    }

    /// The networks after each epoch of a fit, but for the first `first`.
    pub fn of_epochs(first: u64) -> Self {
        Self::new(When::Epochs { first, seen: 0 })
    }

    fn new(when: When) -> Self {
        Self { when, average: bytemuck::zeroed_box(), networks: 0 }
    }

    /// The mean; zero before the first network.
    pub fn average(&self) -> &N {
        &self.average
    }

    /// How many networks the mean is of.
    pub fn networks(&self) -> u64 {
        self.networks
    }

    /// Takes a network into the mean.
    pub fn update(&mut self, network: &N) {
        self.networks += 1;
        approach(&mut *self.average, network, 1.0 / self.networks as f64);
    }
}

impl<N: Network> Observer<N> for Swa<N> {
    fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        if let When::Steps { first, every } = self.when
            && step.step.checked_sub(first).is_some_and(|since| since % every == 0)
        {
            self.update(network);
        }
        ControlFlow::Continue(())
    }

    fn epoch(&mut self, _: &Epoch, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        if let When::Epochs { first, seen } = &mut self.when {
            *seen += 1;
            if *seen > *first {
                self.update(network);
            }
        }
        ControlFlow::Continue(())
    }

    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        if let When::Epochs { seen, .. } = &mut self.when {
            state.count("seen", seen);
        }
        state.count("networks", &mut self.networks);
        state.network("average", &mut *self.average);
    }
}

/// Without the numbers, which may be millions.
impl<N> Debug for Swa<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Swa").field("when", &self.when).field("networks", &self.networks).finish_non_exhaustive()
    }
}
