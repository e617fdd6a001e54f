//! How a gradient moves the parameters.
//!
//! An optimizer is a value that holds its settings; what it remembers from step to step is its
//! [`State`](Optimizer::State), which has the shape of the network and is allocated once. Both work outside of a
//! [`Trainer`](crate::train::Trainer) too, and each optimizer's formula is also there for plain slices, as its
//! `update`.

mod adam;
mod sgd;

use std::ops::Range;

pub use adam::{Adam, AdamState};
pub use sgd::{Sgd, SgdState};

use crate::{Network, Role};

/// A rule that moves parameters along their gradient.
///
/// ```
/// use castnet::optimizers::{Adam, Optimizer};
/// use castnet::{Network, Pass, Trace, network};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut gradient = castnet::bytemuck::zeroed_box::<Line>();
/// let adam = Adam::default();
/// let mut state = Optimizer::<Line>::start(&adam);
///
/// gradient.parameters_mut()[0] = 3.0;
/// let before = line.parameters()[0];
/// adam.step(&mut state, &mut line, &gradient, 0.01);
/// // Adam's first step has the size of the learning rate, whatever that of the gradient.
/// assert!((before - line.parameters()[0] - 0.01).abs() < 1e-6);
/// ```
pub trait Optimizer<N: Network>: Send {
    /// What is remembered from step to step.
    type State: Send;

    /// The learning rate of a trainer that is given no schedule.
    const DEFAULT_RATE: f64;

    /// The state before the first step. This is where the optimizer allocates; a step does not.
    fn start(&self) -> Self::State;

    /// Moves the trainable parameters of `network` one step of learning rate `rate` along `gradient`.
    ///
    /// Frozen parameters and running statistics stay as they are: they are not even decayed.
    fn step(&self, state: &mut Self::State, network: &mut N, gradient: &N, rate: f64);
}

/// The runs of consecutive trainable numbers in [`Network::parameters`], as long as possible, in their order.
///
/// ```
/// use castnet::{network, optimizers::trainable_runs};
///
/// network! {
///     struct Transfer {
///         input: [4],
///         #[frozen]
///         features: dense(3), relu,
///         dense(2), relu,
///         dense(1),
///     }
/// }
///
/// // The weights and biases of both last layers, after 4 * 3 + 3 frozen ones.
/// assert_eq!(trainable_runs::<Transfer>().collect::<Vec<_>>(), [15..15 + 3 * 2 + 2 + 2 + 1]);
/// ```
pub fn trainable_runs<N: Network>() -> impl Iterator<Item = Range<usize>> {
    let mut segments =
        N::SEGMENTS.iter().filter(|segment| segment.role == Role::Trainable && segment.len > 0).peekable();
    std::iter::from_fn(move || {
        let first = segments.next()?;
        let mut end = first.offset + first.len;
        while let Some(next) = segments.next_if(|next| next.offset == end) {
            end += next.len;
        }
        Some(first.offset..end)
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::testing::Affine;

    #[test]
    fn runs_are_the_trainable_segments() {
        assert_eq!(trainable_runs::<Affine<true>>().collect::<Vec<_>>(), [0..6, 9..11]);
    }

    fn moves_what_is_trainable(optimizer: &impl Optimizer<Affine<true>>) {
        let mut network = Affine::init(&mut StdRng::seed_from_u64(1));
        let before = *network;
        let mut gradient = bytemuck::zeroed_box::<Affine<true>>();
        gradient.parameters_mut().fill(0.5);
        let mut state = optimizer.start();
        for _ in 0..3 {
            optimizer.step(&mut state, &mut network, &gradient, 0.1);
        }
        for (index, (now, before)) in network.parameters().iter().zip(before.parameters()).enumerate() {
            let trainable = (0..6).contains(&index) || (9..11).contains(&index);
            assert_eq!(now < before, trainable, "parameter {index}");
            assert_eq!(now == before, !trainable, "parameter {index}");
        }
    }

    #[test]
    fn the_state_knows_its_network() {
        let mut network = Affine::<true>::init(&mut StdRng::seed_from_u64(1));
        let gradient = network.clone();
        let adam = Adam::default();
        let mut state = Optimizer::<Affine<true>>::start(&adam);
        adam.step(&mut state, &mut network, &gradient, 0.1);
        assert_eq!(state.steps, 1);
    }

    #[test]
    fn frozen_parameters_and_running_statistics_stay() {
        moves_what_is_trainable(&Sgd { weight_decay: 0.1, ..Sgd::default() });
        moves_what_is_trainable(&Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1 });
        moves_what_is_trainable(&Adam { weight_decay: 0.1, ..Adam::default() });
    }
}
