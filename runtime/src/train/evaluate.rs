//! How good a network is on data that it does not learn from.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::evaluator::{Evaluator, Task};
use super::trainer::Trainer;
use super::workers::Workers;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::metrics::AnyMetric;
use crate::optimizers::Optimizer;
use crate::{Error, IntoNetwork, Network, Shape};

/// The lanes of a group in [`evaluate`], as in a trainer.
const LANES: usize = 16;

/// How good a network is on a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// How many samples there were.
    pub samples: usize,
    /// The mean loss.
    pub loss: f64,
    /// The part of the samples that were classified correctly, from 0 to 1; `None` if the loss has no classes. A sample
    /// with an output that is NaN counts as wrong.
    pub accuracy: Option<f64>,
    /// The score by each metric, in the order in which they were given.
    pub scores: Vec<Score>,
}

/// What a metric came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The metric's name.
    pub metric: String,
    /// Its value.
    pub value: f64,
}

/// The loss, accuracy and scores of a network at inference (no dropout; running statistics) on a data set; no trainer is
/// needed. It works on the calling thread; [`Trainer::evaluate`] shares the work among those of the trainer.
///
/// # Errors
///
/// [`Error::EmptyDataset`], [`Error::SampleShape`], and what is wrong with a sample: [`Error::NonFiniteInput`], or the
/// errors of the loss. Outputs that are not finite are none: they are in the loss, and in the scores.
///
/// ```
/// use castnet::losses::SoftmaxCrossEntropy;
/// use castnet::metrics::{Average, F1, TopAccuracy};
/// use castnet::{evaluate, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Three {
///         input: [2],
///         dense(3, init = zeros),
///     }
/// }
///
/// let three = Three::init(&mut StdRng::seed_from_u64(1));
/// let data = [([0.1_f32, 0.2], 0_usize), ([0.3, 0.4], 1), ([0.5, 0.6], 2), ([0.7, 0.8], 0)];
/// let evaluation = evaluate(&three, &SoftmaxCrossEntropy, &data, &[&TopAccuracy { best: 2 }, &F1(Average::Macro)])?;
/// // All classes are equally likely: the first is named.
/// assert!((evaluation.loss - 3.0_f64.ln()).abs() < 1e-6);
/// assert_eq!(evaluation.accuracy, Some(0.5));
/// assert_eq!((evaluation.scores[0].value, evaluation.scores[1].metric.as_str()), (0.75, "macro F1"));
/// # Ok::<(), castnet::Error>(())
/// ```
pub fn evaluate<'a, N, C, D>(
    network: impl IntoNetwork<&'a N>,
    loss: &C,
    data: &D,
    metrics: &[&dyn AnyMetric<N::Scalar, C::Target>],
) -> Result<Evaluation, Error>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
{
    let () = C::FITS;
    let mut evaluator = Evaluator::<N, C::Target, LANES>::new();
    let network = network.into_network();
    evaluate_by(network, loss, data, metrics, (&Workers::default(), core::slice::from_mut(&mut evaluator)))
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H> Trainer<N, C, O, L, H> {
    /// The loss and accuracy of the network at inference (no dropout; running statistics) on a data set.
    ///
    /// # Errors
    ///
    /// As [`evaluate`].
    pub fn evaluate<D>(&mut self, data: &D) -> Result<Evaluation, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        self.evaluate_with(data, &[])
    }

    /// [`evaluate`](Trainer::evaluate), and the score by each of the `metrics`.
    ///
    /// # Errors
    ///
    /// As [`evaluate`].
    ///
    /// ```
    /// use castnet::metrics::MeanAbsoluteError;
    /// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*, train::Trainer};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line {
    ///         input: [1],
    ///         dense(1, init = zeros),
    ///     }
    /// }
    ///
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default());
    /// let data = [([0.0_f32], [1.0_f32]), ([1.0], [3.0])];
    /// let evaluation = trainer.evaluate_with(&data, &[&MeanAbsoluteError])?;
    /// assert_eq!((evaluation.loss, evaluation.scores[0].value), (5.0, 2.0));
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn evaluate_with<D>(
        &mut self,
        data: &D,
        metrics: &[&dyn AnyMetric<N::Scalar, C::Target>],
    ) -> Result<Evaluation, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        evaluate_by(&*self.network, &self.loss, data, metrics, (&self.gradients.engine.workers, &mut self.evaluators))
    }
}

fn evaluate_by<N, C, D, const L: usize>(
    network: &N,
    loss: &C,
    data: &D,
    metrics: &[&dyn AnyMetric<N::Scalar, C::Target>],
    (workers, evaluators): (&Workers, &mut [Evaluator<N, C::Target, L>]),
) -> Result<Evaluation, Error>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
{
    check_data::<N, D>(data)?;
    let samples = data.len();
    let (tally, values) = Task { network, loss, batch: Batch::all(data), metrics }.run(workers, evaluators)?;
    let scores = metrics.iter().zip(values).map(|(metric, value)| Score { metric: metric.name().to_owned(), value });
    let accuracy = tally.correct.map(|correct| correct as f64 / samples as f64);
    Ok(Evaluation { samples, loss: tally.loss, accuracy, scores: scores.collect() })
}

/// Whether the network can take the samples of a data set.
pub(super) fn check_data<N: Network, D: Dataset + ?Sized>(data: &D) -> Result<(), Error> {
    if data.is_empty() {
        return Err(Error::EmptyDataset);
    }
    let found = data.sample_shape();
    // A flat sample may be a sequence or an image, and either may go to a flat input.
    let flat = found.len() == 1 || N::INPUT_SHAPE.len() == 1;
    let fits = found == N::INPUT_SHAPE
        || flat && found.iter().try_fold(1, |product: usize, &size| product.checked_mul(size)) == Some(N::INPUT_LEN);
    if fits {
        Ok(())
    } else {
        Err(Error::SampleShape { found: Shape::new(found), expected: Shape::new(N::INPUT_SHAPE) })
    }
}
