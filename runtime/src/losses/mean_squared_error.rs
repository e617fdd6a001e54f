//! The mean squared error.

use pulp::Simd;

use super::{Loss, clear_masked_lanes};
use crate::kernels::samples;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{map_in_place, zip_in_place};
use crate::{Error, Outputs, Pass, Scalar};

/// The mean of the squared differences, over the outputs of a sample and the samples of a batch.
///
/// With outputs `y`, targets `t`, `n` outputs and `b` samples: `loss = sum (y - t)^2 / (n b)`, with the gradient
/// `2 (y - t) / (n b)`; PyTorch's `mse_loss`. A target has the type of the network's output, `[scalar; n]`.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::{optimizers::Sgd, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Sgd::default()).schedule(0.5);
/// for _ in 0..100 {
///     trainer.step(&[[-1.0], [0.0], [1.0]], &[[-1.0], [1.0], [3.0]])?;
/// }
/// let [y] = trainer.network().predict(&[0.5]);
/// assert!((y - 2.0).abs() < 1e-3);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError;

impl<N: Outputs> Loss<N> for MeanSquaredError {
    type Target = N::Output;

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`].
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        // 0 if all are finite, else NaN: an addition for each instead of a branch.
        let fault = target.as_ref().iter().fold(N::Scalar::ZERO, |fault, &value| fault + value * N::Scalar::ZERO);
        if fault.is_finite() {
            return Ok(());
        }
        let fault = target.as_ref().iter().enumerate().find(|(_, value)| !value.is_finite());
        fault.map_or(Ok(()), |(output, value)| Err(Error::NonFiniteTarget { sample, output, value: value.to_f64() }))
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
        let factor = N::Scalar::from_f64(2.0 / (N::LEN * pass.batch) as f64);
        let sum = vectorize(
            simd,
            #[inline(always)]
            || squared_differences::<_, S, L>(simd, pass.real, factor, outputs, gradient),
        );
        sum / (N::LEN * pass.batch) as f64
    }
}

/// The sum of the squared differences between outputs and targets. `gradient` holds the targets, and afterwards the
/// differences times `factor`.
#[inline(always)]
fn squared_differences<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    real: usize,
    factor: T,
    outputs: &[T],
    gradient: &mut [T],
) -> f64 {
    zip_in_place(
        simd,
        gradient,
        outputs,
        #[inline(always)]
        |target, output| T::sub_lanes(simd, output, target),
    );
    clear_masked_lanes::<_, L>(real, gradient);
    let mut sum = 0.0;
    for differences in gradient.chunks(16 * L) {
        sum += squares(simd, differences);
    }
    let factor = T::splat(simd, factor);
    map_in_place(
        simd,
        gradient,
        #[inline(always)]
        |difference| T::mul_lanes(simd, difference, factor),
    );
    sum
}

/// The sum of the squares of a few numbers.
#[inline(always)]
fn squares<T: Scalar, S: Simd>(simd: S, values: &[T]) -> f64 {
    let (vectors, rest) = T::vectors::<S>(values);
    let mut squares = T::splat(simd, T::ZERO);
    // Not a fold: its closure is compiled apart, without the instruction set.
    for &vector in vectors {
        squares = T::mul_add_lanes(simd, vector, vector, squares);
    }
    let mut sum = T::sum_lanes(simd, squares).to_f64();
    for &value in rest {
        sum += (value * value).to_f64();
    }
    sum
}
