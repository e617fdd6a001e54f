//! Two networks that learn without an operating system and without a heap, on a microcontroller or on any computer.
#![no_std]

pub mod iris;
pub mod xor;

use castnet::losses::Loss;
use castnet::optimizers::{Adam, InPlace};
use castnet::train::{Learner, Room};
use castnet::{Error, Network};

/// What each step remembers beside the network: Adam keeps two numbers for each parameter. Samples are taken one by one
/// (`1` at the end), which needs the least memory on a processor without vectors.
pub type StepRoom<N> = Room<N, <InPlace<Adam, 2> as castnet::optimizers::Optimizer<N>>::State, 1>;

/// Learns the batches that `batch` says, so many steps, and returns the loss of the last.
///
/// # Errors
///
/// Those of [`Learner::step`].
pub fn learn<'a, N, C>(
    network: &mut N,
    room: &mut StepRoom<N>,
    loss: C,
    rate: f64,
    steps: usize,
    batch: impl Fn(usize) -> (&'a [N::Input], &'a [C::Target]),
) -> Result<f64, Error>
where
    N: Network,
    C: Loss<N>,
{
    let mut learner = Learner::new(network, room, loss, InPlace(Adam::default()), rate);
    let mut last = f64::NAN;
    for step in 0..steps {
        let (inputs, targets) = batch(step);
        last = learner.step(inputs, targets)?.loss;
    }
    Ok(last)
}
