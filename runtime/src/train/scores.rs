//! Metrics over samples whose outputs lie side by side in lanes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

use crate::metrics::AnyMetric;
use crate::{Network, Parameters};

/// Metrics of the outputs of a network `N`, given targets `Y`.
pub(super) type Metrics<'a, N, Y> = &'a [&'a dyn AnyMetric<<N as Parameters>::Scalar, Y>];

/// What metrics have folded so far, one for each.
pub(super) struct Folds(pub Vec<Box<dyn Any + Send + Sync>>);

impl Folds {
    /// Over no samples.
    pub fn start<N: Network, Y>(metrics: Metrics<'_, N, Y>) -> Self {
        Self(metrics.iter().map(|metric| metric.start()).collect())
    }

    /// Adds the samples of a lane group, which are as many as targets. `room` is for one output.
    pub fn add<N: Network, Y, const L: usize>(
        &mut self,
        metrics: Metrics<'_, N, Y>,
        outputs: &[N::Scalar],
        targets: &[Y],
        room: &mut N::Output,
    ) {
        if metrics.is_empty() {
            return;
        }
        for (lane, target) in targets.iter().enumerate() {
            for (value, lanes) in room.as_mut().iter_mut().zip(outputs.chunks_exact(L)) {
                *value = lanes[lane];
            }
            for (fold, metric) in self.0.iter_mut().zip(metrics) {
                metric.add(&mut **fold, room.as_ref(), target);
            }
        }
    }

    /// Adds what was folded over the samples behind these.
    pub fn merge<N: Network, Y>(&mut self, metrics: Metrics<'_, N, Y>, others: Self) {
        for ((fold, other), metric) in self.0.iter_mut().zip(others.0).zip(metrics) {
            metric.merge(&mut **fold, other);
        }
    }

    /// The names of the metrics, with what the samples so far come to.
    pub fn values<'a, N: Network, Y>(&'a self, metrics: Metrics<'a, N, Y>) -> impl Iterator<Item = (&'a str, f64)> {
        metrics.iter().zip(&self.0).map(|(metric, fold)| (metric.name(), metric.value(&**fold)))
    }
}
