//! What a step says of itself.

/// What a batch says of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchLoss {
    /// The mean loss of its samples.
    pub loss: f64,
    /// How many of them were classified correctly; `None` if the loss has no classes.
    pub correct: Option<usize>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The step's number, counted from 0.
    pub step: u64,
    /// How many samples the batch had.
    pub samples: usize,
    /// The mean loss of the batch, before the step.
    pub loss: f64,
    /// How many samples were classified correctly, before the step; `None` if the loss has no classes.
    pub correct: Option<usize>,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// Whether an observer asks to stop training.
    pub stop: bool,
}

impl StepReport {
    /// The part of the samples that were classified correctly, from 0 to 1.
    pub fn accuracy(&self) -> Option<f64> {
        self.correct.map(|correct| correct as f64 / self.samples as f64)
    }
}
