//! What is asked of parameters besides a small loss: that they be small, few, or at right angles.
//!
//! A [`Regularizer`] adds a term to the loss, or does something to the parameters after each step, or both. All are on weights
//! only; [`On`] puts one elsewhere. In a trainer they are
//! [observers](crate::train::observers), a tuple if there are several, before those that clip the gradient: the loss that is reported
//! is the whole one then, and [`regularization`](crate::train::StepReport::regularization) beside it is their part.
//!
//! ```
//! use castnet::regularizers::{L2, ProximalL1};
//! use castnet::train::observers::ClipByNorm;
//! use castnet::{losses::MeanSquaredError, optimizers::Sgd, prelude::*, train::Trainer};
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     /// The second input says nothing.
//!     struct Plane {
//!         input: [2],
//!         dense(1),
//!     }
//! }
//!
//! let plane = Plane::init(&mut StdRng::seed_from_u64(1));
//! let mut trainer = Trainer::new(plane, MeanSquaredError, Sgd::default())
//!     .schedule(0.1)
//!     .with_observers((L2 { factor: 1e-3 }, ProximalL1 { factor: 0.01 }, ClipByNorm { norm: 1.0 }));
//! let (inputs, targets) = ([[-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]], [[-2.0], [2.0], [-2.0], [2.0]]);
//! for _ in 0..200 {
//!     trainer.step(&inputs, &targets)?;
//! }
//! let report = trainer.step(&inputs, &targets)?;
//! assert!(report.regularization > 0.0 && report.loss > report.regularization);
//! assert_eq!(trainer.network().dense1.weight[1], 0.0);
//! # Ok::<(), castnet::Error>(())
//! ```
//!
//! Without a trainer, [`add_to_gradient`](Regularizer::add_to_gradient) and
//! [`constrain_network`](Regularizer::constrain_network) do the same; a [`Learner`](crate::train::Learner), which has no heap,
//! takes them by [`regularize`](crate::train::Learner::regularize) and [`constrain`](crate::train::Learner::constrain).
//! Nothing is allocated, and no number depends on how many threads there are.
//!
//! [`Activity`] is a term of what layers put out, and so a [loss](crate::losses); [`Pruned`] has a mask that stays.

mod activity;
mod max_norm;
mod on;
mod orthogonality;
mod penalties;
mod pruned;

#[cfg(feature = "alloc")]
use core::ops::ControlFlow;

pub use activity::Activity;
pub use max_norm::MaxNorm;
pub use on::On;
pub use orthogonality::Orthogonality;
pub use penalties::{ElasticNet, L1, L2, ProximalL1, WeightDecay};
pub use pruned::{Pruned, Scope};

#[cfg(feature = "alloc")]
use crate::train::StepReport;
#[cfg(feature = "alloc")]
use crate::train::observers::{NetworkMut, Observer};
use crate::{Error, ParameterKind, Parameters, Role, Scalar, Segment};

/// A term of the loss that depends on parameters alone, and what is done to them after a step.
///
/// One of your own says either of one segment at a time:
///
/// ```
/// use castnet::regularizers::Regularizer;
/// use castnet::{Scalar, Segment, prelude::*};
///
/// /// No weight is negative.
/// struct NonNegative;
///
/// impl Regularizer for NonNegative {
///     const CONSTRAINS: bool = true;
///
///     fn constrain<T: Scalar>(&self, _: &Segment, parameters: &mut [T], _rate: f64) {
///         parameters.iter_mut().filter(|parameter| **parameter < T::ZERO).for_each(|parameter| *parameter = T::ZERO);
///     }
/// }
///
/// network! { struct Line { input: [1], dense(1) } }
///
/// let mut line: Line = castnet::zeroed();
/// line.parameters_mut().copy_from_slice(&[-1.0, -1.0]);
/// NonNegative.constrain_network(&mut line, 0.1);
/// assert_eq!(line.parameters(), [0.0, -1.0]); // A bias is no weight.
/// ```
pub trait Regularizer: Send + Sync {
    /// Whether [`constrain`](Regularizer::constrain) does something.
    const CONSTRAINS: bool = false;

    /// Whether it is for the parameters of a segment: for weights, unless it says otherwise.
    fn is_on(&self, segment: &Segment) -> bool {
        segment.kind == ParameterKind::Weight
    }

    /// Checks the settings, before every step of a trainer.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The term that the parameters of a segment add to the loss; its derivative is added to `gradient`.
    fn penalize<T: Scalar>(&self, segment: &Segment, parameters: &[T], gradient: &mut [T]) -> f64 {
        let _ = (segment, parameters, gradient);
        0.0
    }

    /// What is made of the parameters of a segment after a step of this learning rate. No magnitude may become larger.
    fn constrain<T: Scalar>(&self, segment: &Segment, parameters: &mut [T], rate: f64) {
        let _ = (segment, parameters, rate);
    }

    /// The whole term, whose derivative is added to the gradient: what comes before clipping and the step.
    fn add_to_gradient<N: Parameters>(&self, network: &N, gradient: &mut N) -> f64 {
        let terms = segments::<N>().filter(|segment| self.is_on(segment)).map(|segment| {
            let range = segment.offset..segment.offset + segment.len;
            self.penalize(segment, &network.parameters()[range.clone()], &mut gradient.parameters_mut()[range])
        });
        terms.sum()
    }

    /// What comes after a step of this learning rate.
    fn constrain_network<N: Parameters>(&self, network: &mut N, rate: f64) {
        self.constrain_but(network, rate, |_| false);
    }

    /// The same, but for segments that are frozen.
    fn constrain_but<N: Parameters>(&self, network: &mut N, rate: f64, is_frozen: impl Fn(&Segment) -> bool) {
        for segment in segments::<N>().filter(|segment| self.is_on(segment) && !is_frozen(segment)) {
            self.constrain(segment, &mut network.parameters_mut()[segment.offset..][..segment.len], rate);
        }
    }
}

/// The trainable segments of a network.
fn segments<N: Parameters>() -> impl Iterator<Item = &'static Segment> {
    N::SEGMENTS.iter().filter(|segment| segment.role == Role::Trainable)
}

/// Every regularizer: its gradient is added, and the step followed by what it makes of the parameters.
#[cfg(feature = "alloc")]
impl<N: crate::Network, R: Regularizer> Observer<N> for R {
    /// # Errors
    ///
    /// [`Error::Setting`].
    fn gradient(&mut self, step: &mut StepReport, network: &N, gradient: &mut N) -> Result<(), Error> {
        self.check()?;
        step.add_regularization(self.add_to_gradient(network, gradient));
        Ok(())
    }

    fn stepped(&mut self, step: &StepReport, network: &mut NetworkMut<'_, N>) -> ControlFlow<()> {
        if R::CONSTRAINS {
            let is_frozen = network.frozen();
            self.constrain_but(network.to_shrink(), step.learning_rate, is_frozen);
        }
        ControlFlow::Continue(())
    }
}
