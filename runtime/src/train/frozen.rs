//! Batch norms that go by their running statistics in training, and leave them as they are: those of frozen groups.
//!
//! What a stage hands on is put right between two of them, so that the layers know nothing of it. Nothing here panics, for
//! the sake of those who learn without a heap.

use crate::{Error, Network, Pass, Role, Segment, Trace};

/// The running mean and variance of the layer that ends stage `stage`: each that has statistics ends one.
fn running<N: Network>(stage: usize) -> Option<[&'static Segment; 2]> {
    let mut running = N::SEGMENTS.iter().filter(|segment| segment.role == Role::RunningStatistic).skip(2 * stage);
    Some([running.next()?, running.next()?])
}

/// Whether `is_frozen` says so of both running statistics of the layer that ends stage `stage`.
pub(super) fn is_stage_frozen<N: Network>(stage: usize, is_frozen: impl Fn(&Segment) -> bool) -> bool {
    running::<N>(stage).is_some_and(|[mean, variance]| is_frozen(mean) && is_frozen(variance))
}

/// Whether the network can learn from a batch of so many samples; a layer that `is_frozen` does not look at the batch.
pub(super) fn check_batch_size<N: Network>(samples: usize, is_frozen: impl Fn(usize) -> bool) -> Result<(), Error> {
    let Some(first) = N::NEEDS_TWO_SAMPLES.filter(|_| samples == 1) else { return Ok(()) };
    let layer = if (0..N::STAGES - 1).any(&is_frozen) {
        (0..N::STAGES - 1).filter(|&stage| !is_frozen(stage)).find_map(layer_of_features::<N>)
    } else {
        Some(first)
    };
    layer.map_or(Ok(()), |layer| Err(Error::OneSample { layer }))
}

/// The name of the layer that ends stage `stage`, if it has one value of each channel of a sample.
fn layer_of_features<N: Network>(stage: usize) -> Option<&'static str> {
    let [mean, _] = running::<N>(stage)?;
    let (name, _) = mean.name.rsplit_once('.')?;
    let layer = N::LAYERS.iter().find(|layer| layer.name == name)?;
    layer.output_shape.iter().skip(1).all(|&size| size == 1).then_some(layer.name)
}

/// The passes of a batch that is one lane group; `is_frozen` is asked about the layer that ends a stage.
pub(super) fn forward<N: Network, const L: usize>(
    network: &N,
    trace: &mut N::Trace<L>,
    pass: &Pass,
    is_frozen: impl Fn(usize) -> bool,
) {
    for stage in 0..N::STAGES {
        network.forward_group::<L>(stage, pass, trace);
        if stage + 1 < N::STAGES && is_frozen(stage) {
            go_by_running::<N, L>(network, stage, trace);
        }
    }
}

/// The backward pass, behind [`forward`].
pub(super) fn backward<N: Network, const L: usize>(
    network: &N,
    trace: &mut N::Trace<L>,
    pass: &Pass,
    gradient: &mut N,
    is_frozen: impl Fn(usize) -> bool,
) {
    for stage in (0..N::STAGES).rev() {
        network.backward_group::<L>(stage, pass, trace, gradient);
        if let Some(before) = stage.checked_sub(1).filter(|&before| is_frozen(before)) {
            forget_sums::<N, L>(before, trace);
        }
    }
}

/// Puts the running statistics in the place of the batch's, at the end of forward stage `stage`.
pub(super) fn go_by_running<N: Network, const L: usize>(network: &N, stage: usize, trace: &mut N::Trace<L>) {
    for (segment, statistics) in running::<N>(stage).into_iter().flatten().zip(halves::<N, L>(stage, trace)) {
        let running = network.parameters().get(segment.offset..).unwrap_or_default();
        statistics.iter_mut().zip(running).for_each(|(statistic, &running)| *statistic = running);
    }
}

/// Puts them back where they came from: the running statistics have moved towards those in the trace.
pub(super) fn put_back<N: Network, const L: usize>(network: &mut N, stage: usize, trace: &mut N::Trace<L>) {
    for (segment, statistics) in running::<N>(stage).into_iter().flatten().zip(halves::<N, L>(stage, trace)) {
        let running = network.parameters_mut().get_mut(segment.offset..).unwrap_or_default();
        running.iter_mut().zip(statistics).for_each(|(running, statistic)| *running = *statistic);
    }
}

/// Running statistics do not depend on the batch: no gradient comes by way of them.
pub(super) fn forget_sums<N: Network, const L: usize>(stage: usize, trace: &mut N::Trace<L>) {
    trace.sums(stage).fill(bytemuck::Zeroable::zeroed());
}

/// The means and the variances.
fn halves<N: Network, const L: usize>(stage: usize, trace: &mut N::Trace<L>) -> core::slice::ChunksMut<'_, N::Scalar> {
    let statistics = trace.statistics(stage);
    let half = (statistics.len() / 2).max(1);
    statistics.chunks_mut(half)
}
