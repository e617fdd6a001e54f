//! A staircase whose stairs are listed.

use super::Schedule;
use crate::math;

/// The rate is multiplied by `factor` at every milestone.
///
/// `rate(step) = rate * factor^(how many milestones are at most step)`: PyTorch's `MultiStepLR`. The milestones are an array,
/// or anything else that has a slice of them.
///
/// ```
/// use castnet::schedules::{MultiStepDecay, Schedule};
///
/// // ResNet's: a tenth after epochs 30 and 60 (He et al. 2016), of 10 steps each.
/// let schedule = MultiStepDecay { rate: 0.1, factor: 0.1, milestones: [30, 60] }.per_epoch(10);
/// let rates = [299, 300, 600].map(|step| schedule.rate(step));
/// assert!(rates.iter().zip([0.1, 0.01, 0.001]).all(|(rate, expected)| (rate - expected).abs() < 1e-15));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiStepDecay<M> {
    /// The rate before the first milestone.
    pub rate: f64,
    /// What the rate is multiplied by.
    pub factor: f64,
    /// The first steps of the lower rates, in any order.
    pub milestones: M,
}

impl<M: AsRef<[u64]> + Clone + Send + Sync + 'static> Schedule for MultiStepDecay<M> {
    fn rate(&self, step: u64) -> f64 {
        let passed = self.milestones.as_ref().iter().filter(|&&milestone| milestone <= step).count();
        self.rate * math::powf(self.factor, passed as f64)
    }
}
