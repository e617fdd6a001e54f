//! What lane groups tell each other between the stages of a pass.

use crate::train::group::Group;
use crate::{Network, Scalar, Trace};

/// Gives every group the means and variances of the whole batch at the end of forward stage `stage`.
///
/// With `n_g` samples, mean `m_g` and biased variance `v_g` in group `g`, and `n` samples in all: `m = sum n_g m_g / n`
/// and `v = sum n_g (v_g + (m_g - m)^2) / n` (Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample
/// Variance", for any number of groups), which does not cancel as a difference of mean squares does. The sums are taken
/// in the order of the groups, in `f64`.
pub(super) fn merge_statistics<N: Network, Y, const L: usize>(stage: usize, groups: &mut [Group<N, Y, L>]) {
    let channels = groups[0].trace.statistics(stage).len() / 2;
    for channel in 0..channels {
        let mean = weighted_mean(groups, |group| group.trace.statistics(stage)[channel].to_f64());
        let variance = weighted_mean(groups, |group| {
            let statistics = group.trace.statistics(stage);
            let distance = statistics[channel].to_f64() - mean;
            statistics[channels + channel].to_f64() + distance * distance
        });
        for group in &mut *groups {
            let statistics = group.trace.statistics(stage);
            statistics[channel] = N::Scalar::from_f64(mean);
            statistics[channels + channel] = N::Scalar::from_f64(variance);
        }
    }
}

/// The mean over the samples of something that each group has.
fn weighted_mean<N: Network, Y, const L: usize>(
    groups: &mut [Group<N, Y, L>],
    value: impl Fn(&mut Group<N, Y, L>) -> f64,
) -> f64 {
    let weighted = |group: &mut Group<N, Y, L>| group.pass.real as f64 / group.pass.batch as f64 * value(group);
    groups.iter_mut().map(weighted).sum()
}

/// Gives every group the sums of the whole batch at the end of backward stage `stage + 1`.
pub(super) fn merge_sums<N: Network, Y, const L: usize>(stage: usize, groups: &mut [Group<N, Y, L>]) {
    for index in 0..groups[0].trace.sums(stage).len() {
        let sum = groups.iter_mut().map(|group| group.trace.sums(stage)[index].to_f64()).sum();
        for group in &mut *groups {
            group.trace.sums(stage)[index] = N::Scalar::from_f64(sum);
        }
    }
}
