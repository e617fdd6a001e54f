//! Likelihoods of counts, and of numbers with a variance.

use pulp::Simd;

use super::softmax_cross_entropy::{load_some, store_some};
use super::text::Text;
use super::{ElementwiseLoss, Loss, MeanSquaredError, Targets, clear_masked_lanes};
use crate::simd::Number;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::MOST_LANES;
use crate::simd::places::{from, within, within_mut};
use crate::{Error, Outputs, Pass, Scalar};

/// The negative logarithm of a Poisson distribution's likelihood: for targets that are counts.
///
/// The output is the logarithm of the expected count: `loss = exp(y) - t y`, without the part `ln(t!)`, which no network changes;
/// PyTorch's `poisson_nll_loss` with its defaults.
///
/// ```
/// use castnet::losses::PoissonNegativeLogLikelihood;
/// use castnet::{Error, optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Calls { input: [1], dense(1) } }
///
/// let calls = Calls::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(calls, PoissonNegativeLogLikelihood, Adam::default()).schedule(0.05);
/// for _ in 0..500 {
///     trainer.step(&[[0.0], [0.0], [1.0]], &[[2.0], [4.0], [12.0]])?;
/// }
/// assert!((trainer.predict(&[0.0])[0].exp() - 3.0).abs() < 0.01);
/// assert!(matches!(trainer.step(&[[0.0]], &[[-1.0]]), Err(Error::TargetOutOfRange { .. })));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoissonNegativeLogLikelihood;

impl ElementwiseLoss for PoissonNegativeLogLikelihood {
    #[inline(always)]
    fn value<X: Number>(&self, output: X, target: X) -> X {
        output.exp() - target * output
    }

    fn targets(&self) -> Targets {
        Targets::COUNTS
    }
}

/// The negative logarithm of a normal distribution's likelihood: for outputs that say how sure they are.
///
/// The first `MEANS` outputs are means `m`, the others the logarithms of their variances, `s`, so that every output is allowed. A
/// target is `[scalar; MEANS]`: `loss = (s + (t - m)^2 exp(-s)) / 2`, the mean over means and samples, without the part
/// `ln(2 pi) / 2`, which no network changes. Nix and Weigend 1994, "Estimating the Mean and Variance of the Target Probability
/// Distribution"; PyTorch's `gaussian_nll_loss` of the variance `exp(s)`.
///
/// ```
/// use castnet::losses::GaussianNegativeLogLikelihood;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Noisy { input: [1], dense(2) } }
///
/// let noisy = Noisy::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(noisy, GaussianNegativeLogLikelihood::<1>, Adam::default()).schedule(0.05);
/// for _ in 0..1_000 {
///     trainer.step(&[[0.0], [0.0], [0.0], [0.0]], &[[1.0], [3.0], [1.0], [3.0]])?;
/// }
/// let [mean, variance] = trainer.predict(&[0.0]);
/// assert!((mean - 2.0).abs() < 0.01 && (variance.exp() - 1.0).abs() < 0.01);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GaussianNegativeLogLikelihood<const MEANS: usize>;

impl<N: Outputs, const MEANS: usize> Loss<N> for GaussianNegativeLogLikelihood<MEANS> {
    type Target = [N::Scalar; MEANS];

    const FITS: () = check_count::<N>("GaussianNegativeLogLikelihood", MEANS);

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`].
    fn check(&self, target: &[N::Scalar; MEANS], sample: usize) -> Result<(), Error> {
        Loss::<[N::Scalar; MEANS]>::check(&MeanSquaredError, target, sample)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[[N::Scalar; MEANS]],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let part = 0.5 / (MEANS * pass.batch) as f64;
        let (means, logarithms) = (within(outputs, 0..MEANS * L), from(outputs, MEANS * L));
        let Some((of_means, of_logarithms)) = gradient.split_at_mut_checked(MEANS * L) else { return 0.0 };
        let mut sum = 0.0;
        for mean in 0..MEANS {
            let mut column = [N::Scalar::ZERO; L];
            for (number, target) in column.iter_mut().zip(targets) {
                *number = target[mean];
            }
            let place = mean * L..(mean + 1) * L;
            let column = Column {
                targets: &column,
                means: within(means, place.clone()),
                logarithms: within(logarithms, place.clone()),
                of_means: within_mut(of_means, place.clone()),
                of_logarithms: within_mut(of_logarithms, place),
            };
            sum += vectorize(
                simd,
                #[inline(always)]
                || column.likelihood(simd, pass.real, N::Scalar::from_f64(part)),
            );
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        sum * part
    }
}

/// One mean and its variance, of all lanes.
struct Column<'a, T> {
    targets: &'a [T],
    means: &'a [T],
    logarithms: &'a [T],
    of_means: &'a mut [T],
    of_logarithms: &'a mut [T],
}

impl<T: Scalar> Column<'_, T> {
    /// The sum of twice the loss in the real lanes; writes the derivatives of it times `part`.
    #[inline(always)]
    fn likelihood<S: Simd>(self, simd: S, real: usize, part: T) -> f64 {
        let [part, minus_two, one] = [part, T::from_f64(-2.0), T::ONE].map(
            #[inline(always)]
            |number| T::splat(simd, number),
        );
        let width = T::lanes::<S>();
        let mut sum = 0.0;
        for start in (0..real).step_by(width) {
            let lanes = start..self.targets.len().min(start + width);
            let logarithm = load_some(simd, within(self.logarithms, lanes.clone()));
            let certainty = T::exp_lanes(simd, T::sub_lanes(simd, T::splat(simd, T::ZERO), logarithm));
            let target = load_some(simd, within(self.targets, lanes.clone()));
            let difference = T::sub_lanes(simd, target, load_some(simd, within(self.means, lanes.clone())));
            let weighed = T::mul_lanes(simd, difference, certainty);
            let square = T::mul_lanes(simd, difference, weighed);
            let of_mean = T::mul_lanes(simd, T::mul_lanes(simd, weighed, minus_two), part);
            let of_logarithm = T::mul_lanes(simd, T::sub_lanes(simd, one, square), part);
            store_some(simd, within_mut(self.of_means, lanes.clone()), of_mean);
            store_some(simd, within_mut(self.of_logarithms, lanes.clone()), of_logarithm);
            let mut values = [T::ZERO; MOST_LANES];
            store_some(simd, &mut values[..width], T::add_lanes(simd, logarithm, square));
            for value in within(&values, 0..lanes.len().min(real - start)) {
                sum += value.to_f64();
            }
        }
        sum
    }
}

/// Panics at its caller if there are not two outputs for each mean.
#[track_caller]
const fn check_count<N: Outputs>(loss: &'static str, means: usize) {
    if N::LEN == 2 * means && means > 0 {
        return;
    }
    let text = Text::outputs_of::<N>().with(", but `").with(loss).with("::<").with_number(means);
    let text = text.with(">` takes ").with_number(2 * means);
    panic!("{}", text.with(": a mean and the logarithm of a variance for each number of a target").as_str());
}
