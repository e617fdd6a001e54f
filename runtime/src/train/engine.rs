//! The gradient of a batch.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use bytemuck::zeroed_box;
use pulp::{Simd, WithSimd};

use super::compare::Tally;
use super::frozen::{forget_sums, go_by_running};
use super::group::Group;
use super::scores::{Folds, Metrics};
use super::shards::Shards;
use super::stages::{merge_statistics, merge_sums};
use super::workers::Workers;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::simd::dispatch::dispatch;
use crate::simd::lanes::zip_in_place;
use crate::{Error, Network, Pass, Scalar};

/// The buffers of a training pass, and the threads that fill them.
pub(super) struct Engine<N: Network, Y, const L: usize> {
    pub workers: Workers,
    /// In a network of one stage, one for each thread; otherwise one for each lane group of a batch, because all groups
    /// finish a stage before the next.
    groups: Vec<Group<N, Y, L>>,
    /// One for each shard, of which the first becomes that of the batch. In a network of one stage on one thread two
    /// are enough: the batch's and the current shard's.
    gradients: Vec<Box<N>>,
    outcomes: Vec<Result<Tally, Error>>,
    /// Of each stage but the last, whether the layer that ends it goes by its running statistics.
    pub frozen: Vec<bool>,
}

/// Numbers that are added sooner than other threads are awake, which takes some ten microseconds.
const ADDED_ALONE: usize = 1 << 19;

/// One batch to learn from.
pub(super) struct Job<'a, N: Network, C: Loss<N>, D: ?Sized> {
    pub network: &'a N,
    pub loss: &'a C,
    pub batch: &'a Batch<'a, D>,
    pub pass: Pass,
    /// What to score the outputs by meanwhile.
    pub metrics: Metrics<'a, N, C::Target>,
}

impl<N: Network, Y: Copy + Send + Sync + 'static, const L: usize> Engine<N, Y, L> {
    pub fn new(workers: Workers, samples: usize) -> Self {
        let (groups, gradients, outcomes) = (Vec::new(), Vec::new(), Vec::new());
        let mut engine = Self { workers, groups, gradients, outcomes, frozen: vec![false; N::STAGES - 1] };
        engine.reserve(samples);
        engine
    }

    /// Makes room for batches of `samples`.
    pub fn reserve(&mut self, samples: usize) {
        let shards = Shards::most::<N, L>(samples.max(1));
        let (groups, gradients) = match (N::STAGES, self.workers.count()) {
            (1, 1) => (1, 2),
            (1, threads) => (threads, shards),
            _ => (samples.max(1).div_ceil(L), shards),
        };
        for _ in self.groups.len()..groups {
            self.groups.push(Group::new());
        }
        for _ in self.gradients.len()..gradients {
            self.gradients.push(zeroed_box());
        }
        self.outcomes.resize_with(self.gradients.len(), || Ok(Tally::EMPTY));
    }

    /// The gradient of the last batch.
    pub fn gradient(&self) -> &N {
        &self.gradients[0]
    }

    /// The gradient of the last batch, to change.
    pub fn gradient_mut(&mut self) -> &mut N {
        &mut self.gradients[0]
    }

    /// The activations of the first lane group of the last batch.
    pub fn first_trace(&mut self) -> &mut N::Trace<L> {
        &mut self.groups[0].trace
    }

    /// Adds what was folded over the last batch.
    pub fn collect_scores(&mut self, metrics: Metrics<'_, N, Y>, folds: &mut Folds) {
        for scored in self.groups.iter_mut().filter_map(|group| group.scored.take()) {
            folds.merge::<N, _>(metrics, scored.folds);
        }
    }

    /// Computes the gradient of a batch's mean loss.
    pub fn learn<C, D>(&mut self, job: &Job<'_, N, C, D>) -> Result<Tally, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        self.reserve(job.batch.len());
        self.groups.iter_mut().for_each(|group| group.start_scores(job.metrics));
        let shards = Shards::of::<N, L>(job.batch.len());
        if N::STAGES > 1 {
            self.learn_in_stages(job, shards)
        } else if self.workers.count() > 1 {
            self.learn_at_once(job, shards)
        } else {
            self.learn_in_turn(job, shards)
        }
    }

    /// What a batch amounts to, without its gradient where this spares work: in a network of one stage. To the bits of
    /// [`learn`](Self::learn).
    pub fn compare<C, D>(&mut self, job: &Job<'_, N, C, D>) -> Result<Tally, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        if N::STAGES > 1 {
            return self.learn(job);
        }
        self.reserve(job.batch.len());
        let shards = Shards::of::<N, L>(job.batch.len());
        let count = shards.count();
        if self.workers.count() == 1 {
            let group = &mut self.groups[0];
            let of_shard = |tally: Tally, shard| Ok(tally.and(job.compare_shard(shards, shard, group)?));
            return (0..count).try_fold(Tally::EMPTY, of_shard);
        }
        let run = count.div_ceil(self.workers.count());
        let items = self.outcomes[..count].chunks_mut(run).zip(&mut self.groups).enumerate();
        self.workers.for_each(items, |(index, (outcomes, group))| {
            for (place, outcome) in outcomes.iter_mut().enumerate() {
                *outcome = job.compare_shard(shards, index * run + place, group);
            }
        });
        self.tally(count)
    }

    /// One stage, one thread: shard by shard in the same two gradients.
    fn learn_in_turn<C, D>(&mut self, job: &Job<'_, N, C, D>, shards: Shards) -> Result<Tally, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        let (total, spare) = self.gradients.split_first_mut().expect("there is a gradient");
        let group = &mut self.groups[0];
        let mut tally = job.learn_shard(shards, 0, group, total)?;
        for shard in 1..shards.count() {
            tally = tally.and(job.learn_shard(shards, shard, group, &mut spare[0])?);
            add(total.parameters_mut(), spare[0].parameters());
        }
        Ok(tally)
    }

    /// One stage, several threads: each takes a run of shards, every shard into its own gradient.
    fn learn_at_once<C, D>(&mut self, job: &Job<'_, N, C, D>, shards: Shards) -> Result<Tally, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        let count = shards.count();
        let run = count.div_ceil(self.workers.count());
        let gradients = self.gradients[..count].chunks_mut(run).zip(self.outcomes[..count].chunks_mut(run));
        let items = gradients.zip(&mut self.groups).enumerate();
        self.workers.for_each(items, |(index, ((gradients, outcomes), group))| {
            for (place, (gradient, outcome)) in gradients.iter_mut().zip(outcomes).enumerate() {
                *outcome = job.learn_shard(shards, index * run + place, group, gradient);
            }
        });
        let tally = self.tally(count)?;
        self.add_gradients(count);
        Ok(tally)
    }

    /// Several stages: all groups finish one before any starts the next.
    fn learn_in_stages<C, D>(&mut self, job: &Job<'_, N, C, D>, shards: Shards) -> Result<Tally, Error>
    where
        C: Loss<N, Target = Y>,
        D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized,
    {
        let groups = job.batch.groups(L);
        let last = N::STAGES - 1;
        self.for_each_shard(groups, shards, |first, groups, _| {
            for (place, group) in groups.iter_mut().enumerate() {
                let pass = Pass { overwrite: place == 0, ..job.pass };
                group.load(job.batch, job.loss, pass, first + place)?;
                job.network.forward_group::<L>(0, &group.pass, &mut group.trace);
            }
            Ok(Tally::EMPTY)
        })?;
        for stage in 1..=last {
            if self.frozen[stage - 1] {
                self.groups[..groups]
                    .iter_mut()
                    .for_each(|group| go_by_running(job.network, stage - 1, &mut group.trace));
            } else {
                merge_statistics(stage - 1, &mut self.groups[..groups]);
            }
            self.for_each_shard(groups, shards, |_, groups, _| {
                for group in groups {
                    job.network.forward_group::<L>(stage, &group.pass, &mut group.trace);
                }
                Ok(Tally::EMPTY)
            })?;
        }
        let tally = self.for_each_shard(groups, shards, |_, groups, gradient| {
            let mut tally = Tally::EMPTY;
            for group in groups {
                tally = tally.and(group.compare(job.loss, job.metrics));
                job.network.backward_group::<L>(last, &group.pass, &mut group.trace, gradient);
            }
            Ok(tally)
        })?;
        for stage in (0..last).rev() {
            if self.frozen[stage] {
                self.groups[..groups].iter_mut().for_each(|group| forget_sums::<N, L>(stage, &mut group.trace));
            } else {
                merge_sums(stage, &mut self.groups[..groups]);
            }
            self.for_each_shard(groups, shards, |_, groups, gradient| {
                for group in groups {
                    job.network.backward_group::<L>(stage, &group.pass, &mut group.trace, gradient);
                }
                Ok(Tally::EMPTY)
            })?;
        }
        self.add_gradients(shards.count());
        Ok(tally)
    }

    /// Calls `work` with the number of the shard's first group, its groups and its gradient, for every shard.
    fn for_each_shard(
        &mut self,
        groups: usize,
        shards: Shards,
        work: impl Fn(usize, &mut [Group<N, Y, L>], &mut N) -> Result<Tally, Error> + Sync,
    ) -> Result<Tally, Error> {
        let groups = self.groups[..groups].chunks_mut(shards.size);
        let items = groups.zip(&mut self.gradients).zip(&mut self.outcomes).enumerate();
        self.workers.for_each(items, |(shard, ((groups, gradient), outcome))| {
            *outcome = work(shard * shards.size, groups, gradient);
        });
        self.tally(shards.count())
    }

    /// What the shards amount to, or the error of the first that has one.
    fn tally(&mut self, shards: usize) -> Result<Tally, Error> {
        let outcomes = self.outcomes[..shards].iter_mut();
        outcomes
            .map(|outcome| core::mem::replace(outcome, Ok(Tally::EMPTY)))
            .try_fold(Tally::EMPTY, |sum, outcome| outcome.map(|tally| sum.and(tally)))
    }

    /// Adds the gradients of the shards to that of the first, in their order; of large networks the threads share the
    /// parameters.
    fn add_gradients(&mut self, shards: usize) {
        let (total, others) = self.gradients[..shards].split_first_mut().expect("there is a shard");
        let total = total.parameters_mut();
        if total.len() * shards <= ADDED_ALONE {
            others.iter().for_each(|other| add(total, other.parameters()));
            return;
        }
        let run = total.len().div_ceil(self.workers.count()).max(1);
        self.workers.for_each(total.chunks_mut(run).enumerate(), |(index, part)| {
            for other in &*others {
                add(part, &other.parameters()[index * run..][..part.len()]);
            }
        });
    }
}

impl<N: Network, C: Loss<N>, D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized> Job<'_, N, C, D> {
    /// The whole pass for the groups of one shard of a network of one stage; `gradient` is overwritten.
    fn learn_shard<const L: usize>(
        &self,
        shards: Shards,
        shard: usize,
        group: &mut Group<N, C::Target, L>,
        gradient: &mut N,
    ) -> Result<Tally, Error> {
        let mut tally = Tally::EMPTY;
        for (place, number) in shards.groups(shard).enumerate() {
            let pass = Pass { overwrite: place == 0, ..self.pass };
            group.load(self.batch, self.loss, pass, number)?;
            self.network.forward_group::<L>(0, &group.pass, &mut group.trace);
            tally = tally.and(group.compare(self.loss, self.metrics));
            self.network.backward_group::<L>(0, &group.pass, &mut group.trace, gradient);
        }
        Ok(tally)
    }

    /// The forward pass for the groups of one shard of a network of one stage.
    fn compare_shard<const L: usize>(
        &self,
        shards: Shards,
        shard: usize,
        group: &mut Group<N, C::Target, L>,
    ) -> Result<Tally, Error> {
        shards.groups(shard).try_fold(Tally::EMPTY, |tally, number| {
            group.load(self.batch, self.loss, self.pass, number)?;
            self.network.forward_group::<L>(0, &group.pass, &mut group.trace);
            Ok(tally.and(group.compare(self.loss, self.metrics)))
        })
    }
}

/// `total += part`.
fn add<T: Scalar>(total: &mut [T], part: &[T]) {
    dispatch::<1, _>(Add { total, part });
}

struct Add<'a, T> {
    total: &'a mut [T],
    part: &'a [T],
}

impl<T: Scalar> WithSimd for Add<'_, T> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        zip_in_place(simd, self.total, self.part, |total, part| T::add_lanes(simd, total, part));
    }
}
