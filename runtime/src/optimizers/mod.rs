//! How a gradient moves the parameters.
//!
//! An optimizer is a value that holds its settings; what it remembers from step to step is its
//! [`State`](Optimizer::State), which is allocated once. Both work outside of a [`Trainer`](crate::train::Trainer) too.
//!
//! Most are a [`Rule`]: the arithmetic for one parameter, or for one layer. What a rule is applied to, in which groups, and
//! which steps are refused is the same for all of them, and for a rule of your own.
//!
//! | rule | remembers | when |
//! | --- | ---: | --- |
//! | [`Sgd`] | 0 or 1 | with momentum and a good schedule, image networks that are trained for long; plain, where memory is scarce |
//! | [`Momentum`] | 1 | as Keras writes momentum; the velocity outlives a cut of the rate |
//! | [`Adam`] | 2 | if in doubt: works at its default rate for most small networks |
//! | [`AdamW`] | 2 | Adam with weight decay: this one, not Adam's |
//! | [`AmsGrad`] | 3 | where Adam's steps grow again late in training |
//! | [`Adamax`] | 2 | where gradients are rare and large, as those of embeddings |
//! | [`NAdam`] | 2 | Adam that is somewhat quicker at first |
//! | [`RAdam`] | 2 | Adam without a warm-up to be set |
//! | [`RmsProp`] | 1 to 3 | what moves while it learns: reinforcement learning, recurrent networks |
//! | [`AdaGrad`] | 1 | convex problems, rare features; comes to rest by itself |
//! | [`AdaDelta`] | 2 | where no learning rate is to be chosen at all |
//! | [`Lion`] | 1 | half of Adam's memory; large batches, a rate some three to ten times less than Adam's |
//! | [`Lamb`] | 2 | batches of thousands of samples |
//! | [`Muon`] | 4 | wide dense layers and convolutions, in fewer steps than Adam; each step costs more |
//!
//! "Remembers" counts the numbers for each parameter, which are the slots that [`InPlace`] has to have. Averages of what an
//! optimizer leaves, [`Ema`](crate::train::observers::Ema), [`Swa`](crate::train::observers::Swa) and
//! [`Lookahead`](crate::train::observers::Lookahead), and the ways to clip gradients are
//! [`observers`](crate::train::observers), for loops without a trainer too. `cargo run --release --example optimizer_paths` draws
//! the paths of seven of them over a bowl and a saddle.
//!
//! Adafactor is not among them: all that it is for is to keep one number
//! for each row and column in place of Adam's second moment of each weight, which saves memory where there are billions of
//! them. In the networks that castnet is made for, what is remembered is a few kilobytes, and its steps are those of Adam,
//! less exact; where a byte for each parameter counts, [`Lion`] and plain [`Sgd`] need less than it does with momentum.
//!
//! A [`Minimizer`] asks for the loss at several places in a step, always on the same data: for data sets that are small enough
//! to be looked at whole in every step. None of them has a learning rate.
//!
//! | minimizer | remembers | when |
//! | --- | --- | --- |
//! | [`BacktrackingDescent`] | a rate | a loss that must never rise, and nothing else |
//! | [`ConjugateGradient`] | a direction | many parameters, little memory |
//! | [`Lbfgs`] | twenty vectors | if in doubt |
//! | [`LevenbergMarquardt`] | a matrix | squared errors, up to some hundred parameters: tens of steps to the last digit |
//! | [`Newton`] | a matrix | other losses, up to some hundred parameters |
//!
//! With the feature `argmin`, the solvers of that crate take a loss as an `ArgminProblem`.

mod ada_delta;
mod ada_grad;
mod adam;
mod adam_w;
mod adamax;
mod ams_grad;
#[cfg(feature = "argmin")]
mod argmin;
#[cfg(feature = "alloc")]
mod backtracking;
mod caution;
#[cfg(feature = "alloc")]
mod conjugate_gradient;
#[cfg(feature = "alloc")]
mod damped;
mod decay;
mod driver;
#[cfg(feature = "alloc")]
mod grouped;
#[cfg(feature = "alloc")]
mod groups;
mod in_place;
mod lamb;
#[cfg(feature = "alloc")]
mod lbfgs;
#[cfg(feature = "alloc")]
mod levenberg_marquardt;
#[cfg(feature = "alloc")]
mod line_search;
mod lion;
mod minimizer;
mod momentum;
mod muon;
mod n_adam;
#[cfg(feature = "alloc")]
mod newton;
mod orthogonal;
#[cfg(feature = "alloc")]
mod probe;
mod r_adam;
#[cfg(test)]
mod recorded;
mod rms_prop;
mod rule;
#[cfg(feature = "alloc")]
mod rule_state;
mod runs;
mod settings;
mod sgd;
mod state;
#[cfg(test)]
mod tests;

use driver::Driver;
use runs::Settings;

pub use ada_delta::AdaDelta;
pub use ada_grad::AdaGrad;
pub use adam::Adam;
pub use adam_w::AdamW;
pub use adamax::Adamax;
pub use ams_grad::AmsGrad;
#[cfg(feature = "argmin")]
pub use argmin::ArgminProblem;
#[cfg(feature = "alloc")]
pub use backtracking::{BacktrackingDescent, BacktrackingState};
pub use caution::Caution;
#[cfg(feature = "alloc")]
pub use conjugate_gradient::{ConjugateGradient, ConjugateGradientState};
#[cfg(feature = "alloc")]
pub use damped::{DampedState, Damping};
#[cfg(feature = "alloc")]
pub use groups::{Grouped, ParameterGroup};
pub use in_place::{InPlace, InPlaceState};
pub use lamb::Lamb;
#[cfg(feature = "alloc")]
pub use lbfgs::{Lbfgs, LbfgsState};
#[cfg(feature = "alloc")]
pub use levenberg_marquardt::LevenbergMarquardt;
#[cfg(feature = "alloc")]
pub use line_search::StrongWolfe;
pub use lion::Lion;
pub use minimizer::{Minimizer, Objective};
pub use momentum::Momentum;
pub use muon::{Muon, MuonScale};
pub use n_adam::NAdam;
#[cfg(feature = "alloc")]
pub use newton::Newton;
pub use r_adam::RAdam;
pub use rms_prop::RmsProp;
pub use rule::{Array, Rule};
#[cfg(feature = "alloc")]
pub use rule_state::RuleState;
pub use runs::trainable_runs;
pub use sgd::Sgd;
pub use state::OptimizerState;

#[cfg(feature = "alloc")]
use state::Memory as _;

use crate::{Error, Parameters, Segment};

/// What moves the parameters of a network along their gradient.
///
/// Most optimizers are a [`Rule`], which is all of this. One whose step at one parameter depends on others, such as one
/// that scales each layer by a norm, implements `Optimizer` itself.
///
/// ```
/// use castnet::optimizers::{Adam, Optimizer};
/// use castnet::prelude::*;
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
pub trait Optimizer<N: Parameters>: Send + Sync {
    /// What is remembered from step to step.
    type State: OptimizerState<N::Scalar>;

    /// The learning rate of a trainer that is given no schedule.
    const DEFAULT_RATE: f64;

    /// The state before the first step. This is where the optimizer allocates; a step does not.
    fn start(&self) -> Self::State;

    /// Moves the trainable parameters of `network` one step of learning rate `rate` along `gradient`, whatever comes of it.
    ///
    /// Frozen parameters and running statistics stay as they are: they are not even decayed.
    fn step(&self, state: &mut Self::State, network: &mut N, gradient: &N, rate: f64);

    /// Sets the momentum, or `beta1` of optimizers with moments, as a [schedule](crate::schedules::Schedule::momentum) asks for it
    /// before a step. Whether there is such a setting: without an implementation, none.
    fn set_momentum(&mut self, momentum: f64) -> bool {
        let _ = momentum;
        false
    }

    /// Checks the settings, before every step of a trainer.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether a segment stays as it is, beside those of `#[frozen]` layers. A batch norm whose running statistics both do
    /// goes by them in training.
    fn is_frozen(&self, segment: &Segment) -> bool {
        let _ = segment;
        false
    }

    /// Makes a [`step`](Optimizer::step), unless a number in the network or in the state would be infinite or NaN after it.
    /// `step` is its number in messages. A trainer makes all of its steps so.
    ///
    /// A [`Rule`] looks ahead where its bounds cannot exclude the worst. For other optimizers the step is made, and taken
    /// back if need be, from a copy of network and state that `caution` keeps; a state whose
    /// [`clone_from`](Clone::clone_from) does not allocate lets no step but the first allocate.
    ///
    /// ```
    /// use castnet::optimizers::{Caution, Optimizer, Sgd};
    /// use castnet::{Error, prelude::*};
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
    /// let (gradient, before) = (line.clone(), line.clone());
    /// let (mut state, mut caution) = (Optimizer::<Line>::start(&Sgd::default()), Caution::default());
    /// let error = Sgd::default().checked_step(&mut caution, &mut state, &mut line, &gradient, (0, 1e300)).unwrap_err();
    /// assert!(matches!(error, Error::NonFiniteUpdate { segment: "dense1.weight", .. }));
    /// assert_eq!(line.parameters(), before.parameters());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NonFiniteGradient`] and [`Error::NonFiniteUpdate`]; network and state are as before then.
    #[cfg(feature = "alloc")]
    fn checked_step(
        &self,
        caution: &mut Caution<N, Self::State>,
        state: &mut Self::State,
        network: &mut N,
        gradient: &N,
        (step, rate): (u64, f64),
    ) -> Result<(), Error>
    where
        Self: Sized,
    {
        caution::step_or_restore(self, caution, state, network, gradient, (step, rate))
    }

    /// As [`step`](Optimizer::step), but if it would make a number infinite or NaN it is not made. Without a heap there is
    /// no room to restore what a step has changed, so it is for the optimizer to look ahead.
    ///
    /// # Errors
    ///
    /// [`Error::NonFiniteGradient`] and [`Error::NonFiniteUpdate`]; network and state are as before then.
    #[cfg(not(feature = "alloc"))]
    fn checked_step(
        &self,
        caution: &mut Caution<N, Self::State>,
        state: &mut Self::State,
        network: &mut N,
        gradient: &N,
        step_and_rate: (u64, f64),
    ) -> Result<(), Error>
    where
        Self: Sized;
}

/// Every rule, applied to all trainable parameters; weight decay falls on weights only.
#[cfg(feature = "alloc")]
impl<N: Parameters, R: Rule> Optimizer<N> for R {
    type State = RuleState<N>;
    const DEFAULT_RATE: f64 = R::DEFAULT_RATE;

    fn start(&self) -> RuleState<N> {
        RuleState::start(self)
    }

    fn step(&self, state: &mut RuleState<N>, network: &mut N, gradient: &N, rate: f64) {
        if state.follow(self).is_ok() {
            alone(self).step(state, network, gradient, rate);
        }
    }

    fn set_momentum(&mut self, momentum: f64) -> bool {
        self.momentum_mut().map(|setting| *setting = momentum).is_some()
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self) -> Result<(), Error> {
        self.check_settings()
    }

    fn checked_step(
        &self,
        caution: &mut Caution<N, RuleState<N>>,
        state: &mut RuleState<N>,
        network: &mut N,
        gradient: &N,
        (step, rate): (u64, f64),
    ) -> Result<(), Error> {
        alone(self).checked_step(caution, state, network, gradient, (step, rate))
    }
}

/// A rule without groups.
fn alone<R: Rule>(rule: &R) -> Driver<'_, R, impl Fn(&Segment) -> Settings> {
    let decay = rule.weight_decay();
    Driver { rule, settings: move |segment: &Segment| Settings::of(segment, decay) }
}
