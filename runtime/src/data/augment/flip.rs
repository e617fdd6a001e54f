//! Images that are mirrored at random.

use rand::RngExt;

use super::{Augment, plane};
use crate::data::DrawRng;
use crate::{Error, Scalar};

/// Mirrors an image with a probability, left to right; PyTorch's `RandomHorizontalFlip`.
///
/// A sample is `[channels, height, width]`, or `[channels, length]`, which is reversed. The target stays as it is.
///
/// ```
/// use castnet::data::augment::HorizontalFlip;
/// use castnet::data::{Dataset, Draw, Images};
///
/// let images = Images::<f32>::new([1, 2, 2], vec![0, 255, 255, 255], vec![0])?;
/// let flipped = images.augment(HorizontalFlip { probability: 1.0 })?;
/// let mut input = [0.0; 4];
/// flipped.draw_sample(0, Draw::new(1, 0), &mut input);
/// assert_eq!(input, [1.0, 0.0, 1.0, 1.0]);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HorizontalFlip {
    /// How likely a sample is mirrored: from 0 to 1, 0.5 by default.
    pub probability: f64,
}

impl Default for HorizontalFlip {
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

impl<T: Scalar, Y> Augment<T, Y> for HorizontalFlip {
    /// # Errors
    ///
    /// [`Error::NoPlane`], and [`Error::Setting`] for what is no probability.
    fn check(&self, shape: &[usize]) -> Result<(), Error> {
        plane(shape)?;
        let value = self.probability;
        if (0.0..=1.0).contains(&value) {
            return Ok(());
        }
        Err(Error::Setting { setting: "probability", value, expected: "from 0 to 1" })
    }

    fn apply(&self, rng: &mut DrawRng, shape: &[usize], input: &mut [T], _: &mut Y) {
        let Ok([_, width]) = plane(shape) else { return };
        if rng.random::<f64>() < self.probability {
            input.chunks_exact_mut(width).for_each(<[T]>::reverse);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Draw, Images};

    #[test]
    fn every_row_of_every_channel_is_mirrored_as_often_as_is_said() {
        let images = Images::<f64>::new([2, 2, 3], (0..12).collect(), vec![7]).unwrap();
        let mut image = [0.0; 12];
        images.sample(0, &mut image);
        let mirrored = [2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9].map(|place: usize| image[place]);
        for (probability, range) in [(0.0, 0..1), (0.25, 180..320), (1.0, 1000..1001)] {
            let data = images.augment(HorizontalFlip { probability }).unwrap();
            let is_mirrored = |&epoch: &u64| {
                let mut input = [0.0; 12];
                assert_eq!(data.draw_sample(0, Draw::new(5, epoch), &mut input), Some(7));
                assert!(input == image || input == mirrored, "{input:?}");
                input == mirrored
            };
            let count = (0..1_000).filter(is_mirrored).count();
            assert!(range.contains(&count), "{count} of 1000 at {probability}");
        }
    }

    #[test]
    fn what_is_no_probability_is_an_error() {
        for probability in [-0.1, 1.1, f64::NAN] {
            let error = Augment::<f32, ()>::check(&HorizontalFlip { probability }, &[1, 2, 2]).unwrap_err();
            assert!(error.to_string().contains("but it must be from 0 to 1"), "{error}");
        }
    }
}
