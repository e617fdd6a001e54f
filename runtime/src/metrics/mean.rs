//! Metrics that are the mean of a number for each sample.

use super::Metric;

/// The mean of some numbers, one after the other; NaN of none.
///
/// ```
/// use castnet::metrics::Mean;
///
/// let mut mean = Mean::default();
/// mean.add(1.0);
/// mean.add(2.0);
/// assert_eq!(mean.value(), 1.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// The sum of the numbers.
    pub sum: f64,
    /// How many there are.
    pub count: u64,
}

impl Mean {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        self.merge(Self { sum: value, count: 1 });
    }

    /// Adds the numbers of another mean.
    pub fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// The mean.
    pub fn value(self) -> f64 {
        self.sum / self.count as f64
    }
}

impl<T, Y, F: Fn(&[T], &Y) -> f64 + Sync> Metric<T, Y> for (&'static str, F) {
    type Fold = Mean;

    fn name(&self) -> &str {
        self.0
    }

    fn start(&self) -> Mean {
        Mean::default()
    }

    fn add(&self, fold: &mut Mean, output: &[T], target: &Y) {
        fold.add(self.1(output, target));
    }

    fn merge(&self, fold: &mut Mean, other: Mean) {
        fold.merge(other);
    }

    fn finish(&self, fold: Mean) -> f64 {
        fold.value()
    }
}
