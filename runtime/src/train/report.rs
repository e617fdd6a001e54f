//! What a step says of itself.

/// What a batch says of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchLoss {
    /// The mean loss of its samples, and what [regularizers](crate::regularizers) add to it.
    pub loss: f64,
    /// The part of the loss that regularizers add.
    pub regularization: f64,
    /// How many of them were classified correctly; `None` if the loss has no classes.
    pub correct: Option<usize>,
}

impl BatchLoss {
    /// What the samples say, without a regularizer so far.
    pub(super) fn of_samples(loss: f64, correct: Option<usize>) -> Self {
        Self { loss, regularization: 0.0, correct }
    }

    /// Adds a term to the loss.
    pub fn add_regularization(&mut self, term: f64) {
        self.loss += term;
        self.regularization += term;
    }
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The step's number, counted from 0.
    pub step: u64,
    /// How many samples the batch had.
    pub samples: usize,
    /// The mean loss of the batch, before the step, and what [regularizers](crate::regularizers) add to it.
    pub loss: f64,
    /// The part of the loss that regularizers add; 0 without them.
    pub regularization: f64,
    /// How many samples were classified correctly, before the step; `None` if the loss has no classes.
    pub correct: Option<usize>,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// Whether an observer asks to stop training.
    pub stop: bool,
}

impl StepReport {
    /// Of the step that is to be made along the gradient of such a batch.
    pub(super) fn new((step, samples): (u64, usize), of_batch: BatchLoss, learning_rate: f64) -> Self {
        let BatchLoss { loss, regularization, correct } = of_batch;
        Self { step, samples, loss, regularization, correct, learning_rate, stop: false }
    }

    /// Adds a term to the loss.
    pub fn add_regularization(&mut self, term: f64) {
        self.loss += term;
        self.regularization += term;
    }

    /// The part of the samples that were classified correctly, from 0 to 1.
    pub fn accuracy(&self) -> Option<f64> {
        self.correct.map(|correct| correct as f64 / self.samples as f64)
    }
}
