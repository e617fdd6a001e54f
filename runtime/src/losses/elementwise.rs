//! Losses of each output by itself, written as a formula.

use pulp::Simd;

use super::{Loss, MeanSquaredError};
use crate::kernels::samples;
use crate::simd::Number;
use crate::simd::dispatch::vectorize;
use crate::simd::dual::Dual;
use crate::simd::lanes::{MOST_LANES, store};
use crate::simd::places::within;
use crate::{Error, Outputs, Pass, Scalar};

/// A loss that is a mean over the outputs of what a formula makes of each and its target.
///
/// The formula is all that there is to write: its derivative comes from its [`Number`]s, exactly, and it is computed in
/// registers. With outputs `y`, targets `t`, `n` outputs and `b` samples: `loss = sum value(y, t) / (n b)`. A target has the type of the
/// network's output.
///
/// Mark the method `#[inline(always)]`, or it is not compiled for the instruction set at hand.
///
/// ```
/// use castnet::losses::ElementwiseLoss;
/// use castnet::simd::Number;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// /// The loss of Geman and McClure, `d^2 / (1 + d^2)`, which outliers hardly change.
/// #[derive(Clone, Copy)]
/// struct GemanMcClure;
///
/// impl ElementwiseLoss for GemanMcClure {
///     #[inline(always)]
///     fn value<X: Number>(&self, output: X, target: X) -> X {
///         let square = (output - target) * (output - target);
///         square / (square + 1.0)
///     }
/// }
///
/// network! { struct Line { input: [1], dense(1) } }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, GemanMcClure, Adam::default()).schedule(0.05);
/// for _ in 0..500 {
///     trainer.step(&[[-1.0], [0.0], [1.0], [2.0]], &[[-1.0], [1.0], [3.0], [500.0]])?;
/// }
/// assert!((trainer.predict(&[0.5])[0] - 2.0).abs() < 1e-2);
/// # Ok::<(), castnet::Error>(())
/// ```
pub trait ElementwiseLoss: Send + Sync {
    /// The loss of one output.
    fn value<X: Number>(&self, output: X, target: X) -> X;

    /// Checks the settings; it is called for each target.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first that makes no sense.
    fn check_settings(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What targets there are, if not all finite numbers: whether one is among them, and what an error says of them.
    fn targets(&self) -> Targets {
        Targets::ANY
    }
}

/// Which numbers can be targets of an [`ElementwiseLoss`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Targets {
    /// The least that there is.
    pub least: f64,
    /// The largest that there is.
    pub largest: f64,
    /// What they are, in the words of an error: "from 0 to 1".
    pub expected: &'static str,
}

impl Targets {
    /// Every finite number.
    pub const ANY: Self = Self { least: f64::MIN, largest: f64::MAX, expected: "a finite number" };
    /// From 0 to 1.
    pub const PROBABILITIES: Self = Self { least: 0.0, largest: 1.0, expected: "from 0 to 1" };
    /// From 0 on.
    pub const COUNTS: Self = Self { least: 0.0, largest: f64::MAX, expected: "0 or greater" };

    /// Whether all numbers of the target of sample number `sample` are such.
    pub(super) fn check<N: Outputs>(self, target: &N::Output, sample: usize) -> Result<(), Error> {
        Loss::<N>::check(&MeanSquaredError, target, sample)?;
        let targets = target.as_ref().iter().map(|value| value.to_f64()).enumerate();
        match targets.into_iter().find(|(_, value)| !(self.least..=self.largest).contains(value)) {
            None => Ok(()),
            Some((output, value)) => Err(Error::TargetOutOfRange { sample, output, value, expected: self.expected }),
        }
    }
}

impl<N: Outputs, E: ElementwiseLoss> Loss<N> for E {
    type Target = N::Output;

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`], [`Error::TargetOutOfRange`], and [`Error::Setting`] if a setting is not in the range that its
    /// documentation states.
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        self.check_settings()?;
        self.targets().check::<N>(target, sample)
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[N::Output],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        samples::side_by_side::<_, S, L>(simd, targets.len(), |sample| samples::row(targets, sample), gradient);
        let part = 1.0 / (N::LEN * pass.batch) as f64;
        let sum = vectorize(
            simd,
            #[inline(always)]
            || {
                values_and_slopes::<_, S, L>(
                    simd,
                    (pass.real, N::Scalar::from_f64(part)),
                    outputs,
                    gradient,
                    #[inline(always)]
                    |output, target| self.value(output, target),
                )
            },
        );
        sum * part
    }
}

/// The sum of `value` over the outputs of the real lanes. `gradient` holds the targets, and afterwards the derivatives times
/// `factor`, zero in masked lanes.
#[inline(always)]
pub(super) fn values_and_slopes<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    (real, factor): (usize, T),
    outputs: &[T],
    gradient: &mut [T],
    value: impl Fn(Dual<T, S>, Dual<T, S>) -> Dual<T, S>,
) -> f64 {
    // As many as make a sum of few rounding errors.
    let (length, real) = if real == L { (16 * L, 16 * L) } else { (L, real) };
    let mut sum = 0.0;
    for (outputs, gradient) in outputs.chunks(length).zip(gradient.chunks_mut(length)) {
        let Some((of_samples, masked)) = gradient.split_at_mut_checked(real.min(outputs.len())) else { return sum };
        sum += values_and_slopes_of_some(simd, factor, within(outputs, 0..of_samples.len()), of_samples, &value);
        masked.fill(T::ZERO);
    }
    sum
}

/// [`values_and_slopes`] where there are no masked lanes.
#[inline(always)]
fn values_and_slopes_of_some<T: Scalar, S: Simd>(
    simd: S,
    factor: T,
    outputs: &[T],
    gradient: &mut [T],
    value: &impl Fn(Dual<T, S>, Dual<T, S>) -> Dual<T, S>,
) -> f64 {
    let factor = T::splat(simd, factor);
    let (outputs, last_outputs) = T::vectors::<S>(outputs);
    let (gradient, last_gradient) = T::vectors_mut::<S>(gradient);
    let mut sum = T::splat(simd, T::ZERO);
    for (&output, slope) in outputs.iter().zip(gradient) {
        let found = value(Dual::variable(simd, output), Dual::fixed(simd, *slope));
        sum = T::add_lanes(simd, sum, found.value);
        *slope = T::mul_lanes(simd, found.slope, factor);
    }
    let mut sum = T::sum_lanes(simd, sum).to_f64();
    if !last_outputs.is_empty() {
        let [output, target] = [last_outputs, &*last_gradient].map(
            #[inline(always)]
            |numbers| T::partial_load(simd, numbers),
        );
        let found = value(Dual::variable(simd, output), Dual::fixed(simd, target));
        T::partial_store(simd, last_gradient, T::mul_lanes(simd, found.slope, factor));
        let mut values = [T::ZERO; MOST_LANES];
        store::<T, S>(&mut values, found.value);
        // The other lanes hold no outputs.
        for value in within(&values, 0..last_outputs.len()) {
            sum += value.to_f64();
        }
    }
    sum
}
