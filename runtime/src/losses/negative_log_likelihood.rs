//! Cross-entropy without the softmax.

use pulp::Simd;

use super::text::Text;
use super::{Loss, SoftmaxCrossEntropy};
use crate::network::equals;
use crate::simd::places::{at, put};
use crate::{Error, Outputs, Pass, Scalar};

/// The negative of the output of the target class, for networks whose outputs are logarithms of probabilities.
///
/// With outputs `y` and target class `c`: `loss = -y_c`; PyTorch's `nll_loss`. It takes a network that ends in a logarithm of a
/// softmax, which is an [own layer](crate::network!#layers-of-your-own): of outputs of any size the loss has no least value. For a
/// network that ends without either, [`SoftmaxCrossEntropy`] does both.
///
/// ```
/// use castnet::Pass;
/// use castnet::losses::{Loss, NegativeLogLikelihood};
/// use castnet::pulp::Scalar;
///
/// let (logarithms, mut gradient) = ([0.75_f64.ln(), 0.25_f64.ln()], [0.0; 2]);
/// let loss = Loss::<[f64; 2]>::value_and_gradient::<_, 1>(
///     &NegativeLogLikelihood, Scalar::new(), &Pass::training(1), &logarithms, &[1], &mut gradient,
/// );
/// assert_eq!((loss, gradient), (4.0_f64.ln(), [0.0, -1.0]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegativeLogLikelihood;

impl<N: Outputs> Loss<N> for NegativeLogLikelihood {
    type Target = usize;

    const FITS: () = check_logarithms::<N>();

    /// # Errors
    ///
    /// [`Error::LabelOutOfRange`].
    fn check(&self, label: &usize, sample: usize) -> Result<(), Error> {
        Loss::<N>::check(&SoftmaxCrossEntropy, label, sample)
    }

    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        _simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[usize],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        gradient.fill(N::Scalar::ZERO);
        let part = 1.0 / pass.batch as f64;
        let mut sum = 0.0;
        for (lane, &target) in targets.iter().enumerate() {
            let place = target * L + lane;
            put(gradient, place, N::Scalar::from_f64(-part));
            sum += at(outputs, place).to_f64();
        }
        -sum * part
    }

    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[usize]) -> Option<usize> {
        Loss::<N>::correct::<L>(&SoftmaxCrossEntropy, outputs, targets)
    }
}

/// Panics at its caller if the outputs cannot be logarithms of probabilities.
#[track_caller]
const fn check_logarithms<N: Outputs>() {
    let Some(last) = N::LAST_LAYER else { return };
    if equals(last.kind, "softmax") {
        let text = Text::name_of::<N>().with(" ends in `").with(last.name);
        let text = text.with("`, but `NegativeLogLikelihood` takes logarithms of probabilities: leave the layer out");
        panic!("{}", text.with(" and use `SoftmaxCrossEntropy`").as_str());
    }
}
