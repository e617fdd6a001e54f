//! Softmax and cross-entropy in one.

use core::ops::Range;

use pulp::Simd;

use super::logits::{self, OfLogits};
use super::{Loss, clear_masked_lanes};
use crate::metrics::is_predicted_in_lane;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{load, store};
use crate::simd::places::{at, put};
use crate::{Error, Outputs, Pass, Scalar};

/// The cross-entropy between a class and the softmax of the outputs.
///
/// With outputs (logits) `y` and target class `c`: `loss = ln(sum exp(y_i)) - y_c`, computed with the largest output
/// subtracted from all, so that nothing overflows; its gradient is `softmax(y)_i - [i = c]`. The loss of a batch is the
/// mean over its samples; PyTorch's `cross_entropy`. The network ends without a softmax of its own; a target is the
/// number of a class, less than the number of outputs. Of probabilities of classes, as with label smoothing or mixup, it is
/// [`SoftTargetCrossEntropy`](super::SoftTargetCrossEntropy).
///
/// ```
/// use castnet::losses::SoftmaxCrossEntropy;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Digits {
///         input: [64],
///         dense(10, init = zeros),
///     }
/// }
///
/// let digits = Digits::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(digits, SoftmaxCrossEntropy, Adam::default());
/// let report = trainer.step(&[[0.5; 64], [0.25; 64]], &[7, 3])?;
/// // Ten classes, all equally likely.
/// assert!((report.loss - 10.0_f64.ln()).abs() < 1e-6);
///
/// let error = trainer.step(&[[0.5; 64]], &[10]).unwrap_err();
/// assert!(error.to_string().contains("sample 0 has label 10"));
/// # Ok::<(), castnet::Error>(())
/// ```
///
/// A network whose outputs cannot be logits, because it ends in a softmax, a sigmoid or a relu, or has one output only,
/// does not compile with this loss: "`Digits` ends in `softmax1`, but `SoftmaxCrossEntropy` takes the softmax itself: leave
/// the layer out".
///
/// ```compile_fail,E0080
/// use castnet::{losses::SoftmaxCrossEntropy, optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Digits { input: [64], dense(10), softmax } }
///
/// let digits = Digits::init(&mut StdRng::seed_from_u64(1));
/// let trainer = Trainer::new(digits, SoftmaxCrossEntropy, Adam::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftmaxCrossEntropy;

impl OfLogits for SoftmaxCrossEntropy {
    const NAME: &'static str = "SoftmaxCrossEntropy";
}

impl<N: Outputs> Loss<N> for SoftmaxCrossEntropy {
    type Target = usize;

    const FITS: () = logits::check::<N, Self>();

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`].
    fn check(&self, &label: &usize, sample: usize) -> Result<(), Error> {
        let classes = N::LEN;
        if label < classes { Ok(()) } else { Err(Error::LabelOutOfRange { sample, label, classes }) }
    }

    #[inline]
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[usize],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        let mut sums = Sums::ZERO;
        let part = N::Scalar::from_f64(1.0 / pass.batch as f64);
        vectorize(
            simd,
            #[inline(always)]
            || softmax::<_, S, L>(simd, part, outputs, gradient, &mut sums),
        );

        let mut loss = 0.0;
        for (lane, &target) in targets.iter().enumerate() {
            let place = target * L + lane;
            put(gradient, place, at(gradient, place) - part);
            let difference = at(&sums.largest, lane) - at(outputs, place);
            loss += Scalar::ln(at(&sums.exponentials, lane).to_f64()) + difference.to_f64();
        }
        clear_masked_lanes::<_, L>(pass.real, gradient);
        loss / pass.batch as f64
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        let right = |&(lane, &target): &(usize, &usize)| is_predicted_in_lane::<_, L>(outputs, lane, target);
        Some(targets.iter().enumerate().filter(right).count())
    }
}

/// Of each lane, what the loss needs of its outputs.
pub(super) struct Sums<T, const L: usize> {
    /// The largest output.
    pub largest: [T; L],
    /// The sum of the exponentials of all outputs less the largest.
    pub exponentials: [T; L],
}

impl<T: Scalar, const L: usize> Sums<T, L> {
    pub const ZERO: Self = Self { largest: [T::ZERO; L], exponentials: [T::ZERO; L] };
}

/// Writes the softmax of the outputs, times `part`, to `probabilities`.
#[inline(always)]
pub(super) fn softmax<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    part: T,
    outputs: &[T],
    probabilities: &mut [T],
    sums: &mut Sums<T, L>,
) {
    let width = T::lanes::<S>().min(L);
    for start in (0..L).step_by(width) {
        softmax_of_lanes(simd, part, start..L.min(start + width), outputs, probabilities, sums);
    }
}

/// [`softmax`] for `lanes`, which fill at most one register.
#[inline(always)]
fn softmax_of_lanes<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    part: T,
    lanes: Range<usize>,
    outputs: &[T],
    probabilities: &mut [T],
    sums: &mut Sums<T, L>,
) {
    let mut largest = T::splat(simd, T::from_f64(f64::NEG_INFINITY));
    for outputs in outputs.chunks_exact(L) {
        largest = T::max_lanes(simd, largest, load_some(simd, &outputs[lanes.clone()]));
    }
    let mut sum = T::splat(simd, T::ZERO);
    for (outputs, probabilities) in outputs.chunks_exact(L).zip(probabilities.chunks_exact_mut(L)) {
        let output = load_some(simd, &outputs[lanes.clone()]);
        let exponential = T::exp_lanes(simd, T::sub_lanes(simd, output, largest));
        sum = T::add_lanes(simd, sum, exponential);
        store_some(simd, &mut probabilities[lanes.clone()], exponential);
    }
    let factor = T::div_lanes(simd, T::splat(simd, part), sum);
    for probabilities in probabilities.chunks_exact_mut(L) {
        let probabilities = &mut probabilities[lanes.clone()];
        let product = T::mul_lanes(simd, load_some(simd, probabilities), factor);
        store_some(simd, probabilities, product);
    }
    store_some(simd, &mut sums.largest[lanes.clone()], largest);
    store_some(simd, &mut sums.exponentials[lanes], sum);
}

/// A vector whose first lanes are `slice`, which is no longer than a vector.
#[inline(always)]
pub(super) fn load_some<T: Scalar, S: Simd>(simd: S, slice: &[T]) -> T::Vector<S> {
    if slice.len() == T::lanes::<S>() { load::<T, S>(slice) } else { T::partial_load(simd, slice) }
}

/// Writes as many lanes as `slice` has room for, which is at most a vector.
#[inline(always)]
pub(super) fn store_some<T: Scalar, S: Simd>(simd: S, slice: &mut [T], vector: T::Vector<S>) {
    if slice.len() == T::lanes::<S>() { store::<T, S>(slice, vector) } else { T::partial_store(simd, slice, vector) }
}
