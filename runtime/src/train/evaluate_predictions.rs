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
const LANES: usize = 16;

/// The loss, accuracy and scores on a data set of anything that predicts arrays: an ensemble, a baseline, or a network in a
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
/// /// The mean of what several networks say.
/// struct Ensemble(Vec<Predictor<Box<Three>>>);
///
/// impl Predict for Ensemble {
///     type Input = [f32; 2];
///     type Output = [f32; 3];
///
///     fn predict_batch(&mut self, inputs: &[[f32; 2]], outputs: &mut [[f32; 3]]) {
///         let count = self.0.len() as f32;
///         for (input, output) in inputs.iter().zip(outputs) {
///             let all = self.0.iter_mut().map(|network| network.predict(input));
///             *output = all.fold([0.0; 3], |sum, one| std::array::from_fn(|class| sum[class] + one[class] / count));
///         }
///     }
/// }
///
/// let mut rng = StdRng::seed_from_u64(1);
/// let mut ensemble = Ensemble((0..5).map(|_| Predictor::new(Three::init(&mut rng))).collect());
/// let data = [([0.1_f32, 0.2], 0_usize), ([0.3, 0.4], 1), ([0.5, 0.6], 2), ([0.7, 0.8], 0)];
/// let evaluation = evaluate_predictions(&mut ensemble, &SoftmaxCrossEntropy, &data, &[])?;
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
    let [inputs, outputs] = [size_of::<P::Input>(), size_of::<P::Output>()].map(|bytes| bytes / size_of::<T>());
    check_shape(data, inputs)?;
    let batch = Batch::all(data);
    let [mut rows, mut lanes] = [(); 2].map(|()| Buffer::<T>::zeroed(inputs * LANES));
    let [mut output_lanes, mut gradient] = [(); 2].map(|()| Buffer::<T>::zeroed(outputs * LANES));
    let (mut inputs, mut outputs) = (vec![P::Input::zeroed(); LANES], vec![P::Output::zeroed(); LANES]);
    let mut targets = Vec::with_capacity(LANES);
    let mut folds: Vec<_> = metrics.iter().map(|metric| metric.start()).collect();
    let mut tally = Tally::EMPTY;
    for group in 0..batch.groups(LANES) {
        let real = batch.gather::<LANES>(group, &mut rows, &mut lanes, &mut targets)?;
        for (lane, (input, target)) in inputs.iter_mut().zip(&targets).enumerate() {
            loss.check(target, batch.sample(group * LANES + lane))?;
            for (number, lanes) in input.as_mut().iter_mut().zip(lanes.chunks_exact(LANES)) {
                *number = lanes[lane];
            }
        }
        predict.predict_batch(&inputs[..real], &mut outputs[..real]);
        for (lane, (output, target)) in outputs.iter().zip(&targets).enumerate() {
            for (&number, lanes) in output.as_ref().iter().zip(output_lanes.chunks_exact_mut(LANES)) {
                lanes[lane] = number;
            }
            for (fold, metric) in folds.iter_mut().zip(metrics) {
                metric.add(&mut **fold, output.as_ref(), target);
            }
        }
        let pass = Pass { real, batch: batch.len(), ..Pass::inference(LANES) };
        tally = tally.and(compare::<P::Output, C, LANES>(loss, &pass, &output_lanes, &targets, &mut gradient));
    }
    let scores = metrics.iter().zip(folds);
    let scores = scores.map(|(metric, fold)| Score { metric: metric.name().to_owned(), value: metric.finish(fold) });
    let accuracy = tally.correct.map(|correct| correct as f64 / data.len() as f64);
    Ok(Evaluation { samples: data.len(), loss: tally.loss, accuracy, scores: scores.collect() })
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
