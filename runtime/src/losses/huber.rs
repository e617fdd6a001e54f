//! Losses that are squares near the target and lines far from it.

use super::ElementwiseLoss;
use crate::Error;
use crate::simd::Number;

/// A square near the target, a line beyond the distance `delta`: outliers pull no more than others.
///
/// With `d = |y - t|`: `loss = d^2 / 2` up to `delta`, `delta (d - delta / 2)` beyond; Huber 1964, "Robust Estimation of a Location
/// Parameter"; PyTorch's `huber_loss`.
///
/// ```
/// use castnet::losses::Huber;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1, init = zeros) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, Huber::default(), Sgd::default());
/// assert_eq!(trainer.step(&[[1.0], [1.0]], &[[0.5], [-3.0]])?.loss, (0.125 + 2.5) / 2.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// Where the line begins; above 0.
    pub delta: f64,
}

/// PyTorch's: 1.
impl Default for Huber {
    fn default() -> Self {
        Self { delta: 1.0 }
    }
}

impl ElementwiseLoss for Huber {
    #[inline(always)]
    fn value<X: Number>(&self, output: X, target: X) -> X {
        let distance = (output - target).abs();
        let line = (distance - self.delta / 2.0) * self.delta;
        distance.select_greater(distance.constant(self.delta), line, distance * distance * 0.5)
    }

    fn check_settings(&self) -> Result<(), Error> {
        check_positive("delta", self.delta)
    }
}

/// The absolute error with a round corner: [`Huber`] divided by its distance.
///
/// With `d = |y - t|`: `loss = d^2 / (2 beta)` up to `beta`, `d - beta / 2` beyond; Girshick 2015, "Fast R-CNN", formula 3;
/// PyTorch's `smooth_l1_loss`.
///
/// ```
/// use castnet::losses::SmoothL1;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1, init = zeros) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, SmoothL1 { beta: 0.5 }, Sgd::default());
/// assert_eq!(trainer.step(&[[1.0], [1.0]], &[[0.25], [-3.0]])?.loss, (0.0625 + 2.75) / 2.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothL1 {
    /// Where the line begins; above 0.
    pub beta: f64,
}

/// PyTorch's: 1.
impl Default for SmoothL1 {
    fn default() -> Self {
        Self { beta: 1.0 }
    }
}

impl ElementwiseLoss for SmoothL1 {
    #[inline(always)]
    fn value<X: Number>(&self, output: X, target: X) -> X {
        let distance = (output - target).abs();
        let square = distance * distance * (0.5 / self.beta);
        distance.select_greater(distance.constant(self.beta), distance - self.beta / 2.0, square)
    }

    fn check_settings(&self) -> Result<(), Error> {
        check_positive("beta", self.beta)
    }
}

/// The logarithm of the hyperbolic cosine of the difference: a square near the target, a line far from it, and smooth
/// everywhere.
///
/// `loss = ln(cosh(y - t))`, with the gradient `tanh(y - t)`; it does not overflow. Keras' `LogCosh`.
///
/// ```
/// use castnet::losses::LogCosh;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1, init = zeros) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, LogCosh, Sgd::default());
/// assert!((trainer.step(&[[1.0]], &[[0.5]])?.loss - 0.5_f64.cosh().ln()).abs() < 1e-6);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCosh;

impl ElementwiseLoss for LogCosh {
    #[inline(always)]
    fn value<X: Number>(&self, output: X, target: X) -> X {
        // ln(e^d + e^-d) - ln 2, with the larger power taken out.
        let distance = (output - target).abs();
        (distance * -2.0).softplus() + distance - core::f64::consts::LN_2
    }
}

pub(super) fn check_positive(setting: &'static str, value: f64) -> Result<(), Error> {
    let is_positive = value > 0.0 && value.is_finite();
    if is_positive { Ok(()) } else { Err(Error::Setting { setting, value, expected: "greater than 0" }) }
}
