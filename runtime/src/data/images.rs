//! Images of bytes as a data set.

use super::{Dataset, FileError, Idx, Subset};
use crate::{Error, Scalar};

/// Labelled images, kept as the bytes that they came as.
///
/// A pixel becomes a number when it is gathered for a step: `(pixel / 255 - mean) / standard deviation`, with a mean and
/// a standard deviation for each channel. Kept as `f32`, MNIST would take four times the memory.
///
/// ```
/// use castnet::data::{Dataset, Images};
///
/// // Two grey images of 2x2 pixels: of a vertical line (label 0) and a horizontal one (label 1).
/// let pixels = vec![255, 0, 255, 0, /* */ 255, 255, 0, 0];
/// let images = Images::new([1, 2, 2], pixels, vec![0, 1])?.normalised(&[0.5], &[0.5])?;
///
/// let mut input = [0.0_f32; 4];
/// assert_eq!(images.sample(1, &mut input), 1);
/// assert_eq!(input, [1.0, 1.0, -1.0, -1.0]);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Images<T = f32> {
    shape: [usize; 3],
    pixels: Vec<u8>,
    labels: Vec<usize>,
    /// What each of the 256 bytes becomes, channel after channel; once if it is the same in all of them.
    values: Vec<[T; 256]>,
}

impl<T: Scalar> Images<T> {
    /// Images of `shape`: `[channels, height, width]`.
    ///
    /// `pixels` holds one image after the other, each channel by channel, row by row. Mean 0 and standard deviation 1,
    /// unless [`normalised`](Images::normalised): pixels from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] if there are not as many labels as images, and [`Error::PixelCount`] if the pixels
    /// are not those of whole images.
    pub fn new(shape: [usize; 3], pixels: Vec<u8>, labels: Vec<usize>) -> Result<Self, Error> {
        let size = shape.iter().try_fold(1, |product: usize, &side| product.checked_mul(side));
        let expected = size.and_then(|size| size.checked_mul(labels.len()));
        if expected != Some(pixels.len()) {
            let (size, expected) = (size.unwrap_or_default(), expected.unwrap_or(usize::MAX));
            return Err(if size > 0 && pixels.len().is_multiple_of(size) {
                Error::LengthMismatch { inputs: pixels.len() / size, targets: labels.len() }
            } else {
                Error::PixelCount { found: pixels.len(), expected }
            });
        }
        Ok(Self { shape, pixels, labels, values: vec![values(0.0, 1.0)] })
    }

    /// Grey images and their labels from the contents of two IDX files.
    ///
    /// # Errors
    ///
    /// [`FileError::Rank`] if the elements are not images (three dimensions) and labels (one), and
    /// [`Error::LengthMismatch`] if there are not as many of the one as of the other.
    pub fn from_idx(images: Idx, labels: Idx) -> Result<Self, FileError> {
        let [inputs, height, width] = images.of_rank()?;
        let [targets] = labels.of_rank()?;
        if inputs != targets {
            return Err(Error::LengthMismatch { inputs, targets }.into());
        }
        let labels = labels.elements().iter().map(|&label| label.into()).collect();
        Ok(Self::new([1, height, width], images.into_elements(), labels)?)
    }

    /// The same images, normalised by the `mean` and the `standard_deviation` that `pixel / 255` has in each channel.
    ///
    /// # Errors
    ///
    /// [`Error::ChannelCount`] if there is not one of both for each channel, and [`Error::Normalisation`] if a standard
    /// deviation is not greater than 0, or pixels would not become finite numbers.
    ///
    /// ```
    /// use castnet::data::Images;
    ///
    /// let images = Images::<f32>::new([1, 1, 2], vec![7, 7, 7, 7], vec![0, 1])?;
    /// let error = images.normalised(&[7.0 / 255.0], &[0.0]).unwrap_err();
    /// assert!(error.to_string().starts_with("channel 0 has a standard deviation of 0 "));
    /// # Ok::<(), castnet::Error>(())
    /// ```
    pub fn normalised(mut self, mean: &[f64], standard_deviation: &[f64]) -> Result<Self, Error> {
        let channels = self.shape[0];
        if [mean.len(), standard_deviation.len()] != [channels; 2] {
            let (means, standard_deviations) = (mean.len(), standard_deviation.len());
            return Err(Error::ChannelCount { means, standard_deviations, channels });
        }
        let tables = mean.iter().zip(standard_deviation).enumerate().map(|(channel, (&mean, &standard_deviation))| {
            let values = values(mean, standard_deviation);
            let is_right = standard_deviation > 0.0 && values.iter().all(|value: &T| value.is_finite());
            if is_right { Ok(values) } else { Err(Error::Normalisation { channel, mean, standard_deviation }) }
        });
        self.values = tables.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// `[channels, height, width]` of an image.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The bytes of image `index`, channel by channel, row by row.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn pixels(&self, index: usize) -> &[u8] {
        let size = self.size();
        &self.pixels[index * size..][..size]
    }

    /// The label of image `index`.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn label(&self, index: usize) -> usize {
        self.labels[index]
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The first `at` images, and the others: for training and validation.
    ///
    /// # Errors
    ///
    /// [`Error::SampleRange`] if there are fewer than `at` images.
    pub fn split_at(&self, at: usize) -> Result<(Subset<'_, Self>, Subset<'_, Self>), Error> {
        Dataset::split_at(self, at)
    }

    /// Checks that all labels are less than `classes`.
    ///
    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`] for the first that is not.
    pub fn check_labels(&self, classes: usize) -> Result<(), Error> {
        match self.labels.iter().position(|&label| label >= classes) {
            None => Ok(()),
            Some(sample) => Err(Error::LabelOutOfRange { sample, label: self.labels[sample], classes }),
        }
    }

    fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What each of the 256 bytes becomes in a channel.
fn values<T: Scalar>(mean: f64, standard_deviation: f64) -> [T; 256] {
    core::array::from_fn(|pixel| T::from_f64((pixel as f64 / 255.0 - mean) / standard_deviation))
}

impl<T: Scalar> Dataset for Images<T> {
    type Scalar = T;
    type Target = usize;

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn sample_shape(&self) -> &[usize] {
        &self.shape
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn sample(&self, index: usize, input: &mut [T]) -> usize {
        let size = self.size();
        assert_eq!(input.len(), size, "numbers of an image");
        let plane = size / self.shape[0].max(1);
        let channels = self.pixels(index).chunks_exact(plane.max(1)).zip(input.chunks_exact_mut(plane.max(1)));
        for ((pixels, input), values) in channels.zip(self.values.iter().cycle()) {
            for (value, &pixel) in input.iter_mut().zip(pixels) {
                *value = values[usize::from(pixel)];
            }
        }
        self.labels[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_normalised_by_its_own_numbers() {
        let pixels = vec![0, 51, 102, 255, /* */ 1, 2, 3, 4];
        let images = Images::new([2, 1, 2], pixels, vec![3, 1]).unwrap();
        let mut input = [0.0_f64; 4];
        assert_eq!(images.sample(0, &mut input), 3);
        assert_eq!(input, [0.0, 0.2, 0.4, 1.0]);

        let images = images.normalised(&[0.2, 0.4], &[0.5, 0.1]).unwrap();
        images.sample(0, &mut input);
        assert_eq!(input, [(0.0 - 0.2) / 0.5, 0.0, 0.0, (1.0 - 0.4) / 0.1]);
        assert_eq!((images.pixels(1), images.label(1), images.shape()), (&[1, 2, 3, 4][..], 1, [2, 1, 2]));
        assert_eq!((images.len(), images.is_empty(), images.split_at(1).unwrap().1.len()), (2, false, 1));
    }

    #[test]
    fn pixels_that_are_not_those_of_all_images_are_an_error() {
        let error = Images::<f32>::new([1, 2, 2], vec![0; 12], vec![0; 4]).unwrap_err();
        assert!(matches!(error, Error::LengthMismatch { inputs: 3, targets: 4 }));
        let error = Images::<f32>::new([1, 2, 2], vec![0; 13], vec![0; 3]).unwrap_err();
        assert!(error.to_string().contains("13 pixels, but 12 are expected"));
        let error = Images::<f32>::new([0, 2, 2], vec![0; 13], vec![0; 3]).unwrap_err();
        assert!(matches!(error, Error::PixelCount { found: 13, expected: 0 }));
    }

    #[test]
    fn a_shape_beyond_all_numbers_is_an_error() {
        for shape in [[usize::MAX, 2, 2], [1 << 40, 1 << 40, 1], [2, usize::MAX, 1]] {
            for labels in [vec![], vec![0], vec![0; 5]] {
                let error = Images::<f32>::new(shape, vec![0; 3], labels).unwrap_err();
                assert!(matches!(error, Error::PixelCount { found: 3, .. }), "{error}");
            }
            assert!(Images::<f32>::new(shape, vec![], vec![]).is_err());
        }
        // Many channels of no image take no memory either.
        assert!(Images::<f32>::new([usize::MAX, 1, 1], vec![], vec![]).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_normalise_is_an_error() {
        let images = || Images::<f32>::new([2, 1, 1], vec![0, 255], vec![0]).unwrap();
        let error = images().normalised(&[0.5], &[0.5, 0.5]).unwrap_err();
        assert!(error.to_string().starts_with("1 means and 2 standard deviations came with images of 2 channels"));
        for deviation in [0.0, -0.0, -1.0, f64::NAN, 1e-300, f64::MIN_POSITIVE] {
            let error = images().normalised(&[0.0; 2], &[1.0, deviation]).unwrap_err();
            assert!(matches!(error, Error::Normalisation { channel: 1, .. }), "{deviation}: {error}");
        }
        for mean in [f64::NAN, f64::INFINITY, 1e39] {
            let error = images().normalised(&[mean, 0.0], &[1.0; 2]).unwrap_err();
            assert!(matches!(error, Error::Normalisation { channel: 0, .. }), "{mean}: {error}");
        }
    }

    #[test]
    fn idx_files_that_do_not_belong_together_are_an_error() {
        let idx = |file: &[u8]| Idx::parse(file).unwrap();
        let images = idx(&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 10, 20]);
        let labels = idx(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 12]);
        let fewer = idx(&[0, 0, 8, 1, 0, 0, 0, 1, 7]);

        let good = Images::<f32>::from_idx(images.clone(), labels.clone()).unwrap();
        assert_eq!((good.len(), good.label(1), good.shape()), (2, 12, [1, 1, 1]));
        let error = Images::<f32>::from_idx(images.clone(), fewer).unwrap_err();
        assert!(matches!(error, FileError::Data(Error::LengthMismatch { inputs: 2, targets: 1 })));
        let error = Images::<f32>::from_idx(labels, images).unwrap_err();
        assert!(matches!(error, FileError::Rank { found: 1, expected: 3 }));

        assert!(good.check_labels(13).is_ok());
        let error = good.check_labels(10).unwrap_err();
        assert!(error.to_string().starts_with("sample 1 has label 12, but"));
    }
}
