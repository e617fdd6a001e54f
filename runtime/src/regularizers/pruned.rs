//! Weights that are zero and stay so.

#[cfg(feature = "alloc")]
use core::ops::ControlFlow;
use core::ops::DerefMut;

use super::segments;
#[cfg(feature = "alloc")]
use crate::Network;
#[cfg(feature = "alloc")]
use crate::train::StateVisitor;
#[cfg(feature = "alloc")]
use crate::train::StepReport;
#[cfg(feature = "alloc")]
use crate::train::observers::{NetworkMut, Observer};
use crate::{Error, ParameterKind, Parameters, Scalar, Segment};

/// Of which weights the least are pruned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Of all together, so that some layers lose more than others.
    #[default]
    Network,
    /// Of each segment, all of which lose the same part.
    Segment,
}

/// Magnitude pruning: the weights of the least magnitudes are zero, and a mask keeps them so.
///
/// The mask is memory of the network's size, owned (`Box<N>`) or borrowed (`&mut N`), in which a parameter that is pruned
/// has a one. Han, Pool, Tran and Dally 2015, "Learning both Weights and Connections for Efficient Neural Networks": train,
/// [prune](Pruned::prune), train on, and prune more.
///
/// As an [observer](crate::train::observers) it clears the gradient of what is pruned, and what a step has made of it:
///
/// ```
/// use castnet::regularizers::{Pruned, Scope};
/// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Wave {
///         input: [1],
///         dense(16), tanh,
///         dense(1),
///     }
/// }
///
/// let mut wave = Wave::init(&mut StdRng::seed_from_u64(1));
/// let mut pruned = Pruned::new(castnet::bytemuck::zeroed_box::<Wave>());
/// pruned.prune(&mut *wave, 0.75, Scope::Network)?;
/// let mut trainer = Trainer::new(wave, MeanSquaredError, Adam::default()).with_observers(pruned);
/// for _ in 0..10 {
///     trainer.step(&[[0.5], [-0.5]], &[[1.0], [-1.0]])?;
/// }
/// // Of the 32 weights, 24 are zero; biases are no weights.
/// assert_eq!(trainer.observers().count(), 24);
/// assert!(trainer.network().parameters().iter().filter(|parameter| **parameter == 0.0).count() >= 24);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pruned<M> {
    mask: M,
    is_on: fn(&Segment) -> bool,
}

impl<N: Parameters, M: DerefMut<Target = N>> Pruned<M> {
    /// Nothing is pruned yet; `mask` is overwritten.
    pub fn new(mut mask: M) -> Self {
        mask.parameters_mut().fill(N::Scalar::ZERO);
        Self { mask, is_on: |segment| segment.kind == ParameterKind::Weight }
    }

    /// On the trainable segments that a function says yes to, instead of weights.
    pub fn on(mut self, segments: fn(&Segment) -> bool) -> Self {
        self.is_on = segments;
        self
    }

    /// Prunes the parameters of the least magnitudes until `part` of those that it is on are zero, and no fewer than were before.
    /// Of equal magnitudes the first go.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if `part` is not from 0 to 1.
    pub fn prune(&mut self, network: &mut N, part: f64, scope: Scope) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&part) {
            return Err(Error::Setting { setting: "part", value: part, expected: "from 0 to 1" });
        }
        self.apply(network);
        let is_on = self.is_on;
        let chosen = || segments::<N>().filter(move |segment| is_on(segment));
        match scope {
            Scope::Network => self.prune_least(network, part, chosen),
            Scope::Segment => {
                for segment in chosen() {
                    self.prune_least(network, part, || core::iter::once(segment));
                }
            }
        }
        self.apply(network);
        Ok(())
    }

    /// Marks the least of the numbers of some segments together.
    fn prune_least<I: Iterator<Item = &'static Segment>>(&mut self, network: &N, part: f64, segments: impl Fn() -> I) {
        let places = || segments().flat_map(|segment| segment.offset..segment.offset + segment.len);
        let mask = self.mask.parameters_mut();
        let magnitude = |place: usize| Scalar::abs(network.parameters()[place].to_f64());
        let free = || places().filter(|&place| mask[place] == N::Scalar::ZERO);
        let (all, left) = (places().count(), free().count());
        let wanted = ((part * all as f64 + 0.5) as usize).saturating_sub(all - left);
        let bound = least_bound(wanted, || free().map(magnitude));
        let mut ties = wanted.saturating_sub(free().filter(|&place| magnitude(place) < bound).count());
        for place in places().filter(|&place| magnitude(place) <= bound) {
            let is_tie = magnitude(place) == bound;
            if mask[place] == N::Scalar::ZERO && (!is_tie || ties > 0) {
                mask[place] = N::Scalar::ONE;
                ties -= usize::from(is_tie);
            }
        }
    }

    /// Clears what is pruned, in a network or in a gradient.
    pub fn apply(&self, numbers: &mut N) {
        for (number, mask) in numbers.parameters_mut().iter_mut().zip(self.mask.parameters()) {
            if *mask != N::Scalar::ZERO {
                *number = N::Scalar::ZERO;
            }
        }
    }

    /// How many parameters are pruned.
    pub fn count(&self) -> usize {
        self.mask.parameters().iter().filter(|mask| **mask != N::Scalar::ZERO).count()
    }

    /// The mask: not zero where a parameter is pruned.
    pub fn mask(&self) -> &N {
        &self.mask
    }
}

/// The least bound that so many of the numbers, none of which is negative, do not exceed; found without a copy of them, by
/// halving the range of bits, which are in the order of the numbers.
fn least_bound<I: Iterator<Item = f64>>(count: usize, numbers: impl Fn() -> I) -> f64 {
    let (mut low, mut high) = (0, f64::INFINITY.to_bits());
    while low < high {
        let middle = low + (high - low) / 2;
        let bound = f64::from_bits(middle);
        if numbers().filter(|number| *number <= bound).count() >= count {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    f64::from_bits(low)
}

#[cfg(feature = "alloc")]
impl<N: Network, M: DerefMut<Target = N>> Observer<N> for Pruned<M> {
    fn gradient(&mut self, _: &mut StepReport, _: &N, gradient: &mut N) -> Result<(), Error> {
        self.apply(gradient);
        Ok(())
    }

    fn stepped(&mut self, _: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        self.apply(network.to_shrink());
        ControlFlow::Continue(())
    }

    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        state.network("mask", &mut *self.mask);
    }
}
