//! Schedules written as closures.

use super::Schedule;

/// A closure of the step's number, as a schedule.
///
/// ```
/// use castnet::schedules::{Function, Schedule};
///
/// let exponential = Function(|step| 0.1 * 0.99_f64.powf(step as f64));
/// assert_eq!(exponential.rate(0), 0.1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Function<F: Fn(u64) -> f64>(pub F);

impl<F: Fn(u64) -> f64 + Clone + Send + Sync + 'static> Schedule for Function<F> {
    fn rate(&self, step: u64) -> f64 {
        self.0(step)
    }
}
