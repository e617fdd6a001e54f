//! Metrics of several types in one list.

use alloc::boxed::Box;
use core::any::Any;

use super::Metric;

/// A [`Metric`] whose fold has no type: what a list of metrics holds. Every metric is one.
///
/// ```
/// use castnet::metrics::{Accuracy, AnyMetric, Average, F1};
///
/// let metrics: [&dyn AnyMetric<f32, usize>; 2] = [&Accuracy, &F1(Average::Macro)];
/// assert_eq!(metrics.map(|metric| metric.name()), ["accuracy", "macro F1"]);
/// ```
pub trait AnyMetric<T, Y>: Sync {
    /// [`Metric::name`].
    fn name(&self) -> &str;

    /// [`Metric::start`].
    fn start(&self) -> Box<dyn Any + Send + Sync>;

    /// [`Metric::add`].
    ///
    /// # Panics
    ///
    /// If the fold is another metric's; so do the methods below.
    fn add(&self, fold: &mut dyn Any, output: &[T], target: &Y);

    /// [`Metric::merge`].
    fn merge(&self, fold: &mut dyn Any, other: Box<dyn Any + Send + Sync>);

    /// The number that the samples so far come to: [`Metric::finish`] of a copy.
    fn value(&self, fold: &dyn Any) -> f64;

    /// [`Metric::finish`].
    fn finish(&self, fold: Box<dyn Any + Send + Sync>) -> f64;
}

const OWN: &str = "a fold goes back to the metric that started it";

impl<T, Y, M: Metric<T, Y>> AnyMetric<T, Y> for M {
    fn name(&self) -> &str {
        Metric::name(self)
    }

    fn start(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(Metric::start(self))
    }

    fn add(&self, fold: &mut dyn Any, output: &[T], target: &Y) {
        Metric::add(self, fold.downcast_mut().expect(OWN), output, target);
    }

    fn merge(&self, fold: &mut dyn Any, other: Box<dyn Any + Send + Sync>) {
        Metric::merge(self, fold.downcast_mut().expect(OWN), *other.downcast().expect(OWN));
    }

    fn value(&self, fold: &dyn Any) -> f64 {
        Metric::finish(self, fold.downcast_ref::<M::Fold>().expect(OWN).clone())
    }

    fn finish(&self, fold: Box<dyn Any + Send + Sync>) -> f64 {
        Metric::finish(self, *fold.downcast().expect(OWN))
    }
}
