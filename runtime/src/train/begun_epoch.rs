//! How far an epoch is.

use super::StepReport;
use super::progress::Running;

/// An epoch that a fit has begun and not finished, because it was stopped or a step was an error.
///
/// A fit of as many samples in batches of the same size, shuffled or not as this one, goes on behind what is done; any
/// other starts an epoch anew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BegunEpoch {
    /// How many samples the data set has.
    pub samples: usize,
    /// How many make a batch.
    pub batch_size: usize,
    /// Whether their order is drawn from the seed.
    pub shuffle: bool,
    /// How many have been learnt from.
    pub taken: usize,
    /// The sum of their losses, each taken before the step that learned from it.
    pub loss: f64,
    /// The part of it that regularizers added.
    pub regularization: f64,
    /// How many of them were classified correctly, likewise; `None` if the loss has no classes.
    pub correct: Option<usize>,
    /// The learning rate of the last step.
    pub learning_rate: f64,
}

impl BegunEpoch {
    /// Nothing is done yet.
    pub(super) fn new(samples: usize, batch_size: usize, shuffle: bool) -> Self {
        let (taken, loss, regularization, correct, learning_rate) = (0, 0.0, 0.0, Some(0), 0.0);
        Self { samples, batch_size, shuffle, taken, loss, regularization, correct, learning_rate }
    }

    /// Whether the batches are the same ones.
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        (self.samples, self.batch_size, self.shuffle) == (other.samples, other.batch_size, other.shuffle)
    }

    /// One more batch is done.
    pub(super) fn add(&mut self, report: &StepReport) {
        self.taken += report.samples;
        self.loss += report.loss * report.samples as f64;
        self.regularization += report.regularization * report.samples as f64;
        self.correct = self.correct.zip(report.correct).map(|(sum, correct)| sum + correct);
        self.learning_rate = report.learning_rate;
    }

    /// The means over the samples so far.
    pub(super) fn running(&self) -> Running {
        let taken = self.taken as f64;
        Running {
            loss: self.loss / taken,
            accuracy: self.correct.map(|correct| correct as f64 / taken),
            learning_rate: self.learning_rate,
        }
    }
}
