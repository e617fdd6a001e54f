//! Random draws for samples.

use core::convert::Infallible;

use rand::TryRng;

use super::Dataset;
use crate::random::{GAMMA, scatter};

/// What random numbers of samples are drawn by: a seed and an epoch.
///
/// Together with the number of a sample they say which numbers are drawn for it, and nothing else does: not the batch that
/// it is in, nor who gathers it. So training on augmented data comes to the same bits on any number of threads, and also if
/// it is stopped anywhere and goes on.
///
/// ```
/// use castnet::data::Draw;
/// use rand::RngExt;
///
/// let draw = Draw::new(1, 0);
/// let number = |draw: Draw, sample| draw.rng(sample).random_range(0..1_000_000);
/// assert_eq!(number(draw, 5), number(draw, 5));
/// assert_ne!(number(draw, 5), number(draw, 6));
/// assert_ne!(number(draw, 5), number(Draw::new(1, 1), 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    seed: u64,
    epoch: u64,
    /// How many data sets this one is in, each of which draws numbers of its own.
    depth: u64,
}

impl Draw {
    /// The draws of an epoch, counted from 0.
    pub const fn new(seed: u64, epoch: u64) -> Self {
        Self { seed, epoch, depth: 0 }
    }

    /// The random numbers of a sample.
    pub fn rng(self, sample: usize) -> DrawRng {
        // Apart from other uses of a seed.
        const DATA: u64 = 0x6461_7461;
        let parts = [DATA, self.epoch, self.depth, sample as u64];
        DrawRng { counter: parts.into_iter().fold(scatter(self.seed), |key, part| scatter(key ^ part)) }
    }

    /// Sample `index` of a data set within the one that draws, as training sees it: what a data set that changes the samples
    /// of another begins with. The numbers that the two draw are independent.
    ///
    /// # Panics
    ///
    /// As [`Dataset::sample`].
    pub fn sample<D: Dataset + ?Sized>(self, data: &D, index: usize, input: &mut [D::Scalar]) -> D::Target {
        let within = Self { depth: self.depth + 1, ..self };
        data.draw_sample(index, within, input).unwrap_or_else(|| data.sample(index, input))
    }
}

/// The random numbers of one sample in one epoch: those of SplitMix64 (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom
/// Number Generators"), whose counter starts where [`Draw::rng`] says.
#[derive(Debug)]
pub struct DrawRng {
    counter: u64,
}

impl TryRng for DrawRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|bits| (bits >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let bits = scatter(self.counter);
        self.counter = self.counter.wrapping_add(GAMMA);
        Ok(bits)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for bytes in bytes.chunks_mut(8) {
            bytes.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..bytes.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt};

    use super::*;

    #[test]
    fn numbers_are_those_of_split_mix_64() {
        // The first outputs for the seed 1234567, as published with the reference implementation.
        let mut rng = DrawRng { counter: 1_234_567 };
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([(); 3].map(|()| rng.next_u64()), expected);
        let (mut rng, mut bytes) = (DrawRng { counter: 1_234_567 }, [0; 11]);
        rng.fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], expected[0].to_le_bytes());
        assert_eq!(bytes[8..], expected[1].to_le_bytes()[..3]);
        assert_eq!(u64::from(DrawRng { counter: 1_234_567 }.next_u32()), expected[0] >> 32);
    }

    #[test]
    fn seed_epoch_sample_and_depth_draw_each_their_own() {
        let first = |draw: Draw, sample| draw.rng(sample).next_u64();
        let draw = Draw::new(3, 5);
        let deeper = Draw { depth: 1, ..draw };
        let numbers = [
            first(draw, 0),
            first(draw, 1),
            first(Draw::new(5, 3), 0),
            first(Draw::new(3, 6), 0),
            first(Draw::new(2, 5), 0),
            first(deeper, 0),
            first(deeper, 1),
        ];
        for (index, number) in numbers.iter().enumerate() {
            assert!(!numbers[..index].contains(number), "{index}");
        }
    }

    #[test]
    fn numbers_of_neighbouring_samples_are_even() {
        // The mean of 10,000 uniform numbers is within five of its standard deviations, and so is that of the products of
        // neighbours, which shows whether they go together.
        let numbers: Vec<f64> = (0..10_001).map(|sample| Draw::new(1, 2).rng(sample).random()).collect();
        let mean = numbers[1..].iter().sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 5.0 * (1.0_f64 / 12.0 / 1e4).sqrt(), "{mean}");
        let product = numbers.windows(2).map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5)).sum::<f64>() / 1e4;
        assert!(product.abs() < 5.0 / 12.0 / 100.0, "{product}");
    }
}
