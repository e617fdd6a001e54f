//! Data sets in batches.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Dataset, Draw, gather, gather_run};
use crate::Error;

/// A data set cut into batches, epoch after epoch, each in an order of its own.
///
/// The last batch of an epoch holds what is left: no sample is dropped or taken twice. After construction nothing is
/// allocated.
///
/// ```
/// use castnet::data::Batches;
///
/// let data = [([0.0_f32], 0), ([0.1], 1), ([0.2], 2), ([0.3], 3), ([0.4], 4)];
/// let mut batches = Batches::new(&data[..], 2)?;
/// let seed = 1;
/// for epoch in 0..3 {
///     batches.shuffle(seed, epoch);
///     let mut sizes = vec![];
///     while let Some(batch) = batches.next() {
///         sizes.push(batch.len());
///     }
///     assert_eq!(sizes, [2, 2, 1]);
/// }
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Debug)]
pub struct Batches<'a, D: ?Sized> {
    data: &'a D,
    batch_size: usize,
    order: Box<[usize]>,
    taken: usize,
    /// What the samples are drawn by, if they are.
    draw: Option<Draw>,
}

impl<'a, D: Dataset + ?Sized> Batches<'a, D> {
    /// The samples of `data` in their own order, `batch_size` at a time.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyDataset`], [`Error::ZeroBatchSize`], and [`Error::TooManySamples`] if there is no memory for their
    /// order.
    pub fn new(data: &'a D, batch_size: usize) -> Result<Self, Error> {
        if data.is_empty() {
            return Err(Error::EmptyDataset);
        }
        if batch_size == 0 {
            return Err(Error::ZeroBatchSize);
        }
        let samples = data.len();
        let mut order = Vec::new();
        order.try_reserve_exact(samples).map_err(|_| Error::TooManySamples { samples })?;
        order.extend(0..samples);
        Ok(Self { data, batch_size, order: order.into(), taken: 0, draw: None })
    }

    /// How many batches make an epoch.
    pub fn count(&self) -> usize {
        self.order.len().div_ceil(self.batch_size)
    }

    /// Starts an epoch of training: in an order, and with the draws of an [augmented](super::augment) data set, that depend on
    /// `seed` and `epoch` alone.
    pub fn shuffle(&mut self, seed: u64, epoch: u64) {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&epoch.to_le_bytes());
        let mut rng = StdRng::from_seed(key);

        // From the samples' own order, so that an epoch does not depend on those before it.
        self.restart();
        // Fisher and Yates: each place, from the last, takes one of the samples that have no place yet. A place fits
        // in 32 bits wherever the samples fit in memory; `usize` would be drawn differently on 32-bit processors.
        for place in (1..self.order.len()).rev() {
            self.order.swap(place, rng.random_range(0..=place as u64) as usize);
        }
        self.draw = Some(Draw::new(seed, epoch));
    }

    /// Starts an epoch in the samples' own order, of samples as they are.
    pub fn restart(&mut self) {
        self.draw = None;
        for (place, sample) in self.order.iter_mut().enumerate() {
            *sample = place;
        }
        self.taken = 0;
    }

    /// How many samples make an epoch.
    pub fn samples(&self) -> usize {
        self.order.len()
    }

    /// How many batches are left of the epoch.
    pub fn left(&self) -> usize {
        (self.order.len() - self.taken).div_ceil(self.batch_size)
    }

    /// Goes to behind the next `samples` of the epoch, which are in no batch: to where an epoch was left. Beyond its end it
    /// is over.
    ///
    /// ```
    /// use castnet::data::Batches;
    ///
    /// let data = [([0.0_f32], 0); 10];
    /// let mut batches = Batches::new(&data, 4)?;
    /// batches.pass_over(4);
    /// assert_eq!((batches.left(), batches.next().map(|batch| batch.sample(0))), (2, Some(4)));
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn pass_over(&mut self, samples: usize) {
        self.taken = self.taken.saturating_add(samples).min(self.order.len());
    }

    /// The next batch of the epoch, or `None` at its end.
    #[allow(clippy::should_implement_trait)] // A batch borrows from the order, which an `Iterator` cannot express.
    pub fn next(&mut self) -> Option<Batch<'_, D>> {
        let rest = &self.order[self.taken..];
        let samples = &rest[..rest.len().min(self.batch_size)];
        self.taken += samples.len();
        (!samples.is_empty()).then_some(Batch { data: self.data, samples: Numbers::Listed(samples), draw: self.draw })
    }
}

/// Some samples of a data set that make one step.
#[derive(Debug)]
pub struct Batch<'a, D: ?Sized> {
    data: &'a D,
    samples: Numbers<'a>,
    draw: Option<Draw>,
}

/// Which samples.
#[derive(Clone, Debug)]
enum Numbers<'a> {
    Listed(&'a [usize]),
    Run(Range<usize>),
}

impl<'a, D: Dataset + ?Sized> Batch<'a, D> {
    /// All samples of `data` as one batch.
    pub fn all(data: &'a D) -> Self {
        Self { data, samples: Numbers::Run(0..data.len()), draw: None }
    }

    /// The samples of `data` with the given numbers as one batch.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchSample`] if a number is not less than the length of `data`.
    pub fn of(data: &'a D, samples: &'a [usize]) -> Result<Self, Error> {
        let count = data.len();
        match samples.iter().find(|&&sample| sample >= count) {
            None => Ok(Self { data, samples: Numbers::Listed(samples), draw: None }),
            Some(&sample) => Err(Error::NoSuchSample { sample, samples: count }),
        }
    }

    /// The same samples as training sees them by `draw`: [`Dataset::draw_sample`].
    pub fn drawn(self, draw: Draw) -> Self {
        Self { draw: Some(draw), ..self }
    }

    /// How many samples there are in the batch.
    pub fn len(&self) -> usize {
        match &self.samples {
            Numbers::Listed(samples) => samples.len(),
            Numbers::Run(samples) => samples.len(),
        }
    }

    /// Whether there are no samples in the batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The data set that the batch is of.
    pub fn data(&self) -> &'a D {
        self.data
    }

    /// The number in the data set of the batch's sample `place`.
    ///
    /// # Panics
    ///
    /// If `place` is not less than [`len`](Batch::len).
    #[inline]
    pub fn sample(&self, place: usize) -> usize {
        match &self.samples {
            Numbers::Listed(samples) => samples[place],
            Numbers::Run(samples) => {
                assert!(place < samples.len(), "sample {place} of a batch of {}", samples.len());
                samples.start + place
            }
        }
    }

    /// How many groups of `lanes` samples make the batch; the last one may be partly masked.
    ///
    /// # Panics
    ///
    /// If `lanes` is 0.
    pub fn groups(&self, lanes: usize) -> usize {
        self.len().div_ceil(lanes)
    }

    /// Writes lane group `group` of the batch, its samples from `group * L` on, to `lanes`: feature `i` of the group's
    /// sample `s` to `lanes[i * L + s]`, zero in masked lanes. Their targets replace what is in `targets`; as many as
    /// there are real samples, which is the number returned.
    ///
    /// `rows` is room to work, as long as `lanes`, for samples that do not lie [in memory](Dataset::in_memory). Allocates
    /// nothing if `targets` has room for `L`.
    ///
    /// # Errors
    ///
    /// [`Error::SampleLength`] and [`Error::NonFiniteInput`], with the sample's number in the data set.
    ///
    /// # Panics
    ///
    /// If the batch has no such group, or `rows` and `lanes` differ in length or are shorter than `L`.
    ///
    /// ```
    /// use castnet::data::Batch;
    ///
    /// let data = [([1.0_f32, 2.0], 'a'), ([3.0, 4.0], 'b'), ([5.0, 6.0], 'c')];
    /// let (mut lanes, mut rows, mut targets) = ([0.0; 4], [0.0; 4], Vec::with_capacity(2));
    /// let batch = Batch::all(&data[..]);
    /// assert_eq!(batch.gather::<2>(0, &mut rows, &mut lanes, &mut targets)?, 2);
    /// assert_eq!((lanes, &targets[..]), ([1.0, 3.0, 2.0, 4.0], &['a', 'b'][..]));
    /// assert_eq!(batch.gather::<2>(1, &mut rows, &mut lanes, &mut targets)?, 1);
    /// assert_eq!((lanes, &targets[..]), ([5.0, 0.0, 6.0, 0.0], &['c'][..]));
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn gather<const L: usize>(
        &self,
        group: usize,
        rows: &mut [D::Scalar],
        lanes: &mut [D::Scalar],
        targets: &mut Vec<D::Target>,
    ) -> Result<usize, Error> {
        const { assert!(L > 0, "a lane group holds at least one sample") }
        assert!(group < self.groups(L), "lane group {group} of {}", self.groups(L));
        assert_eq!(rows.len(), lanes.len(), "the room for rows is as long as the lanes");
        let first = group * L;
        let real = (self.len() - first).min(L);
        let features = lanes.len() / L;

        targets.clear();
        if let Numbers::Run(samples) = &self.samples
            && self.draw.is_none()
        {
            let start = samples.start + first;
            // Samples of another length are looked at one by one, to say which it is.
            if let Some((numbers, found)) = self.data.run_in_memory(start..start + real)
                && (numbers.len(), found.len()) == (real * features, real)
            {
                targets.extend_from_slice(found);
                gather_run::<D::Scalar, L>(numbers, lanes).map_err(|error| error.in_sample(|lane| start + lane))?;
                return Ok(real);
            }
        }
        let mut in_place: [&[D::Scalar]; L] = [&[]; L];
        for (lane, room) in rows.chunks_exact_mut(features).enumerate().take(real) {
            let sample = self.sample(first + lane);
            let drawn = self.draw.and_then(|draw| self.data.draw_sample(sample, draw, room));
            let (row, target) = if let Some(target) = drawn {
                (&*room, target)
            } else if let Some(found) = self.data.in_memory(sample) {
                found
            } else {
                let target = self.data.sample(sample, room);
                (&*room, target)
            };
            in_place[lane] = row;
            targets.push(target);
        }
        gather::<D::Scalar, L>(real, |lane| in_place[lane], lanes)
            .map_err(|error| error.in_sample(|lane| self.sample(first + lane)))?;
        Ok(real)
    }
}

impl<D: ?Sized> Clone for Batch<'_, D> {
    fn clone(&self) -> Self {
        Self { data: self.data, samples: self.samples.clone(), draw: self.draw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Samples, Subset};

    fn data(samples: usize) -> Vec<([f32; 3], usize)> {
        (0..samples).map(|sample| ([sample as f32 + 0.25; 3], sample)).collect()
    }

    /// All samples of an epoch in their order.
    fn epoch(batches: &mut Batches<'_, [([f32; 3], usize)]>) -> Vec<usize> {
        let mut samples = vec![];
        while let Some(batch) = batches.next() {
            samples.extend((0..batch.len()).map(|place| batch.sample(place)));
        }
        samples
    }

    #[test]
    fn samples_of_another_length_are_an_error() {
        let (inputs, targets) = ([[1.0_f32; 2]; 5], [0_usize; 5]);
        let data = Samples::new(&inputs, &targets).unwrap();
        let (first, _) = data.split_at(3).unwrap();
        let batch = Batch::all(&first);
        let error = batch.gather::<16>(0, &mut [0.0; 64], &mut [0.0; 64], &mut Vec::new()).unwrap_err();
        assert_eq!(error, Error::SampleLength { sample: 0, found: 2, expected: 4 });
    }

    /// A data set as long as it says, whose last sample in memory is shorter than the others.
    #[derive(Debug)]
    struct Ragged(usize);

    impl Dataset for Ragged {
        type Scalar = f32;
        type Target = usize;

        fn len(&self) -> usize {
            self.0
        }
        fn sample_shape(&self) -> &[usize] {
            &[2]
        }
        fn sample(&self, _: usize, _: &mut [f32]) -> usize {
            unreachable!("all samples are in memory")
        }
        fn in_memory(&self, index: usize) -> Option<(&[f32], usize)> {
            Some((if index + 1 < self.0 { &[1.0, 2.0] } else { &[1.0] }, index))
        }
    }

    #[test]
    fn what_a_data_set_does_wrong_is_an_error_that_names_the_sample() {
        let error = Batch::all(&Ragged(7)).gather::<4>(1, &mut [0.0; 8], &mut [0.0; 8], &mut vec![]).unwrap_err();
        assert_eq!(error, Error::SampleLength { sample: 6, found: 1, expected: 2 });
        let error = Batches::new(&Ragged(usize::MAX), 32).unwrap_err();
        assert_eq!(error, Error::TooManySamples { samples: usize::MAX });
        let error = Batch::of(&Ragged(7), &[3, 7]).unwrap_err();
        assert_eq!(error, Error::NoSuchSample { sample: 7, samples: 7 });
    }

    #[test]
    fn any_data_set_can_stand_behind_a_pointer() {
        let data: Box<dyn Dataset<Scalar = f32, Target = usize>> = Box::new(data(5));
        let part = Subset::new(&*data, 2..5).unwrap();
        let mut batches = Batches::new(&part, 2).unwrap();
        assert_eq!(batches.next().map(|batch| batch.len()), Some(2));
    }

    #[test]
    fn an_epoch_has_every_sample_once_and_depends_on_seed_and_number_alone() {
        let data = data(103);
        let mut batches = Batches::new(&data[..], 10).unwrap();
        assert_eq!(batches.count(), 11);
        assert!(epoch(&mut batches).into_iter().eq(0..103));

        batches.shuffle(7, 1);
        let second = epoch(&mut batches);
        let mut sorted = second.clone();
        sorted.sort();
        assert!(sorted.into_iter().eq(0..103));

        batches.shuffle(7, 0);
        let first = epoch(&mut batches);
        batches.shuffle(8, 1);
        let other = epoch(&mut batches);
        batches.shuffle(7, 1);
        assert_eq!(epoch(&mut batches), second);
        assert!(first != second && other != second && first != other);

        batches.restart();
        assert!(epoch(&mut batches).into_iter().eq(0..103));
    }

    #[test]
    fn every_first_place_is_as_likely() {
        let data = data(4);
        let mut batches = Batches::new(&data[..], 1).unwrap();
        let mut counts = [0; 4];
        for number in 0..4_000 {
            batches.shuffle(1, number);
            counts[epoch(&mut batches)[0]] += 1;
        }
        // Five standard deviations of a binomial distribution: 5 * sqrt(4000 * 1/4 * 3/4).
        assert!(counts.iter().all(|&count: &i32| (count - 1_000).abs() < 137), "{counts:?}");
    }

    #[test]
    fn groups_hold_the_samples_of_the_batch() {
        let data = data(40);
        let mut batches = Batches::new(&data[..], 21).unwrap();
        batches.shuffle(3, 0);
        let (mut rows, mut lanes, mut targets) = (vec![0.0; 24], vec![0.0; 24], Vec::with_capacity(8));
        let room = targets.as_ptr();
        while let Some(batch) = batches.next() {
            let mut first = 0;
            for group in 0..batch.groups(8) {
                let real = batch.gather::<8>(group, &mut rows, &mut lanes, &mut targets).unwrap();
                assert_eq!(targets.len(), real);
                for lane in 0..8 {
                    let expected = if lane < real { targets[lane] as f32 + 0.25 } else { 0.0 };
                    assert!((0..3).all(|feature| lanes[feature * 8 + lane] == expected));
                }
                assert!(targets.iter().zip(first..).all(|(&target, place)| target == batch.sample(place)));
                first += real;
            }
            assert_eq!(first, batch.len());
        }
        assert_eq!(room, targets.as_ptr());
    }

    #[test]
    fn an_error_names_the_sample_by_its_number_in_the_data() {
        let mut data = data(12);
        data[9].0[2] = f32::NAN;
        let order = [0, 3, 9, 1];
        let batch = Batch::of(&data[..], &order).unwrap();
        let error = batch.gather::<2>(1, &mut [0.0; 6], &mut [0.0; 6], &mut vec![]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "sample 9 has NaN as its feature 2, but inputs must be finite numbers: clean the sample, or leave it out"
        );
    }

    #[test]
    fn nothing_cannot_be_cut_into_batches() {
        assert!(matches!(Batches::new(&data(0)[..], 10), Err(Error::EmptyDataset)));
        assert!(matches!(Batches::new(&data(3)[..], 0), Err(Error::ZeroBatchSize)));
        assert!(Batch::all(&data(0)[..]).is_empty());
    }
}
