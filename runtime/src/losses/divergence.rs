//! How far probabilities are from each other.

use pulp::Simd;

use super::logits::{self, OfLogits};
use super::{Loss, SoftTargetCrossEntropy};
use crate::{Error, Outputs, Pass, Scalar};

/// The Kullback-Leibler divergence of the softmax of the outputs from probabilities of the classes.
///
/// With outputs (logits) `y` and probabilities `t`: `loss = sum t_i (ln(t_i) - ln(softmax(y)_i))`: the
/// [`SoftTargetCrossEntropy`], with the same gradient, less the least that it can be, so that 0 is perfect. PyTorch's `kl_div` of the
/// `log_softmax` with the reduction `batchmean`; what is used to imitate another network (Hinton, Vinyals, Dean 2015, "Distilling the
/// Knowledge in a Neural Network").
///
/// ```
/// use castnet::losses::KullbackLeibler;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! { struct Three { input: [2], dense(3, init = zeros) } }
///
/// let three = Three::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(three, KullbackLeibler, Adam::default()).schedule(0.1);
/// let mut step = || Ok::<_, castnet::Error>(trainer.step(&[[0.0, 1.0]], &[[0.5, 0.5, 0.0]])?.loss);
/// assert!((step()? - (3.0_f64.ln() - 2.0_f64.ln())).abs() < 1e-6);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KullbackLeibler;

impl OfLogits for KullbackLeibler {
    const NAME: &'static str = "KullbackLeibler";
}

impl<N: Outputs> Loss<N> for KullbackLeibler {
    type Target = N::Output;

    const FITS: () = logits::check::<N, Self>();

    /// # Errors
    ///
    /// [`Error::NonFiniteTarget`] and [`Error::NotProbabilities`].
    fn check(&self, target: &N::Output, sample: usize) -> Result<(), Error> {
        Loss::<N>::check(&SoftTargetCrossEntropy, target, sample)
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
        let soft = &SoftTargetCrossEntropy;
        let cross = Loss::<N>::value_and_gradient::<S, L>(soft, simd, pass, outputs, targets, gradient);
        let probabilities = targets.iter().flat_map(|target| target.as_ref()).map(|value| value.to_f64());
        // 0 ln(0) is 0.
        let least: f64 = probabilities.filter(|&value| value > 0.0).map(|value| value * Scalar::ln(value)).sum();
        cross + least / pass.batch as f64
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[N::Output]) -> Option<usize> {
        Loss::<N>::correct::<L>(&SoftTargetCrossEntropy, outputs, targets)
    }
}
