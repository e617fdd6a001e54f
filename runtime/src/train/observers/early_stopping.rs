//! A fit that ends when it no longer helps.

use alloc::boxed::Box;
use core::fmt::{self, Debug, Formatter};
use core::ops::ControlFlow;

use super::{NetworkMut, Observer, StateVisitor};
use crate::Network;
use crate::train::Epoch;

/// Stops a fit after some epochs without progress, and leaves the best network, however the fit ends.
///
/// The best is that after the epoch with the least validation loss, or training loss without validation data, or by
/// whatever [`watch`](EarlyStopping::watch) is told. It is there after a fit that was stopped, by this or by another
/// observer, that came to the end of its epochs, or whose step was an error; before the end of the first epoch there is
/// no best. Prechelt 1998, "Early Stopping - But When?"; Keras' `EarlyStopping` with `restore_best_weights`.
///
/// The network as it was at the end is kept too: a further fit goes on from there, with the optimizer's state that belongs
/// to it, unless the network has been changed meanwhile.
///
/// ```
/// use castnet::train::observers::EarlyStopping;
/// use castnet::train::{FitOptions, Progress, Trainer};
/// use castnet::{losses::MeanSquaredError, optimizers::Sgd, prelude::*};
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
/// // Oscillates.
/// let mut trainer = Trainer::new(line, MeanSquaredError, Sgd { momentum: 0.99, ..Sgd::default() })
///     .schedule(0.2)
///     .with_observers(EarlyStopping::new(5));
/// let data = [([0.0_f32], [1.0_f32]), ([1.0], [3.0])];
/// let options = FitOptions::new(1_000).validation(&data).progress(Progress::Silent);
/// let history = trainer.fit(&data, options)?;
/// let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.validation.as_ref().unwrap().loss).collect();
/// let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
/// assert!(history.stopped && losses[losses.len() - 6] == best);
/// assert_eq!(trainer.evaluate(&data)?.loss, best);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct EarlyStopping<N> {
    patience: u64,
    least_progress: f64,
    measure: fn(&Epoch) -> f64,
    best: Option<Best<N>>,
    waited: u64,
    /// The network at the end of the fit, while the best is in its place.
    latest: Option<Box<N>>,
}

#[derive(Clone)]
struct Best<N> {
    value: f64,
    network: Box<N>,
}

impl<N: Network> EarlyStopping<N> {
    /// Stops when `patience` epochs in a row have been no better than the best before; at least 1.
    pub fn new(patience: u64) -> Self {
        let patience = patience.max(1);
        Self { patience, least_progress: 0.0, measure: loss, best: None, waited: 0, latest: None }
    }

    /// An epoch is better only if it is so by more than this; 0 without it.
    pub fn least_progress(mut self, difference: f64) -> Self {
        self.least_progress = difference;
        self
    }

    /// What is watched instead of the loss: less is better, and NaN is never better.
    ///
    /// ```
    /// # use castnet::network;
    /// # network! { struct Line { input: [1], dense(1) } }
    /// use castnet::train::observers::EarlyStopping;
    ///
    /// let by_accuracy = EarlyStopping::<Line>::new(5)
    ///     .watch(|epoch| -epoch.validation.as_ref().and_then(|validation| validation.accuracy).unwrap_or(0.0));
    /// ```
    pub fn watch(mut self, measure: fn(&Epoch) -> f64) -> Self {
        self.measure = measure;
        self
    }

    /// The least value so far, and the network that had it.
    pub fn best(&self) -> Option<(f64, &N)> {
        self.best.as_ref().map(|best| (best.value, &*best.network))
    }

    /// How many epochs have passed since the best.
    pub fn waited(&self) -> u64 {
        self.waited
    }

    fn is_better(&self, value: f64) -> bool {
        // Of the values before the first any number is better.
        self.best.as_ref().map_or(!value.is_nan(), |best| value < best.value - self.least_progress)
    }
}

/// The validation loss, or the training loss without validation data.
fn loss(epoch: &Epoch) -> f64 {
    epoch.validation.as_ref().map_or(epoch.training_loss, |validation| validation.loss)
}

impl<N: Network> Observer<N> for EarlyStopping<N> {
    fn begin(&mut self, network: &mut NetworkMut<'_, N>) {
        if self.waited >= self.patience {
            self.waited = 0;
        }
        let (Some(latest), Some(best)) = (self.latest.take(), &self.best) else { return };
        // Who has changed the network since wants to go on from there.
        if bytemuck::bytes_of(&**network) == bytemuck::bytes_of(&*best.network) {
            network.parameters_mut().copy_from_slice(latest.parameters());
        }
    }

    fn epoch(&mut self, epoch: &Epoch, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        let value = (self.measure)(epoch);
        if self.is_better(value) {
            let best = self.best.get_or_insert_with(|| Best { value, network: bytemuck::zeroed_box() });
            best.value = value;
            best.network.parameters_mut().copy_from_slice(network.parameters());
            self.waited = 0;
            return ControlFlow::Continue(());
        }
        self.waited += 1;
        if self.waited >= self.patience { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(&mut self, network: &mut NetworkMut<'_, N>) {
        let Some(best) = &self.best else { return };
        let latest = self.latest.get_or_insert_with(bytemuck::zeroed_box);
        latest.parameters_mut().copy_from_slice(network.parameters());
        network.parameters_mut().copy_from_slice(best.network.parameters());
    }

    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        state.count("waited", &mut self.waited);
        let new = || Best { value: 0.0, network: bytemuck::zeroed_box() };
        state.optional("best", &mut self.best, new, |state, best| {
            state.number("value", &mut best.value);
            state.network("network", &mut *best.network);
        });
        state.optional("latest", &mut self.latest, bytemuck::zeroed_box, |state, latest| {
            state.network("network", &mut **latest);
        });
    }
}

/// Without the networks.
impl<N> Debug for EarlyStopping<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("EarlyStopping")
            .field("patience", &self.patience)
            .field("best", &self.best.as_ref().map(|best| best.value))
            .field("waited", &self.waited)
            .finish_non_exhaustive()
    }
}
