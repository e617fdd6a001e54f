//! The mean absolute error, and the quantile loss that it is a case of.

use super::ElementwiseLoss;
use crate::Error;
use crate::simd::Number;

/// The mean of the absolute differences, over the outputs of a sample and the samples of a batch.
///
/// `loss = |y - t|`, with the gradient `sign(y - t)`, which is 0 where there is no difference; PyTorch's `l1_loss`. What it
/// makes small is the distance to the median of the targets. The [metric](crate::metrics::MeanAbsoluteError) of this name is the
/// same number.
///
/// ```
/// use castnet::losses::MeanAbsoluteError;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1, init = zeros) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanAbsoluteError, Sgd::default());
/// assert_eq!(trainer.step(&[[1.0], [1.0]], &[[2.0], [-1.0]])?.loss, 1.5);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl ElementwiseLoss for MeanAbsoluteError {
    #[inline(always)]
    fn value<X: Number>(&self, output: X, target: X) -> X {
        (output - target).abs()
    }
}

/// The quantile loss, also called pinball loss: it makes the output a quantile of the targets.
///
/// `loss = q (t - y)` where the target is greater, `(1 - q) (y - t)` elsewhere: Koenker and Bassett 1978, "Regression
/// Quantiles". With `q = 0.5` it is half of the absolute error; with 0.9, nine of ten targets come to lie below the output. For
/// several quantiles at once end in as many heads.
///
/// ```
/// use castnet::losses::Quantile;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Line { input: [1], dense(1, init = zeros) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, Quantile { quantile: 0.75 }, Sgd::default());
/// assert_eq!(trainer.step(&[[1.0], [1.0]], &[[2.0], [-2.0]])?.loss, (0.75 * 2.0 + 0.25 * 2.0) / 2.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// The part of the targets that is to lie below the output, above 0 and below 1.
    pub quantile: f64,
}

impl ElementwiseLoss for Quantile {
    #[inline(always)]
    fn value<X: Number>(&self, output: X, target: X) -> X {
        // (q - 1/2) (t - y) + 1/2 |t - y|
        let difference = target - output;
        difference * (self.quantile - 0.5) + difference.abs() * 0.5
    }

    fn check_settings(&self) -> Result<(), Error> {
        let value = self.quantile;
        if value > 0.0 && value < 1.0 {
            return Ok(());
        }
        Err(Error::Setting { setting: "quantile", value, expected: "above 0 and below 1" })
    }
}
