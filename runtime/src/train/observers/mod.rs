//! What may be put between the parts of a step, and between epochs.
//!
//! An [`Observer`] sees each gradient before the optimizer does, the network after each step, and each epoch when it is
//! over; it may change the gradient and the network, and stop a fit. Several are a tuple, in whose order they are called:
//!
//! ```
//! use castnet::train::observers::{ClipByNorm, Ema};
//! use castnet::{losses::MeanSquaredError, optimizers::Sgd, prelude::*, train::Trainer};
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     struct Line {
//!         input: [1],
//!         dense(1),
//!     }
//! }
//!
//! let line = Line::init(&mut StdRng::seed_from_u64(1));
//! let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default())
//!     .with_observers((ClipByNorm { norm: 1.0 }, Ema::new(0.99)));
//! trainer.step(&[[0.5]], &[[100.0]])?;
//! let (_, ema) = trainer.observers();
//! assert_eq!(ema.average().parameters(), trainer.network().parameters());
//! # Ok::<(), castnet::Error>(())
//! ```
//!
//! An observer works in a loop of one's own too: its methods ask for no trainer.

mod adaptive_clip;
mod average;
mod clip_by_layer_norm;
mod clip_by_norm;
mod clip_by_value;
mod early_stopping;
mod ema;
mod lookahead;
mod on_step;
mod snapshots;
mod swa;

use alloc::string::ToString as _;
use core::fmt::{self, Debug, Formatter};
use core::ops::{ControlFlow, Deref, DerefMut};

pub use adaptive_clip::AdaptiveClip;
pub use clip_by_layer_norm::ClipByLayerNorm;
pub use clip_by_norm::ClipByNorm;
pub use clip_by_value::ClipByValue;
pub use early_stopping::EarlyStopping;
pub use ema::Ema;
pub use lookahead::Lookahead;
pub use on_step::OnStep;
pub use snapshots::Snapshots;
pub use swa::Swa;

use super::{Epoch, StateVisitor, StepReport};
use crate::{Error, Network, Segment};

/// Takes part in the training of a network.
///
/// Every method does nothing unless it is implemented. No method of an observer that is called in a step allocates.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use castnet::train::StepReport;
/// use castnet::train::observers::{NetworkMut, Observer};
/// use castnet::prelude::*;
///
/// /// Keeps every parameter from -1 to 1.
/// struct Bounded;
///
/// impl<N: Network<Scalar = f32>> Observer<N> for Bounded {
///     fn stepped(&mut self, _: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
///         network.parameters_mut().iter_mut().for_each(|parameter| *parameter = parameter.clamp(-1.0, 1.0));
///         ControlFlow::Continue(())
///     }
/// }
/// ```
pub trait Observer<N: Network> {
    /// A fit begins, or goes on where another one stopped.
    fn begin(&mut self, network: &mut NetworkMut<'_, N>) {
        let _ = network;
    }

    /// The gradient of a batch in the parameters of `network` is there; `step` is about the step that the optimizer will make
    /// along it. What adds a term to the loss adds its gradient here, and tells `step`, by
    /// [`add_regularization`](StepReport::add_regularization).
    ///
    /// # Errors
    ///
    /// Whatever is a reason not to make the step: network and optimizer stay as they are.
    fn gradient(&mut self, step: &mut StepReport, network: &N, gradient: &mut N) -> Result<(), Error> {
        let _ = (step, network, gradient);
        Ok(())
    }

    /// A step has been made. [`ControlFlow::Break`] stops a fit at once, wherever it is in an epoch; in a loop of one's own
    /// it is [`StepReport::stop`].
    fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        let _ = (step, network);
        ControlFlow::Continue(())
    }

    /// An epoch is over, validation included. [`ControlFlow::Break`] stops the fit.
    fn epoch(&mut self, epoch: &Epoch, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        let _ = (epoch, network);
        ControlFlow::Continue(())
    }

    /// The fit ends: after its last epoch, because it was stopped, or because a step was an error.
    fn end(&mut self, network: &mut NetworkMut<'_, N>) {
        let _ = network;
    }

    /// Shows all that is remembered from step to step and from fit to fit, for [checkpoints](super::Checkpoint). An observer that
    /// remembers something and does not show it is no longer what it was when a run goes on from one.
    fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        let _ = state;
    }
}

/// A network that an observer may change; it is noted whether one does.
///
/// What is known of the sizes of a network's numbers, which spares the checks of most steps, holds no longer then.
pub struct NetworkMut<'a, N> {
    network: &'a mut N,
    is_changed: bool,
    is_frozen: &'a dyn Fn(&Segment) -> bool,
}

impl<N: Debug> Debug for NetworkMut<'_, N> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("NetworkMut");
        debug.field("network", &self.network).field("is_changed", &self.is_changed).finish_non_exhaustive()
    }
}

impl<'a, N> NetworkMut<'a, N> {
    /// A network that has not been changed yet.
    pub fn new(network: &'a mut N) -> Self {
        Self { network, is_changed: false, is_frozen: &|_| false }
    }

    /// The same, of whose segments an optimizer leaves some as they are.
    pub fn with_frozen(self, is_frozen: &'a dyn Fn(&Segment) -> bool) -> Self {
        Self { is_frozen, ..self }
    }

    /// Which segments the [optimizer](crate::optimizers::Optimizer::is_frozen) leaves as they are: what changes parameters after
    /// a step should, too.
    pub fn frozen(&self) -> &'a dyn Fn(&Segment) -> bool {
        self.is_frozen
    }

    /// The network, for changes that make no number's magnitude larger: what is known of the sizes of its numbers holds on.
    pub fn to_shrink(&mut self) -> &mut N {
        self.network
    }

    /// Whether someone has asked to change the network.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }
}

impl<N> Deref for NetworkMut<'_, N> {
    type Target = N;
    fn deref(&self) -> &N {
        self.network
    }
}

impl<N> DerefMut for NetworkMut<'_, N> {
    fn deref_mut(&mut self) -> &mut N {
        self.is_changed = true;
        self.network
    }
}

/// `Break` if one of two says so.
fn either(one: ControlFlow<()>, other: ControlFlow<()>) -> ControlFlow<()> {
    if one.is_break() { one } else { other }
}

impl<N: Network> Observer<N> for () {}

macro_rules! tuple {
    ($($observer:ident)+) => {
        /// All of them, in their order; one that stops the fit does not keep the others from being called.
        #[allow(non_snake_case)] // The observers have the names of their types.
        impl<N: Network, $($observer: Observer<N>),+> Observer<N> for ($($observer,)+) {
            fn begin(&mut self, network: &mut NetworkMut<'_, N>) {
                let ($($observer,)+) = self;
                $($observer.begin(network);)+
            }

            fn gradient(&mut self, step: &mut StepReport, network: &N, gradient: &mut N) -> Result<(), Error> {
                let ($($observer,)+) = self;
                $($observer.gradient(step, network, gradient)?;)+
                Ok(())
            }

            fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
                let ($($observer,)+) = self;
                let flow = ControlFlow::Continue(());
                $(let flow = either(flow, $observer.stepped(step, network));)+
                flow
            }

            fn epoch(&mut self, epoch: &Epoch, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
                let ($($observer,)+) = self;
                let flow = ControlFlow::Continue(());
                $(let flow = either(flow, $observer.epoch(epoch, network));)+
                flow
            }

            fn end(&mut self, network: &mut NetworkMut<'_, N>) {
                let ($($observer,)+) = self;
                $($observer.end(network);)+
            }

            /// Each within the number of its place.
            fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
                let ($($observer,)+) = self;
                let mut places = 0..;
                $(state.within(&places.next().unwrap_or(0).to_string(), |state| $observer.visit_state(state));)+
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
