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

use crate::kernels::each::largest_magnitude;
use crate::{Error, Network, Role, Scalar};

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

    /// Checks the settings, before every step of a trainer.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The largest magnitude of the numbers that a [`step`](Optimizer::step) would leave in `run` of the trainable
    /// parameters and in what belongs to them in the state; infinite if any of them would be infinite or NaN.
    ///
    /// A trainer asks before a step that might overflow, and does not make one that would. An optimizer that leaves this
    /// method out is trusted not to overflow.
    fn largest_after(&self, state: &Self::State, network: &N, gradient: &N, rate: f64, run: Range<usize>) -> f64 {
        let _ = (state, network, gradient, rate, run);
        0.0
    }
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

/// Numbers that are copied at a time for [`largest_after_update`].
const CHUNK: usize = 128;

/// The largest magnitude of what `update` makes of copies of `slices`, given the gradient in the same places.
fn largest_after_update<T: Scalar, const SLICES: usize>(
    slices: [&[T]; SLICES],
    gradient: &[T],
    update: impl Fn([&mut [T]; SLICES], &[T]),
) -> f64 {
    let mut copies = [[T::ZERO; CHUNK]; SLICES];
    let mut largest = 0.0;
    for (index, gradient) in gradient.chunks(CHUNK).enumerate() {
        for (copy, slice) in copies.iter_mut().zip(slices) {
            copy[..gradient.len()].copy_from_slice(&slice[index * CHUNK..][..gradient.len()]);
        }
        update(copies.each_mut().map(|copy| &mut copy[..gradient.len()]), gradient);
        for copy in &copies {
            largest = f64::max(largest, largest_magnitude(&copy[..gradient.len()]));
        }
    }
    largest
}

/// An error unless `is_right`.
fn check_setting(is_right: bool, setting: &'static str, value: f64, expected: &'static str) -> Result<(), Error> {
    if is_right { Ok(()) } else { Err(Error::Setting { setting, value, expected }) }
}

/// Checks how much of a running mean is kept from step to step.
fn check_kept(setting: &'static str, value: f64) -> Result<(), Error> {
    check_setting((0.0..1.0).contains(&value), setting, value, "from 0 to less than 1")
}

/// Checks the factor of the L2 penalty.
fn check_weight_decay(value: f64) -> Result<(), Error> {
    check_setting((0.0..=1.0).contains(&value), "weight_decay", value, "from 0 to 1")
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

    /// Looking ahead says what a step does, and does nothing.
    fn foresees<O: Optimizer<Affine<true>>>(optimizer: &O, largest_of_state: impl Fn(&O::State) -> f64) {
        let mut network = Affine::init(&mut StdRng::seed_from_u64(1));
        let mut gradient = bytemuck::zeroed_box::<Affine<true>>();
        gradient.parameters_mut().iter_mut().enumerate().for_each(|(index, slope)| *slope = index as f64 - 7.5);
        let mut state = optimizer.start();
        for step in 1..=3 {
            let rate = f64::from(step);
            let before = *network;
            let runs = trainable_runs::<Affine<true>>();
            let foreseen =
                runs.map(|run| optimizer.largest_after(&state, &network, &gradient, rate, run)).fold(0.0, f64::max);
            assert_eq!(*network, before);
            optimizer.step(&mut state, &mut network, &gradient, rate);
            let parameters = [&network.parameters()[..6], &network.parameters()[9..11]].concat();
            assert_eq!(foreseen, largest_magnitude(&parameters).max(largest_of_state(&state)));
        }
        let overflowing = optimizer.largest_after(&state, &network, &gradient, 1e308, 0..6);
        assert_eq!(overflowing, f64::INFINITY);
    }

    #[test]
    fn what_a_step_leaves_is_foreseen() {
        foresees(&Sgd { weight_decay: 0.1, ..Sgd::default() }, |_| 0.0);
        foresees(&Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1 }, |state| {
            largest_magnitude(state.velocity.as_ref().unwrap().parameters())
        });
        foresees(&Adam::default(), |state| {
            largest_magnitude(state.first.parameters()).max(largest_magnitude(state.second.parameters()))
        });
    }

    #[test]
    fn settings_that_make_no_sense_are_errors() {
        let sgd = |sgd: Sgd| Optimizer::<Affine<true>>::check(&sgd).unwrap_err().to_string();
        let adam = |adam: Adam| Optimizer::<Affine<true>>::check(&adam).unwrap_err().to_string();
        assert_eq!(
            sgd(Sgd { momentum: 1.0, ..Sgd::default() }),
            "`momentum` is 1, but it must be from 0 to less than 1: correct the optimizer's settings"
        );
        assert!(sgd(Sgd { weight_decay: f64::NAN, ..Sgd::default() }).starts_with("`weight_decay` is NaN"));
        assert!(adam(Adam { beta1: -0.1, ..Adam::default() }).starts_with("`beta1` is -0.1"));
        assert!(adam(Adam { beta2: 1.0, ..Adam::default() }).starts_with("`beta2` is 1"));
        assert!(adam(Adam { epsilon: 0.0, ..Adam::default() }).starts_with("`epsilon` is 0"));
        assert!(adam(Adam { weight_decay: -1.0, ..Adam::default() }).starts_with("`weight_decay` is -1"));
        for setting in
            [Optimizer::<Affine<true>>::check(&Sgd::default()), Optimizer::<Affine<true>>::check(&Adam::default())]
        {
            setting.unwrap();
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
