//! The gradient of several batches.

use alloc::boxed::Box;
use core::fmt::{self, Debug, Formatter};

use super::StateVisitor;
use super::report::BatchLoss;
use crate::{Network, Scalar};

/// Adds up the gradients of batches, so that one step learns from all of them: gradient accumulation.
///
/// Every sample counts alike, whatever batch it is in, so the gradient is that of one large batch but for rounding, and but
/// for batch norm, which takes each batch by itself. A batch of castnet's needs no more memory the larger it is, unless the
/// network has batch norm, so this is for data that come in pieces, and for large batches with batch norm.
/// [`Trainer::accumulate`](super::Trainer::accumulate) and [`FitOptions::accumulation`](super::FitOptions::accumulation) do it
/// in a trainer.
///
/// ```
/// use castnet::data::{Batch, Dataset, Samples};
/// use castnet::losses::MeanSquaredError;
/// use castnet::train::{GradientSum, Gradients};
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line<f64> {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let (inputs, targets) = ([[-1.0], [0.0], [1.0]], [[-2.0], [1.0], [4.0]]);
/// let (mut gradients, mut sum) = (Gradients::new(), GradientSum::new());
/// for part in [0..2, 2..3] {
///     let samples = Samples::new(&inputs[part.clone()], &targets[part])?;
///     let of_batch = gradients.compute(&*line, &MeanSquaredError, &Batch::all(&samples), (0, 0))?;
///     sum.add(gradients.gradient(), samples.len(), of_batch);
/// }
/// let whole = Samples::new(&inputs, &targets)?;
/// let of_batch = gradients.compute(&*line, &MeanSquaredError, &Batch::all(&whole), (0, 0))?;
/// let (mean, mut of_parts) = (gradients.gradient().clone(), line.clone());
/// assert!((sum.mean(&mut *of_parts).loss - of_batch.loss).abs() < 1e-14);
/// assert!(mean.parameters().iter().zip(of_parts.parameters()).all(|(one, other)| (one - other).abs() < 1e-14));
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone)]
pub struct GradientSum<N> {
    sum: Box<N>,
    samples: usize,
    batches: u64,
    of_samples: BatchLoss,
}

impl<N: Network> Default for GradientSum<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Of no samples.
const NOTHING: BatchLoss = BatchLoss { loss: 0.0, regularization: 0.0, correct: Some(0) };

impl<N: Network> GradientSum<N> {
    /// Nothing yet. This is where the memory is allocated, as much as one network.
    pub fn new() -> Self {
        Self { sum: bytemuck::zeroed_box(), samples: 0, batches: 0, of_samples: NOTHING }
    }

    /// Shows all of it.
    pub(super) fn visit_state(&mut self, state: &mut StateVisitor<'_>) {
        let BatchLoss { loss, regularization, correct } = &mut self.of_samples;
        state.count_of("samples", &mut self.samples);
        state.count("batches", &mut self.batches);
        state.number("loss", loss);
        state.number("regularization", regularization);
        state.optional("accuracy", correct, || 0, |state, correct| state.count_of("correct", correct));
        state.network("sum", &mut *self.sum);
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many batches there are.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// Adds the gradient of a batch of so many samples, and what the loss was.
    pub fn add(&mut self, gradient: &N, samples: usize, of_batch: BatchLoss) {
        let weight = N::Scalar::from_f64(samples as f64);
        for (sum, &slope) in self.sum.parameters_mut().iter_mut().zip(gradient.parameters()) {
            *sum += weight * slope;
        }
        // What regularizers add is added when the step is made.
        self.of_samples.loss += (of_batch.loss - of_batch.regularization) * samples as f64;
        self.of_samples.correct = self.of_samples.correct.zip(of_batch.correct).map(|(one, other)| one + other);
        self.samples += samples;
        self.batches += 1;
    }

    /// Writes the mean gradient over `gradient`, and returns the mean loss; without samples nothing is written.
    pub fn mean(&self, gradient: &mut N) -> BatchLoss {
        if self.samples == 0 {
            return NOTHING;
        }
        let weight = N::Scalar::from_f64(1.0 / self.samples as f64);
        for (slope, &sum) in gradient.parameters_mut().iter_mut().zip(self.sum.parameters()) {
            *slope = weight * sum;
        }
        BatchLoss::of_samples(self.of_samples.loss / self.samples as f64, self.of_samples.correct)
    }

    /// As [`mean`](GradientSum::mean), of the samples so far and those of a batch whose gradient is in `gradient`; what is
    /// added up stays as it is.
    pub(super) fn mean_with(&self, gradient: &mut N, samples: usize, of_batch: BatchLoss) -> (usize, BatchLoss) {
        let all = self.samples + samples;
        let [before, now] = [1.0, samples as f64].map(|weight| N::Scalar::from_f64(weight / all as f64));
        for (slope, &sum) in gradient.parameters_mut().iter_mut().zip(self.sum.parameters()) {
            *slope = before * sum + now * *slope;
        }
        let loss = (self.of_samples.loss + of_batch.loss * samples as f64) / all as f64;
        let correct = self.of_samples.correct.zip(of_batch.correct).map(|(one, other)| one + other);
        (all, BatchLoss::of_samples(loss, correct))
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.sum.parameters_mut().fill(N::Scalar::ZERO);
        (self.samples, self.batches, self.of_samples) = (0, 0, NOTHING);
    }
}

/// Without the numbers, which may be millions.
impl<N> Debug for GradientSum<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { samples, batches, of_samples, .. } = self;
        let mut text = f.debug_struct("GradientSum");
        text.field("samples", samples).field("batches", batches).field("of_samples", of_samples).finish_non_exhaustive()
    }
}
