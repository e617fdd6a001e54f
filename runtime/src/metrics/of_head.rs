//! A metric of one of several heads.

use core::marker::PhantomData;

use super::Metric;
use crate::losses::Element;
use crate::{HasHead, Parameters};

/// A metric of the head of number `I` of the network `N`, whose targets are a tuple with one for each head.
///
/// ```
/// use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy};
/// use castnet::metrics::{Accuracy, MeanAbsoluteError, OfHead};
/// use castnet::{evaluate, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Player {
///         input: [2],
///         concat { policy: { dense(3, init = zeros) }, value: { dense(1, init = zeros) } },
///     }
/// }
///
/// let player = Player::init(&mut StdRng::seed_from_u64(1));
/// let data = [([0.1_f32, 0.2], (0_usize, [0.5_f32])), ([0.3, 0.4], (2, [-0.25]))];
/// let policy = OfHead::<Player, 0, _>::new("policy accuracy", Accuracy);
/// let value = OfHead::<Player, 1, _>::new("value error", MeanAbsoluteError);
/// let loss = (SoftmaxCrossEntropy, MeanSquaredError);
/// let scores = evaluate(&player, &loss, &data, &[&policy, &value])?.scores;
/// assert_eq!((scores[0].metric.as_str(), scores[0].value), ("policy accuracy", 0.5));
/// assert_eq!((scores[1].metric.as_str(), scores[1].value), ("value error", 0.375));
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct OfHead<N, const I: usize, M> {
    metric: M,
    name: &'static str,
    network: PhantomData<fn() -> N>,
}

impl<N, const I: usize, M> OfHead<N, I, M> {
    /// The metric of that head, by a name of its own.
    pub const fn new(name: &'static str, metric: M) -> Self {
        Self { metric, name, network: PhantomData }
    }
}

impl<N, const I: usize, M, Y> Metric<<N as Parameters>::Scalar, Y> for OfHead<N, I, M>
where
    N: HasHead<I>,
    Y: Element<I>,
    M: Metric<<N as Parameters>::Scalar, Y::Type>,
{
    type Fold = M::Fold;

    fn name(&self) -> &str {
        self.name
    }

    fn start(&self) -> M::Fold {
        self.metric.start()
    }

    fn add(&self, fold: &mut M::Fold, output: &[<N as Parameters>::Scalar], target: &Y) {
        let head = &N::HEADS[I];
        self.metric.add(fold, &output[head.offset..][..head.len], target.element());
    }

    fn merge(&self, fold: &mut M::Fold, other: M::Fold) {
        self.metric.merge(fold, other);
    }

    fn finish(&self, fold: M::Fold) -> f64 {
        self.metric.finish(fold)
    }
}
