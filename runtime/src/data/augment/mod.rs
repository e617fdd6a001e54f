//! Samples that training sees changed at random, in another way in every epoch.
//!
//! An [`Augment`] changes the numbers of one sample. [`Dataset::augment`] makes a data set of another one and an
//! augmentation, or several in a tuple, in whose order they come:
//!
//! ```
//! use castnet::data::augment::{HorizontalFlip, RandomShift};
//! use castnet::data::{Dataset, Images};
//! use castnet::train::{FitOptions, Progress, Trainer};
//! use castnet::{losses::SoftmaxCrossEntropy, optimizers::Adam, prelude::*};
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     struct Small {
//!         input: [1, 4, 4],
//!         conv2d(4, kernel = 3), relu,
//!         flatten,
//!         dense(2),
//!     }
//! }
//!
//! let pixels = (0..20 * 16).map(|pixel| (pixel % 251) as u8).collect();
//! let images = Images::new([1, 4, 4], pixels, (0..20).map(|image| image % 2).collect())?;
//! let (training, validation) = images.split_at(15)?;
//! let training = training.augment((RandomShift::by(1), HorizontalFlip::default()))?;
//!
//! let small = Small::init(&mut StdRng::seed_from_u64(1));
//! let mut trainer = Trainer::new(small, SoftmaxCrossEntropy, Adam::default()).seed(1);
//! let options = FitOptions::new(3).batch_size(4).validation(&validation).progress(Progress::Silent);
//! assert_eq!(trainer.fit(&training, options)?.epochs.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Only the batches of [`fit`](crate::train::Trainer::fit) and of [`Batches`](super::Batches) that are
//! [shuffled](super::Batches::shuffle) are changed; an evaluation sees every sample as it is, of an augmented data set too.
//! What is drawn follows from the seed, the epoch and the number of the sample alone: see [`Draw`].
//!
//! [`Mixup`] mixes two samples and their targets; for classes these are probabilities, which [`OneHot`] makes of labels and
//! [`SoftTargetCrossEntropy`](crate::losses::SoftTargetCrossEntropy) takes.

mod flip;
#[cfg(feature = "std")]
mod mixup;
mod one_hot;
mod shift;

use core::ops::Range;

pub use flip::HorizontalFlip;
#[cfg(feature = "std")]
pub use mixup::{Mix, Mixup};
pub use one_hot::OneHot;
pub use shift::RandomShift;

use super::{Dataset, Draw, DrawRng};
use crate::{Error, Scalar, Shape};

/// Changes one sample at random: numbers of scalar `T`, and a target `Y`.
///
/// ```
/// use castnet::Scalar;
/// use castnet::data::augment::Augment;
/// use castnet::data::{Dataset, Draw, DrawRng};
/// use rand::RngExt;
///
/// /// Mirrors a road and the steering angle with it, half of the time.
/// struct MirrorRoad;
///
/// impl<T: Scalar> Augment<T, [T; 1]> for MirrorRoad {
///     fn apply(&self, rng: &mut DrawRng, shape: &[usize], input: &mut [T], [angle]: &mut [T; 1]) {
///         if rng.random() {
///             let width = shape[shape.len() - 1];
///             input.chunks_exact_mut(width).for_each(<[T]>::reverse);
///             *angle = -*angle;
///         }
///     }
/// }
///
/// let roads = [([0.0_f32, 0.5, 1.0], [0.25_f32])];
/// let augmented = roads.augment(MirrorRoad)?;
/// let mirrored = (0..100).filter(|&epoch| {
///     let mut input = [0.0; 3];
///     augmented.draw_sample(0, Draw::new(1, epoch), &mut input) == Some([-0.25]) && input == [1.0, 0.5, 0.0]
/// });
/// assert!((30..70).contains(&mirrored.count()));
/// # Ok::<(), castnet::Error>(())
/// ```
pub trait Augment<T: Scalar, Y>: Sync {
    /// Checks the settings, and whether samples of `shape` ([`Dataset::sample_shape`]) can be changed.
    ///
    /// # Errors
    ///
    /// What is wrong.
    fn check(&self, shape: &[usize]) -> Result<(), Error> {
        let _ = shape;
        Ok(())
    }

    /// Changes a sample of `shape`; all that is random comes from `rng`. Allocates nothing.
    fn apply(&self, rng: &mut DrawRng, shape: &[usize], input: &mut [T], target: &mut Y);
}

/// A data set whose samples training sees changed by an augmentation: what [`Dataset::augment`] makes.
#[derive(Clone, Copy, Debug)]
pub struct Augmented<D, A> {
    data: D,
    augmentation: A,
}

impl<D: Dataset, A: Augment<D::Scalar, D::Target>> Augmented<D, A> {
    /// The samples of `data`, which may be a data set or a pointer to one.
    ///
    /// # Errors
    ///
    /// Those of [`Augment::check`].
    pub fn new(data: D, augmentation: A) -> Result<Self, Error> {
        augmentation.check(data.sample_shape())?;
        Ok(Self { data, augmentation })
    }
}

impl<D: Dataset, A: Augment<D::Scalar, D::Target>> Dataset for Augmented<D, A> {
    type Scalar = D::Scalar;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.data.len()
    }

    fn sample_shape(&self) -> &[usize] {
        self.data.sample_shape()
    }

    fn sample(&self, index: usize, input: &mut [D::Scalar]) -> D::Target {
        self.data.sample(index, input)
    }

    fn draw_sample(&self, index: usize, draw: Draw, input: &mut [D::Scalar]) -> Option<D::Target> {
        let mut target = draw.sample(&self.data, index, input);
        self.augmentation.apply(&mut draw.rng(index), self.data.sample_shape(), input, &mut target);
        Some(target)
    }

    fn in_memory(&self, index: usize) -> Option<(&[D::Scalar], D::Target)> {
        self.data.in_memory(index)
    }

    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[D::Scalar], &[D::Target])> {
        self.data.run_in_memory(samples)
    }

    fn is_quick(&self) -> bool {
        self.data.is_quick()
    }
}

macro_rules! tuple {
    ($($augmentation:ident)+) => {
        /// All of them, in their order.
        #[allow(non_snake_case)] // The augmentations have the names of their types.
        impl<T: Scalar, Y, $($augmentation: Augment<T, Y>),+> Augment<T, Y> for ($($augmentation,)+) {
            fn check(&self, shape: &[usize]) -> Result<(), Error> {
                let ($($augmentation,)+) = self;
                $($augmentation.check(shape)?;)+
                Ok(())
            }

            fn apply(&self, rng: &mut DrawRng, shape: &[usize], input: &mut [T], target: &mut Y) {
                let ($($augmentation,)+) = self;
                $($augmentation.apply(rng, shape, input, target);)+
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);

/// Height and width of what lies channel by channel in a sample; the height of `[channels, length]` is 1.
fn plane(shape: &[usize]) -> Result<[usize; 2], Error> {
    match *shape {
        [_, height, width] if height > 0 && width > 0 => Ok([height, width]),
        [_, length] if length > 0 => Ok([1, length]),
        _ => Err(Error::NoPlane { found: Shape::new(shape) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Batch, Batches, Samples, Subset};

    /// Adds what it is called by to every number and to the target.
    struct Add(f64);

    impl Augment<f64, usize> for Add {
        fn apply(&self, _: &mut DrawRng, _: &[usize], input: &mut [f64], target: &mut usize) {
            input.iter_mut().for_each(|value| *value = 2.0 * *value + self.0);
            *target += 1;
        }
    }

    const INPUTS: [[f64; 2]; 3] = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]];

    fn data() -> Samples<'static, f64, [f64; 2], usize> {
        Samples::new(&INPUTS, &[0, 10, 20]).unwrap()
    }

    fn gathered<D: Dataset<Scalar = f64, Target = usize> + ?Sized>(batch: &Batch<'_, D>) -> (Vec<f64>, Vec<usize>) {
        let (mut lanes, mut targets) = (vec![0.0; 8], Vec::new());
        batch.gather::<4>(0, &mut [0.0; 8], &mut lanes, &mut targets).unwrap();
        (lanes, targets)
    }

    #[test]
    fn training_sees_changed_samples_and_nothing_else_does() {
        let data = data();
        let augmented = data.augment((Add(1.0), Add(0.5))).unwrap();
        assert_eq!((augmented.len(), augmented.sample_shape(), augmented.is_quick()), (3, &[2][..], true));
        let plain = gathered(&Batch::all(&data));
        assert_eq!(gathered(&Batch::all(&augmented)), plain);
        assert_eq!(gathered(&Batch::all(&data).drawn(Draw::new(1, 0))), plain);

        let (lanes, targets) = gathered(&Batch::all(&augmented).drawn(Draw::new(1, 0)));
        assert_eq!(lanes, [2.5, 10.5, 18.5, 0.0, 6.5, 14.5, 22.5, 0.0]);
        assert_eq!(targets, [2, 12, 22]);

        let mut batches = Batches::new(&augmented, 3).unwrap();
        assert_eq!(batches.next().map(|batch| gathered(&batch)), Some(plain));
        batches.shuffle(1, 0);
        let mut targets = batches.next().map(|batch| gathered(&batch)).unwrap().1;
        targets.sort();
        assert_eq!(targets, [2, 12, 22]);
    }

    #[test]
    fn what_a_data_set_stands_behind_does_not_stop_its_draws() {
        let data = data();
        let augmented = data.augment(Add(1.0)).unwrap();
        let part = Subset::new(&augmented, 1..3).unwrap();
        let boxed: Box<dyn Dataset<Scalar = f64, Target = usize> + '_> = Box::new(&part);
        let (lanes, targets) = gathered(&Batch::all(&*boxed).drawn(Draw::new(1, 0)));
        assert_eq!((lanes, targets), (vec![5.0, 9.0, 0.0, 0.0, 7.0, 11.0, 0.0, 0.0], vec![11, 21]));
        let vector = vec![([0.5_f64], 1_usize)];
        assert_eq!(vector.draw_sample(0, Draw::new(1, 0), &mut [0.0]), None);
    }

    /// Notes the first number that is drawn.
    struct First;

    impl Augment<f64, usize> for First {
        fn apply(&self, rng: &mut DrawRng, _: &[usize], input: &mut [f64], _: &mut usize) {
            input.rotate_left(1);
            input[1] = rand::RngExt::random(rng);
        }
    }

    #[test]
    fn augmentations_draw_numbers_of_their_own() {
        let data = data();
        let inner = data.augment(First).unwrap();
        let outer = inner.augment(First).unwrap();
        let chained = data.augment((First, First)).unwrap();
        for set in [&outer as &dyn Dataset<Scalar = f64, Target = usize>, &chained] {
            let mut input = [0.0; 2];
            assert_eq!(set.draw_sample(1, Draw::new(1, 0), &mut input), Some(10));
            assert!(input[0] != input[1] && input.iter().all(|value| (0.0..1.0).contains(value)), "{input:?}");
        }
    }

    #[test]
    fn samples_without_rows_are_an_error() {
        let error = data().augment(RandomShift::by(0)).unwrap_err();
        assert_eq!(error, Error::NoPlane { found: Shape::new(&[2]) });
        assert!(data().augment((Add(1.0), HorizontalFlip::default())).is_err());
    }
}
