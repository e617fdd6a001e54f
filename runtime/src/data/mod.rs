//! Data sets, batches, and the readers of their files.
//!
//! A [`Dataset`] gives one sample at a time. [`Batches`] puts its samples into an order and cuts it into batches, and a
//! [`Batch`] writes its samples side by side into the lanes that a network works on. Training may see samples changed at
//! random: [`augment`].

pub mod augment;
#[cfg(feature = "alloc")]
mod batches;
mod draw;
#[cfg(feature = "std")]
mod file_error;
#[cfg(feature = "std")]
pub(crate) mod files;
mod gather;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "std")]
mod idx;
#[cfg(feature = "std")]
mod images;
#[cfg(feature = "std")]
mod mnist;
mod pointers;
mod samples;
mod subset;
mod weighted;

#[cfg(feature = "alloc")]
pub use batches::{Batch, Batches};
pub use draw::{Draw, DrawRng};
#[cfg(feature = "std")]
pub use file_error::FileError;
#[cfg(feature = "std")]
pub use files::replace_file;
#[cfg(feature = "alloc")]
pub(crate) use gather::check_finite;
pub use gather::gather;
pub(crate) use gather::gather_run;
#[cfg(feature = "std")]
pub use idx::{Idx, read_idx};
#[cfg(feature = "std")]
pub use images::Images;
#[cfg(feature = "std")]
pub use mnist::Mnist;
pub use samples::{Sample, Samples, tokens};
pub use subset::Subset;
pub use weighted::Weighted;

use core::ops::Range;

use crate::{Error, Scalar};
use augment::{Augment, Augmented};

/// How a gzip file begins, and each of its members.
#[cfg(feature = "std")]
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Samples with their targets.
///
/// Anything that can write its sample number `index` into a slice is a data set; it may read it from memory, decode it,
/// or compute it. Slices, vectors and arrays of pairs are data sets, two slices together are ([`Samples`]), and so are
/// [`Images`].
///
/// ```
/// use castnet::data::Dataset;
///
/// /// Points of a parabola, computed where they are needed.
/// struct Parabola;
///
/// impl Dataset for Parabola {
///     type Scalar = f32;
///     type Target = [f32; 1];
///
///     fn len(&self) -> usize {
///         100
///     }
///     fn sample_shape(&self) -> &[usize] {
///         &[1]
///     }
///     fn sample(&self, index: usize, input: &mut [f32]) -> [f32; 1] {
///         let x = index as f32 / 50.0 - 1.0;
///         input[0] = x;
///         [x * x]
///     }
/// }
///
/// let mut input = [0.0];
/// assert_eq!(Parabola.sample(75, &mut input), [0.25]);
/// assert_eq!(input, [0.5]);
///
/// let (training, validation) = Parabola.split_at(80)?;
/// assert_eq!((training.len(), validation.len()), (80, 20));
/// # Ok::<(), castnet::Error>(())
/// ```
///
/// A pointer to a data set is one too, so that which one it is may be decided at run time:
///
/// ```
/// use castnet::data::Dataset;
///
/// fn load(name: &str) -> Box<dyn Dataset<Scalar = f32, Target = usize>> {
///     match name {
///         "one" => Box::new([([1.0], 0)]),
///         _ => Box::new(vec![([0.5], 1), ([0.25], 0)]),
///     }
/// }
///
/// let data = load("other");
/// let (training, validation) = data.split_at(1)?;
/// assert_eq!((training.len(), validation.sample(0, &mut [0.0])), (1, 0));
/// # Ok::<(), castnet::Error>(())
/// ```
pub trait Dataset: Sync {
    /// The number type of the samples: that of the network that they are for.
    type Scalar: Scalar;
    /// What the network should say of a sample: what the loss takes, a label or an array of numbers; of a loss with several
    /// parts, a tuple of what each takes.
    type Target: Copy + Send + Sync + 'static;

    /// How many samples there are.
    fn len(&self) -> usize;

    /// `[features]`, `[channels, length]` or `[channels, height, width]` of each sample.
    fn sample_shape(&self) -> &[usize];

    /// Writes the numbers of sample `index` to `input` and returns its target. Allocates nothing, and always gives the same.
    ///
    /// `input` has the length that [`sample_shape`](Dataset::sample_shape) makes; a sequence is written channel
    /// by channel, an image channel by channel, row by row.
    ///
    /// # Panics
    ///
    /// If `index` is not less than [`len`](Dataset::len), or `input` has another length.
    fn sample(&self, index: usize, input: &mut [Self::Scalar]) -> Self::Target;

    /// Writes sample `index` as training sees it in an epoch, changed at random by the numbers of `draw`, and returns its
    /// target. `None`, as it is without an implementation, if training sees the sample itself; nothing is written then.
    ///
    /// The same `index` and `draw` always have to give the same. A data set that stands for another one hands the call on; one
    /// that changes the samples of another has them from [`Draw::sample`].
    ///
    /// ```
    /// use castnet::data::{Dataset, Draw};
    /// use rand::RngExt;
    ///
    /// /// Points of a parabola, anywhere in training and at whole numbers in an evaluation.
    /// struct Parabola;
    ///
    /// impl Dataset for Parabola {
    ///     type Scalar = f64;
    ///     type Target = [f64; 1];
    ///
    ///     fn len(&self) -> usize {
    ///         10
    ///     }
    ///     fn sample_shape(&self) -> &[usize] {
    ///         &[1]
    ///     }
    ///     fn sample(&self, index: usize, input: &mut [f64]) -> [f64; 1] {
    ///         input[0] = index as f64;
    ///         [input[0] * input[0]]
    ///     }
    ///     fn draw_sample(&self, index: usize, draw: Draw, input: &mut [f64]) -> Option<[f64; 1]> {
    ///         input[0] = index as f64 + draw.rng(index).random_range(-0.5..0.5);
    ///         Some([input[0] * input[0]])
    ///     }
    /// }
    ///
    /// let (mut one, mut other) = ([0.0], [0.0]);
    /// Parabola.draw_sample(3, Draw::new(1, 0), &mut one);
    /// Parabola.draw_sample(3, Draw::new(1, 1), &mut other);
    /// assert!(one != other && (one[0] - 3.0).abs() <= 0.5 && (other[0] - 3.0).abs() <= 0.5);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`sample`](Dataset::sample).
    #[inline]
    fn draw_sample(&self, index: usize, draw: Draw, input: &mut [Self::Scalar]) -> Option<Self::Target> {
        let _ = (index, draw, input);
        None
    }

    /// The numbers of sample `index` where they lie, and its target: what [`sample`](Dataset::sample) would write and
    /// return. `None`, as it is without an implementation, if a sample is computed when it is asked for.
    ///
    /// A data set that has its samples in memory saves a copy of each. It is asked for a sample more than once, and always
    /// has to give the same answer.
    ///
    /// # Panics
    ///
    /// If `index` is not less than [`len`](Dataset::len).
    fn in_memory(&self, index: usize) -> Option<(&[Self::Scalar], Self::Target)> {
        let _ = index;
        None
    }

    /// The numbers of some samples that follow each other, where they lie one after the other, and their targets. `None`, as
    /// it is without an implementation, if they do not lie so.
    ///
    /// What [`in_memory`](Dataset::in_memory) is for one sample, at once for many.
    ///
    /// # Panics
    ///
    /// If a number in `samples` is not less than [`len`](Dataset::len).
    #[allow(clippy::type_complexity)] // Two slices.
    fn run_in_memory(&self, samples: Range<usize>) -> Option<(&[Self::Scalar], &[Self::Target])> {
        let _ = samples;
        None
    }

    /// Whether a sample takes hardly longer to read than to copy: then [`fit`](crate::train::Trainer::fit) looks at all of
    /// them before its first step. As it is without an implementation, if the samples lie in memory.
    fn is_quick(&self) -> bool {
        !self.is_empty() && self.in_memory(0).is_some()
    }

    /// Whether there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first `at` samples, and the others: for training and validation.
    ///
    /// # Errors
    ///
    /// [`Error::SampleRange`] if there are fewer than `at` samples.
    fn split_at(&self, at: usize) -> Result<(Subset<'_, Self>, Subset<'_, Self>), Error>
    where
        Self: Sized,
    {
        Ok((Subset::new(self, 0..at)?, Subset::new(self, at..self.len())?))
    }

    /// The same samples with a weight for each, for the loss [`SampleWeighted`](crate::losses::SampleWeighted).
    ///
    /// ```
    /// use castnet::data::Dataset;
    ///
    /// let data = [([1.0_f32], 3_usize), ([2.0], 4)];
    /// assert_eq!(data.weighted(&[0.5, 1.5])?.sample(1, &mut [0.0]), (4, 1.5));
    /// # Ok::<(), castnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] if there is not one weight for each sample.
    fn weighted<'a>(&'a self, weights: &'a [f64]) -> Result<Weighted<'a, Self>, Error>
    where
        Self: Sized,
    {
        Weighted::new(self, weights)
    }

    /// The same samples, which training sees changed at random: see [`augment`].
    ///
    /// # Errors
    ///
    /// What is wrong with the settings of the augmentation, or that it is for samples of another shape.
    fn augment<A: Augment<Self::Scalar, Self::Target>>(&self, augmentation: A) -> Result<Augmented<&Self, A>, Error>
    where
        Self: Sized,
    {
        Augmented::new(self, augmentation)
    }
}
