//! How good something is that is not a network.

use alloc::borrow::ToOwned;
use alloc::vec;
use alloc::vec::Vec;

use bytemuck::{Pod, Zeroable};

use super::compare::{Tally, compare};
use super::evaluate::{Evaluation, Score};
use crate::buffer::Buffer;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::metrics::AnyMetric;
use crate::{Error, Outputs, Pass, Predict, Scalar, Shape};

/// The samples that are predicted at once.
pub(crate) const LANES: usize = 16;

/// The loss, accuracy and scores on a data set of anything that predicts arrays: an [`Ensemble`](crate::ensemble::Ensemble), a baseline, or a network in a
/// [`Predictor`](crate::Predictor), for which [`evaluate`](crate::evaluate) does the same with less ado.
///
/// ```
/// use castnet::losses::SoftmaxCrossEntropy;
/// use castnet::train::evaluate_predictions;
/// use castnet::{Predictor, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Three {
///         input: [2],
///         dense(3),
///     }
/// }
///
/// let mut rng = StdRng::seed_from_u64(1);
/// let mut three = Predictor::new(Three::init(&mut rng));
/// let data = [([0.1_f32, 0.2], 0_usize), ([0.3, 0.4], 1), ([0.5, 0.6], 2), ([0.7, 0.8], 0)];
/// let evaluation = evaluate_predictions(&mut three, &SoftmaxCrossEntropy, &data, &[])?;
/// assert_eq!(evaluation.samples, 4);
/// # Ok::<(), castnet::Error>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`](crate::evaluate).
pub fn evaluate_predictions<P, T, C, D>(
    predict: &mut P,
    loss: &C,
    data: &D,
    metrics: &[&dyn AnyMetric<T, C::Target>],
) -> Result<Evaluation, Error>
where
    T: Scalar,
    P: Predict<Input: Pod + AsMut<[T]>, Output: Pod + AsRef<[T]> + Outputs<Scalar = T>> + ?Sized,
    C: Loss<P::Output>,
    D: Dataset<Scalar = T, Target = C::Target> + ?Sized,
{
    const { C::FITS }
    let mut outputs = [P::Output::zeroed(); LANES];
    let mut folds: Vec<_> = metrics.iter().map(|metric| metric.start()).collect();
    let (mut tally, mut comparison) = (Tally::EMPTY, Comparison::new(P::Output::LEN));
    for_each_group(loss, data, |pass, inputs: &[P::Input], targets| {
        let outputs = &mut outputs[..inputs.len()];
        predict.predict_batch(inputs, outputs);
        for (output, target) in outputs.iter().zip(targets) {
            for (fold, metric) in folds.iter_mut().zip(metrics) {
                metric.add(&mut **fold, output.as_ref(), target);
            }
        }
        tally = tally.and(comparison.compare(loss, pass, outputs, targets));
    })?;
    let scores = metrics.iter().zip(folds);
    let scores = scores.map(|(metric, fold)| Score { metric: metric.name().to_owned(), value: metric.finish(fold) });
    let accuracy = tally.correct.map(|correct| correct as f64 / data.len() as f64);
    Ok(Evaluation { samples: data.len(), loss: tally.loss, accuracy, scores: scores.collect() })
}

/// Calls `with` with up to [`LANES`] inputs and their targets at a time, and the pass over all of them that they are a part of.
pub(crate) fn for_each_group<T, I, O, C, D>(
    loss: &C,
    data: &D,
    mut with: impl FnMut(&Pass, &[I], &[C::Target]),
) -> Result<(), Error>
where
    T: Scalar,
    I: Pod + AsMut<[T]>,
    O: Outputs<Scalar = T>,
    C: Loss<O>,
    D: Dataset<Scalar = T, Target = C::Target> + ?Sized,
{
    let numbers = size_of::<I>() / size_of::<T>();
    check_shape(data, numbers)?;
    let batch = Batch::all(data);
    let [mut rows, mut lanes] = [(); 2].map(|()| Buffer::<T>::zeroed(numbers * LANES));
    let (mut inputs, mut targets) = (vec![I::zeroed(); LANES], Vec::with_capacity(LANES));
    for group in 0..batch.groups(LANES) {
        let real = batch.gather::<LANES>(group, &mut rows, &mut lanes, &mut targets)?;
        for (lane, (input, target)) in inputs.iter_mut().zip(&targets).enumerate() {
            loss.check(target, batch.sample(group * LANES + lane))?;
            for (number, lanes) in input.as_mut().iter_mut().zip(lanes.chunks_exact(LANES)) {
                *number = lanes[lane];
            }
        }
        with(&Pass { real, batch: batch.len(), ..Pass::inference(LANES) }, &inputs[..real], &targets);
    }
    Ok(())
}

/// Room to compare outputs with targets.
pub(crate) struct Comparison<T> {
    lanes: Buffer<T>,
    gradient: Buffer<T>,
}

impl<T: Scalar> Comparison<T> {
    /// For outputs of that many numbers.
    pub(crate) fn new(outputs: usize) -> Self {
        Self { lanes: Buffer::zeroed(outputs * LANES), gradient: Buffer::zeroed(outputs * LANES) }
    }

    /// What up to [`LANES`] outputs add to the mean loss of the pass.
    pub(crate) fn compare<O, C>(&mut self, loss: &C, pass: &Pass, outputs: &[O], targets: &[C::Target]) -> Tally
    where
        O: Outputs<Scalar = T> + AsRef<[T]>,
        C: Loss<O>,
    {
        for (lane, output) in outputs.iter().enumerate() {
            for (&number, lanes) in output.as_ref().iter().zip(self.lanes.chunks_exact_mut(LANES)) {
                lanes[lane] = number;
            }
        }
        compare::<O, C, LANES>(loss, pass, &self.lanes, targets, &mut self.gradient)
    }
}

/// Whether there are samples, of as many numbers as an input has.
fn check_shape<D: Dataset + ?Sized>(data: &D, expected: usize) -> Result<(), Error> {
    if data.is_empty() {
        return Err(Error::EmptyDataset);
    }
    let found = data.sample_shape();
    if found.iter().try_fold(1, |product: usize, &size| product.checked_mul(size)) == Some(expected) {
        return Ok(());
    }
    Err(Error::SampleShape { found: Shape::new(found), expected: Shape::new(&[expected]) })
}
