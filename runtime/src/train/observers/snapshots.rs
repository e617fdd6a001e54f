//! Copies of the network on its way.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;

use super::{NetworkMut, Observer, StepReport};
use crate::Network;
use crate::train::StateVisitor;

/// Keeps copies of the network at certain steps, such as the last ones of the cycles of a learning rate that falls and starts
/// again: members of an ensemble for the price of one run (Huang et al. 2017, "Snapshot Ensembles: Train 1, Get M for Free").
///
/// All memory is taken at the start, for as many as are kept; a further copy takes the place of the oldest.
///
/// ```
/// use castnet::ensemble::Ensemble;
/// use castnet::schedules::CosineRestarts;
/// use castnet::train::observers::Snapshots;
/// use castnet::{Predictor, losses::MeanSquaredError, optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1) } }
///
/// let rates = CosineRestarts { from: 0.2, to: 0.0, steps: 20, growth: 1 };
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default())
///     .schedule(rates)
///     .with_observers(Snapshots::every(20, 3));
/// for _ in 0..100 {
///     trainer.step(&[[0.0], [1.0]], &[[1.0], [3.0]])?;
/// }
/// let mut ensemble = Ensemble::of_outputs();
/// for network in trainer.observers().networks() {
///     ensemble.add(Predictor::new(network));
/// }
/// assert_eq!((trainer.observers().taken(), ensemble.weights().len()), (5, 3));
/// assert!((ensemble.predict(&[2.0])[0] - 5.0).abs() < 0.1);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshots<N> {
    every: u64,
    copies: Vec<Box<N>>,
    taken: u64,
}

impl<N: Network> Snapshots<N> {
    /// A copy after every `steps` steps (at least 1), of which the last `most` are kept.
    pub fn every(steps: u64, most: usize) -> Self {
        Self { every: steps.max(1), copies: (0..most).map(|_| bytemuck::zeroed_box()).collect(), taken: 0 }
    }

    /// How many copies have been made.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Those that are kept, the oldest first.
    pub fn networks(&self) -> impl ExactSizeIterator<Item = &N> {
        let most = self.copies.len() as u64;
        let kept = self.taken.min(most);
        (0..kept as usize).map(move |place| &*self.copies[((self.taken - kept + place as u64) % most) as usize])
    }

    /// Makes a copy.
    pub fn take(&mut self, network: &N) {
        let Some(place) = self.taken.checked_rem(self.copies.len() as u64) else { return };
        self.copies[place as usize].parameters_mut().copy_from_slice(network.parameters());
        self.taken += 1;
    }
}

impl<N: Network> Observer<N> for Snapshots<N> {
    fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        if (step.step + 1).is_multiple_of(self.every) {
            self.take(network);
        }
        ControlFlow::Continue(())
    }

    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        state.count("taken", &mut self.taken);
        for (place, copy) in self.copies.iter_mut().enumerate() {
            state.network(&format!("copy{place}"), &mut **copy);
        }
    }
}

/// Without the networks.
impl<N> Debug for Snapshots<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshots")
            .field("every", &self.every)
            .field("most", &self.copies.len())
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::MeanSquaredError;
    use crate::optimizers::Sgd;
    use crate::testing::Affine;
    use crate::train::Trainer;

    #[test]
    fn the_last_are_kept_in_their_order() {
        let mut snapshots = Snapshots::<Affine<false>>::every(1, 3);
        let mut network = bytemuck::zeroed_box::<Affine<false>>();
        let first = |snapshots: &Snapshots<Affine<false>>| -> Vec<f64> {
            snapshots.networks().map(|network| crate::Parameters::parameters(network)[0]).collect()
        };
        assert_eq!(first(&snapshots), []);
        for number in 0..5 {
            crate::Parameters::parameters_mut(&mut *network)[0] = f64::from(number);
            snapshots.take(&network);
            let expected: Vec<f64> =
                (0..=number).skip((number as usize + 1).saturating_sub(3)).map(f64::from).collect();
            assert_eq!(first(&snapshots), expected);
        }
        let trainer =
            |snapshots| Trainer::new(network.clone(), MeanSquaredError, Sgd::default()).with_observers(snapshots);
        let mut restored = trainer(Snapshots::every(1, 3));
        restored.restore(&trainer(snapshots).checkpoint()).unwrap();
        assert_eq!((first(restored.observers()), restored.observers().taken()), (vec![2.0, 3.0, 4.0], 5));
        let mut none = Snapshots::<Affine<false>>::every(0, 0);
        none.take(&network);
        assert_eq!((none.taken(), none.networks().len()), (0, 0));
    }
}
