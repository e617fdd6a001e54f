//! Samples that are mixed with others.

use core::fmt::{self, Debug, Formatter};
use core::ops::Range;
use std::sync::{Mutex, PoisonError};

use rand::RngExt;

use crate::data::{Dataset, Draw, DrawRng};
use crate::{Error, Scalar};

/// A data set whose samples training sees mixed with others, inputs and targets alike: `x = w x1 + (1 - w) x2`, where the
/// other sample is any of the data set and `w` is drawn from the distribution `Beta(alpha, alpha)`.
///
/// Zhang, Cisse, Dauphin, Lopez-Paz 2018, "mixup: Beyond Empirical Risk Minimization", with an `alpha` of 0.1 to 0.4 for
/// images: the smaller it is, the closer are most samples to one of the two.
///
/// Targets have to be numbers that can be mixed ([`Mix`]): outputs as they should be, or probabilities of classes, which
/// [`OneHot`](super::OneHot) makes of labels.
///
/// ```
/// use castnet::data::augment::{Mixup, OneHot};
/// use castnet::losses::SoftTargetCrossEntropy;
/// use castnet::train::{FitOptions, Progress, Trainer};
/// use castnet::{optimizers::Adam, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Side {
///         input: [1],
///         dense(4), tanh,
///         dense(2),
///     }
/// }
///
/// let labelled: Vec<_> = (0..50).map(|index| ([index as f32 / 25.0 - 1.0], usize::from(index >= 25))).collect();
/// let data = OneHot::<_, 2>::new(&labelled);
/// let side = Side::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(side, SoftTargetCrossEntropy, Adam::default()).schedule(0.05);
/// let options = FitOptions::new(30).validation(&data).progress(Progress::Silent);
/// let history = trainer.fit(&Mixup::new(&data, 0.2)?, options)?;
/// assert!(history.last().validation.as_ref().unwrap().accuracy.unwrap() > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Mixup<D: Dataset> {
    data: D,
    alpha: f64,
    /// Room for the other sample, one for each thread that has gathered at the same time as others.
    rooms: Mutex<Vec<Box<[D::Scalar]>>>,
}

/// A target that can be mixed with another.
///
/// ```
/// use castnet::data::augment::Mix;
///
/// let mut targets = ([1.0_f32, 0.0], [8.0_f32]);
/// targets.mix(&([0.0, 1.0], [4.0]), 0.25);
/// assert_eq!(targets, ([0.75, 0.25], [7.0]));
/// ```
pub trait Mix {
    /// Becomes `(1 - share) * self + share * other`.
    fn mix(&mut self, other: &Self, share: f64);
}

impl<T: Scalar, const OUTPUTS: usize> Mix for [T; OUTPUTS] {
    fn mix(&mut self, other: &Self, share: f64) {
        mix(self, other, share);
    }
}

/// Targets of two outputs.
impl<A: Mix, B: Mix> Mix for (A, B) {
    fn mix(&mut self, other: &Self, share: f64) {
        self.0.mix(&other.0, share);
        self.1.mix(&other.1, share);
    }
}

fn mix<T: Scalar>(values: &mut [T], others: &[T], share: f64) {
    let [own, share] = [1.0 - share, share].map(T::from_f64);
    for (value, &other) in values.iter_mut().zip(others) {
        *value = own * *value + share * other;
    }
}

impl<D: Dataset<Target: Mix>> Mixup<D> {
    /// The samples of `data`, which may be a data set or a pointer to one.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if `alpha` is not a finite number greater than 0.
    pub fn new(data: D, alpha: f64) -> Result<Self, Error> {
        if !(alpha > 0.0 && alpha.is_finite()) {
            let expected = "a finite number greater than 0";
            return Err(Error::Setting { setting: "alpha", value: alpha, expected });
        }
        let mixup = Self { data, alpha, rooms: Mutex::default() };
        let room = mixup.room();
        mixup.give_back(room);
        Ok(mixup)
    }

    /// Room for a sample: that of the last one that needed it, so that nothing is allocated but for the first of each thread.
    fn room(&self) -> Box<[D::Scalar]> {
        let room = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        room.unwrap_or_else(|| vec![D::Scalar::ZERO; self.data.sample_shape().iter().product()].into())
    }

    fn give_back(&self, room: Box<[D::Scalar]>) {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }
}

impl<D: Dataset<Target: Mix>> Dataset for Mixup<D> {
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
        let mut rng = draw.rng(index);
        // Drawn as 64 bits, so that processors of 32 draw the same.
        let other = rng.random_range(0..self.len() as u64) as usize;
        let share = symmetric_beta(&mut rng, self.alpha);
        let mut room = self.room();
        let other = draw.sample(&self.data, other, &mut room);
        mix(input, &room, share);
        target.mix(&other, share);
        self.give_back(room);
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

/// A number of the distribution `Beta(alpha, alpha)`, by two uniform ones and no rejection (Devroye 1996, "Random Variate
/// Generation in One Line of Code", section 3): `1/2 + c / (2 sqrt(c^2 + 1 / (u^(-1/alpha) - 1)))` with `c = cos(2 pi v)`.
fn symmetric_beta(rng: &mut DrawRng, alpha: f64) -> f64 {
    let [u, v]: [f64; 2] = rng.random();
    let power = libm::pow(u, 1.0 / alpha);
    let cosine = libm::cos(core::f64::consts::TAU * v);
    0.5 + 0.5 * cosine / (cosine * cosine + power / (1.0 - power)).sqrt()
}

impl<D: Dataset + Clone> Clone for Mixup<D> {
    fn clone(&self) -> Self {
        Self { data: self.data.clone(), alpha: self.alpha, rooms: Mutex::default() }
    }
}

impl<D: Dataset + Debug> Debug for Mixup<D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mixup").field("data", &self.data).field("alpha", &self.alpha).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: [([f64; 2], [f64; 1]); 3] = [([0.0, 1.0], [0.0]), ([10.0, 1.0], [10.0]), ([100.0, 1.0], [100.0])];

    #[test]
    fn inputs_and_targets_are_mixed_alike_and_with_every_sample() {
        let mixup = Mixup::new(&DATA, 0.4).unwrap();
        let mut others = [0; 3];
        for epoch in 0..300 {
            let (mut input, draw) = ([0.0; 2], Draw::new(1, epoch));
            let [target] = mixup.draw_sample(1, draw, &mut input).unwrap();
            assert!((input[0] - target).abs() < 1e-12 && (input[1] - 1.0).abs() < 1e-12, "{input:?} {target}");
            let other = if (target - 10.0).abs() < 1e-12 { 1 } else { usize::from(target > 10.0) * 2 };
            others[other] += 1;
        }
        // A third each, within five standard deviations.
        assert!(others.iter().all(|count| (60..=140).contains(count)), "{others:?}");
        assert_eq!(mixup.sample(1, &mut [0.0; 2]), [10.0]);
        assert_eq!((mixup.in_memory(1), mixup.is_quick()), (Some((&[10.0, 1.0][..], [10.0])), true));
    }

    /// How many of 20,000 numbers are less than each of these bounds.
    fn parts<const BOUNDS: usize>(alpha: f64, bounds: [f64; BOUNDS]) -> [f64; BOUNDS] {
        let numbers: Vec<f64> =
            (0..20_000).map(|sample| symmetric_beta(&mut Draw::new(7, 0).rng(sample), alpha)).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)), "alpha {alpha}");
        let mean = numbers.iter().sum::<f64>() / 2e4;
        let variance = numbers.iter().map(|number| (number - 0.5).powi(2)).sum::<f64>() / 2e4;
        let expected = 1.0 / (8.0 * alpha + 4.0);
        assert!((mean - 0.5).abs() < 5.0 * (expected / 2e4).sqrt(), "alpha {alpha}: mean {mean}");
        assert!((variance / expected - 1.0).abs() < 0.05, "alpha {alpha}: variance {variance}, expected {expected}");
        bounds.map(|bound| numbers.iter().filter(|&&number| number < bound).count() as f64 / 2e4)
    }

    #[test]
    fn shares_are_those_of_the_beta_distribution() {
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 0.02, "{found}, expected {expected}");
        // Even, the arcsine law, and 3 x^2 - 2 x^3.
        let [low, high] = parts(1.0, [0.1, 0.75]);
        close(low, 0.1);
        close(high, 0.75);
        let [low, high] = parts(0.5, [0.1, 0.75]);
        close(low, 0.2048);
        close(high, 2.0 / 3.0);
        let [low, high] = parts(2.0, [0.1, 0.75]);
        close(low, 0.028);
        close(high, 0.84375);
        for alpha in [1e-3, 0.2, 30.0, 1e6] {
            parts(alpha, []);
        }
    }

    #[test]
    fn alpha_is_a_number_above_zero() {
        for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = Mixup::new(&DATA, alpha).unwrap_err();
            assert!(error.to_string().contains("but it must be a finite number greater than 0"), "{error}");
        }
    }
}
