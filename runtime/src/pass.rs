//! What a forward or backward pass knows besides the numbers.

/// How one lane group takes part in a pass over a batch.
///
/// ```
/// use castnet::Pass;
///
/// // Four samples by hand: a lane group of 16 of which four are real.
/// let pass = Pass { real: 4, batch: 4, ..Pass::training(16) };
/// assert!(pass.training);
/// assert_eq!(Pass::inference(16).real, 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// In training, dropout drops and batch norm takes the statistics of the batch; at inference neither does.
    pub training: bool,
    /// Whether the backward pass computes the gradient of the loss in the network's input as well;
    /// [`Trace::input_gradient`](crate::Trace::input_gradient) panics after one that does not.
    pub input_gradient: bool,
    /// Whether the backward pass overwrites the gradient in the parameters, as the first of a sum, instead of adding to it.
    pub overwrite: bool,
    /// Seed of the random numbers of the pass.
    pub seed: u64,
    /// Number of the optimizer step that the pass belongs to. Random numbers come from (seed, step, sample).
    pub step: u64,
    /// Number in the batch of the sample in the first lane.
    pub first_sample: u64,
    /// Lanes that hold samples: the first `real` ones. The others are masked and leave no trace in any gradient.
    pub real: usize,
    /// Samples in the whole batch, over all of its lane groups.
    pub batch: usize,
}

impl Pass {
    /// A training pass over a batch of one full lane group.
    pub const fn training(lanes: usize) -> Self {
        Self {
            training: true,
            input_gradient: false,
            overwrite: false,
            seed: 0,
            step: 0,
            first_sample: 0,
            real: lanes,
            batch: lanes,
        }
    }

    /// A pass over one full lane group that computes what [`predict`](crate::Infer::predict) would.
    pub const fn inference(lanes: usize) -> Self {
        Self { training: false, ..Self::training(lanes) }
    }
}

/// Whether a lane group can have `lanes` samples: those numbers are tested, and fill whole registers or none.
pub(crate) const fn is_lane_count(lanes: usize) -> bool {
    matches!(lanes, 1 | 8 | 16 | 32)
}
