//! How the lane groups of a batch are shared out.

use core::ops::Range;

use crate::Network;

/// More shards could keep more threads busy; each costs a gradient in memory.
const MAX_SHARDS: usize = 16;

/// A shard's own gradient is written and added to that of the batch: that moves about as many bytes as take the time of ten
/// multiply-adds per parameter. With this many of them per parameter in its groups, a shard costs 3 % of its work.
const WORK_PER_PARAMETER: u64 = 384;

/// The shards of a batch: runs of lane groups whose gradients are summed apart, and then added up in their order.
///
/// They depend on the network and on the number of groups alone: that is why the result is the same to the last bit
/// whatever the number of threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shards {
    groups: usize,
    /// Lane groups in every shard but the last, which may have fewer.
    pub size: usize,
}

impl Shards {
    /// The shards of a batch of `samples`.
    pub fn of<N: Network, const L: usize>(samples: usize) -> Self {
        let groups = samples.div_ceil(L);
        Self { groups, size: groups.div_ceil(MAX_SHARDS).max(smallest_size::<N, L>()) }
    }

    /// The most that a batch of up to `samples` has. A smaller batch may have more shards than a larger one: 16 groups
    /// make 16 shards of one, 17 make 9 of two.
    pub fn most<N: Network, const L: usize>(samples: usize) -> usize {
        samples.div_ceil(L).div_ceil(smallest_size::<N, L>()).min(MAX_SHARDS)
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.groups.div_ceil(self.size)
    }

    /// The lane groups of one of them.
    pub fn groups(self, shard: usize) -> Range<usize> {
        shard * self.size..self.groups.min((shard + 1) * self.size)
    }
}

/// The fewest lane groups that are worth a shard.
fn smallest_size<N: Network, const L: usize>() -> usize {
    let multiply_adds: u64 = N::LAYERS.iter().map(|layer| layer.multiply_adds).sum();
    // Forward, and backward to the inputs and to the weights.
    let work = 3 * multiply_adds * L as u64;
    let wanted = WORK_PER_PARAMETER * N::TRAINABLE_COUNT as u64;
    wanted.div_ceil(work.max(1)).clamp(1, usize::MAX as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Affine;

    #[test]
    fn shards_cover_the_groups_in_order() {
        for samples in [1, 16, 17, 100, 1_000, 10_000] {
            let shards = Shards::of::<Affine<false>, 16>(samples);
            assert!((1..=MAX_SHARDS).contains(&shards.count()));
            let mut next = 0;
            for shard in 0..shards.count() {
                let groups = shards.groups(shard);
                assert_eq!(groups.start, next);
                assert!(!groups.is_empty());
                next = groups.end;
            }
            assert_eq!(next, samples.div_ceil(16));
        }
    }

    #[test]
    fn no_smaller_batch_has_more_shards_than_the_most() {
        for capacity in [1, 100, 1_024, 1_600, 10_000] {
            let most = Shards::most::<Affine<false>, 1>(capacity);
            assert!((1..=capacity).all(|samples| Shards::of::<Affine<false>, 1>(samples).count() <= most));
        }
    }

    #[test]
    fn small_batches_of_a_dense_network_are_not_cut() {
        assert_eq!(Shards::of::<Affine<false>, 16>(64).count(), 1);
        assert_eq!(Shards::of::<Affine<false>, 16>(1_024).count(), 6);
    }
}
