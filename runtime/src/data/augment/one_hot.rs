//! Labels as probabilities of classes.

use crate::data::{Dataset, Draw};
use crate::{Error, Scalar};

/// A data set of labels as one of probabilities: 1 for the class of a sample and 0 for the others, or with label smoothing
/// (Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision", section 7) `1 - s + s / CLASSES` and
/// `s / CLASSES`.
///
/// It is for losses whose targets are numbers, such as
/// [`SoftTargetCrossEntropy`](crate::losses::SoftTargetCrossEntropy), with which smoothing is PyTorch's `label_smoothing`.
/// A label that is no class becomes NaN, which is an error in every loss.
///
/// ```
/// use castnet::data::Dataset;
/// use castnet::data::augment::OneHot;
///
/// let data = [([0.5_f32], 2_usize)];
/// assert_eq!(OneHot::<_, 4>::new(&data).sample(0, &mut [0.0]), [0.0, 0.0, 1.0, 0.0]);
/// assert_eq!(OneHot::<_, 4>::smoothed(&data, 0.5)?.sample(0, &mut [0.0]), [0.125, 0.125, 0.625, 0.125]);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OneHot<D, const CLASSES: usize> {
    data: D,
    smoothing: f64,
}

impl<D: Dataset<Target = usize>, const CLASSES: usize> OneHot<D, CLASSES> {
    /// The samples of `data`, which may be a data set or a pointer to one.
    pub fn new(data: D) -> Self {
        Self { data, smoothing: 0.0 }
    }

    /// With label smoothing: this much of the probability is shared out evenly.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is not from 0 to 1.
    pub fn smoothed(data: D, smoothing: f64) -> Result<Self, Error> {
        if (0.0..=1.0).contains(&smoothing) {
            return Ok(Self { data, smoothing });
        }
        Err(Error::Setting { setting: "smoothing", value: smoothing, expected: "from 0 to 1" })
    }

    fn target(&self, label: usize) -> [D::Scalar; CLASSES] {
        if label >= CLASSES {
            return [D::Scalar::from_f64(f64::NAN); CLASSES];
        }
        let share = self.smoothing / CLASSES as f64;
        let own = 1.0 - self.smoothing + share;
        core::array::from_fn(|class| D::Scalar::from_f64(if class == label { own } else { share }))
    }
}

impl<D: Dataset<Target = usize>, const CLASSES: usize> Dataset for OneHot<D, CLASSES> {
    type Scalar = D::Scalar;
    type Target = [D::Scalar; CLASSES];

    fn len(&self) -> usize {
        self.data.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.data.sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [D::Scalar]) -> Self::Target {
        self.target(self.data.sample(index, input))
    }

    fn draw_sample(&self, index: usize, draw: Draw, input: &mut [D::Scalar]) -> Option<Self::Target> {
        self.data.draw_sample(index, draw, input).map(|label| self.target(label))
    }

    fn in_memory(&self, index: usize) -> Option<(&[D::Scalar], Self::Target)> {
        self.data.in_memory(index).map(|(input, label)| (input, self.target(label)))
    }

    fn is_quick(&self) -> bool {
        self.data.is_quick()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::augment::{Augment, HorizontalFlip};
    use crate::data::{DrawRng, Images};
    use crate::losses::{Loss, MeanSquaredError};
    use crate::testing::Affine;

    #[test]
    fn a_label_that_is_no_class_is_an_error_of_the_loss() {
        let data = [([0.5], 0_usize), ([0.25], 2)];
        let one_hot = OneHot::<_, 2>::new(&data);
        assert_eq!(one_hot.in_memory(0), Some((&[0.5][..], [1.0, 0.0])));
        let check = |index| Loss::<Affine<false>>::check(&MeanSquaredError, &one_hot.sample(index, &mut [0.0]), index);
        assert_eq!(check(0), Ok(()));
        assert!(matches!(check(1), Err(Error::NonFiniteTarget { sample: 1, output: 0, .. })));
    }

    #[test]
    fn smoothing_is_a_part() {
        for smoothing in [-0.1, 1.1, f64::NAN] {
            assert!(OneHot::<_, 2>::smoothed(&[([0.5_f32], 0_usize)], smoothing).is_err());
        }
    }

    /// Draws the label.
    struct Relabel;

    impl<T: Scalar> Augment<T, usize> for Relabel {
        fn apply(&self, _: &mut DrawRng, _: &[usize], _: &mut [T], label: &mut usize) {
            *label = 1 - *label;
        }
    }

    #[test]
    fn what_is_drawn_comes_through() {
        let images = Images::<f32>::new([1, 1, 2], vec![0, 255], vec![0]).unwrap();
        let augmented = images.augment((HorizontalFlip { probability: 1.0 }, Relabel)).unwrap();
        let one_hot = OneHot::<_, 2>::new(&augmented);
        let mut input = [0.0; 2];
        assert_eq!(one_hot.draw_sample(0, Draw::new(0, 0), &mut input), Some([0.0, 1.0]));
        assert_eq!((input, one_hot.is_quick(), one_hot.in_memory(0)), ([1.0, 0.0], true, None));
        assert_eq!((one_hot.sample(0, &mut input), input), ([1.0, 0.0], [0.0, 1.0]));
        assert_eq!(OneHot::<_, 2>::new(&images).draw_sample(0, Draw::new(0, 0), &mut input), None);
    }
}
