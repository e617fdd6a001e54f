//! Sigmoid and cross-entropy in one.

use pulp::Simd;

use super::elementwise::values_and_slopes;
use super::huber::check_positive;
use super::logits::{self, OfLogits};
use super::text::Text;
use super::{Loss, Targets};
use crate::kernels::samples;
use crate::simd::Number;
use crate::simd::dispatch::vectorize;
use crate::simd::places::at;
use crate::{Error, Outputs, Pass, Scalar};

/// The cross-entropy between probabilities and the sigmoid of the outputs: yes or no, or several independent labels.
///
/// With outputs (logits) `y` and targets `t` from 0 to 1, mostly 0 or 1: `loss = t p ln(1 + exp(-y)) + (1 - t) ln(1 + exp(y))`, the mean over
/// outputs and samples, computed so that nothing overflows. `p`, 1 by default, is what a positive target counts: the number of
/// negative ones by that of positive ones makes up for few positive samples. PyTorch's `binary_cross_entropy_with_logits`. The
/// network ends without a sigmoid of its own: one in front of it does not compile.
///
/// A sample counts as classified correctly if each of its outputs is above 0 where its target is above a half, and nowhere else.
///
/// ```
/// use castnet::losses::BinaryCrossEntropy;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Mail { input: [2], dense(1, init = zeros) } }
///
/// let mail = Mail::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(mail, BinaryCrossEntropy::default(), Adam::default()).schedule(0.1);
/// let report = trainer.step(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]])?;
/// assert!((report.loss - 2.0_f64.ln()).abs() < 1e-6);
/// assert_eq!(trainer.step(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]])?.correct, Some(2));
///
/// // Of ten mails one is wanted.
/// let weighted = BinaryCrossEntropy { positive_weights: [9.0] };
/// # let _ = trainer.with_loss(weighted);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy<const WEIGHTS: usize> {
    /// What a positive target counts: of each output, or of all of them if it is one number; above 0. Without any, 1.
    pub positive_weights: [f64; WEIGHTS],
}

/// Without weights.
impl Default for BinaryCrossEntropy<0> {
    fn default() -> Self {
        Self { positive_weights: [] }
    }
}

impl<const WEIGHTS: usize> OfLogits for BinaryCrossEntropy<WEIGHTS> {
    const NAME: &'static str = "BinaryCrossEntropy";
    const ONE_OUTPUT: bool = true;
    const SOFTMAX: &'static str =
        "takes the sigmoid of each output itself, and softmax makes them depend on each other";
    const SIGMOID: &'static str = "takes the sigmoid itself";
}

impl<const WEIGHTS: usize> BinaryCrossEntropy<WEIGHTS> {
    /// The weight of an output.
    fn weight(&self, output: usize) -> f64 {
        match self.positive_weights[..] {
            [] => 1.0,
            [weight] => weight,
            _ => at(&self.positive_weights, output),
        }
    }
}

impl<N: Outputs, const WEIGHTS: usize> Loss<N> for BinaryCrossEntropy<WEIGHTS> {
    type Target = N::Output;

    const FITS: () = {
        logits::check::<N, Self>();
        if WEIGHTS > 1 && WEIGHTS != N::LEN {
            let text = Text::outputs_of::<N>().with(", and these are ").with_number(WEIGHTS);
            panic!("{}", text.with(" positive weights: write one for each output, or one for all").as_str());
        }
    };

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`] and [`Error::TargetOutOfRange`], and [`Error::Setting`] if a weight is not above 0.
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        self.positive_weights.iter().try_for_each(|&weight| check_positive("positive_weights", weight))?;
        Targets::PROBABILITIES.check::<N>(target, sample)
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
        let lanes = (pass.real, N::Scalar::from_f64(part));
        // One column at a time only where each has a weight of its own.
        let length = if WEIGHTS > 1 { L } else { outputs.len().max(1) };
        let sum = vectorize(
            simd,
            #[inline(always)]
            || {
                let mut sum = 0.0;
                let columns = outputs.chunks_exact(length).zip(gradient.chunks_exact_mut(length));
                for (column, (outputs, gradient)) in columns.enumerate() {
                    let extra = self.weight(column) - 1.0;
                    sum += values_and_slopes::<_, S, L>(
                        simd,
                        lanes,
                        outputs,
                        gradient,
                        #[inline(always)]
                        |output, target| cross_entropy(output, target, extra),
                    );
                }
                sum
            },
        );
        sum * part
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[N::Output]) -> Option<usize> {
        let half = N::Scalar::from_f64(0.5);
        let right = |&(lane, target): &(usize, &N::Output)| {
            let pairs = outputs.chunks_exact(L).zip(target.as_ref());
            // NaN is on no side.
            pairs.into_iter().all(|(outputs, &target)| {
                let output = at(outputs, lane);
                !output.is_nan() && (output > N::Scalar::ZERO) == (target > half)
            })
        };
        Some(targets.iter().enumerate().filter(right).count())
    }
}

/// The loss of one output whose positive target counts `1 + extra`.
#[inline(always)]
fn cross_entropy<X: Number>(output: X, target: X, extra: f64) -> X {
    (-target + 1.0) * output.softplus() + target * (-output).softplus() * (1.0 + extra)
}
