//! What training makes small.
//!
//! | task | last layer | loss | target of a sample | PyTorch's name |
//! | --- | --- | --- | --- | --- |
//! | one of several classes | `dense(classes)` | [`SoftmaxCrossEntropy`] | `usize`, the class | `cross_entropy` |
//! | the same, with smoothed labels, class weights or an ignored label | `dense(classes)` | [`CrossEntropy`] | `usize` | `cross_entropy` with `label_smoothing`, `weight`, `ignore_index` |
//! | the same, of soft or one-hot targets | `dense(classes)` | [`SoftTargetCrossEntropy`], [`KullbackLeibler`] | `[scalar; classes]`, probabilities | `cross_entropy` with probabilities, `kl_div` |
//! | the same, where most samples are easy | `dense(classes)` | [`Focal`] | `usize` | |
//! | the same, of logarithms of probabilities | an own layer | [`NegativeLogLikelihood`] | `usize` | `nll_loss` |
//! | the same, as a support vector machine | `dense(classes)` | [`Hinge`], [`SquaredHinge`] | `usize` | `multi_margin_loss` |
//! | the same, by the perceptron's rule | `dense(classes)` | [`Perceptron`] | `usize` | |
//! | yes or no, or several labels at once | `dense(labels)` | [`BinaryCrossEntropy`] | `[scalar; labels]`, 0 to 1 | `binary_cross_entropy_with_logits` |
//! | yes or no, with a margin or the perceptron's rule | `dense(1)` | [`Hinge`], [`SquaredHinge`], [`Perceptron`] | `usize`, 0 or 1 | |
//! | numbers | `dense(n)` | [`MeanSquaredError`] | `[scalar; n]` | `mse_loss` |
//! | numbers, among them outliers | `dense(n)` | [`MeanAbsoluteError`], [`Huber`], [`SmoothL1`], [`LogCosh`] | `[scalar; n]` | `l1_loss`, `huber_loss`, `smooth_l1_loss` |
//! | a quantile of numbers | `dense(n)` | [`Quantile`] | `[scalar; n]` | |
//! | counts | `dense(n)`, their logarithms | [`PoissonNegativeLogLikelihood`] | `[scalar; n]` | `poisson_nll_loss` |
//! | numbers and how sure they are | `dense(2 * n)` | [`GaussianNegativeLogLikelihood`] | `[scalar; n]` | `gaussian_nll_loss` |
//! | a direction | `dense(n)` | [`CosineDistance`] | `[scalar; n]` | `cosine_embedding_loss` |
//! | what belongs together | [`Siamese`](crate::Siamese) | [`Contrastive`], [`Triplet`] | `bool`, `()` | `triplet_margin_loss` |
//! | several of these | heads | a tuple, [`Weighted`] | a tuple | their weighted sum |
//! | a formula of your own | any | [`ElementwiseLoss`], [`Loss`] | `[scalar; n]` | |
//! | a gradient from elsewhere | any | [`GivenGradient`] | `[scalar; n]` | `backward(gradient)` |
//!
//! [`SampleWeighted`] gives each sample of any of them a weight. Losses of logits are computed so that outputs of any size do
//! not overflow, and a network whose last layer does not suit the loss, such as a softmax in front of one that takes it itself, does
//! not compile.

mod absolute_error;
mod binary_cross_entropy;
mod cross_entropy;
mod divergence;
mod elementwise;
mod embeddings;
mod focal;
mod given_gradient;
mod heads;
mod hinge;
mod huber;
mod likelihoods;
mod logits;
mod mean_squared_error;
mod negative_log_likelihood;
mod perceptron;
mod sample_weights;
mod soft_target_cross_entropy;
mod softmax_cross_entropy;
mod text;

use pulp::Simd;

pub use absolute_error::{MeanAbsoluteError, Quantile};
pub use binary_cross_entropy::BinaryCrossEntropy;
pub use cross_entropy::CrossEntropy;
pub use divergence::KullbackLeibler;
pub use elementwise::{ElementwiseLoss, Targets};
pub use embeddings::{Contrastive, CosineDistance, Triplet};
pub use focal::Focal;
pub use given_gradient::GivenGradient;
pub use heads::{Element, Weighted};
pub use hinge::{Hinge, SquaredHinge};
pub use huber::{Huber, LogCosh, SmoothL1};
pub use likelihoods::{GaussianNegativeLogLikelihood, PoissonNegativeLogLikelihood};
pub use mean_squared_error::MeanSquaredError;
pub use negative_log_likelihood::NegativeLogLikelihood;
pub use perceptron::Perceptron;
pub use sample_weights::SampleWeighted;
pub use soft_target_cross_entropy::SoftTargetCrossEntropy;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;

use crate::simd::places::from_mut;
use crate::{Error, Outputs, Pass, Scalar};

/// How far the outputs of a network are from their targets.
///
/// The loss of a batch is the mean of the losses of its samples. What a target is follows from the network's output:
/// a loss whose targets do not fit it does not compile.
///
/// # Several heads
///
/// For a network that ends in a `concat` of branches with names, a tuple with a loss for each of them is the sum of these
/// losses, and a target is a tuple of theirs. [`Weighted`] multiplies one by a weight; `correct` is that of the first head
/// with classes. A loss takes its targets as one slice, so each call copies them to the stack.
///
/// ```
/// use castnet::losses::{MeanSquaredError, SoftmaxCrossEntropy, Weighted};
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     /// What to do, and how good the place is.
///     struct Player {
///         input: [6],
///         dense(16), tanh,
///         concat { policy: { dense(4) }, value: { dense(1) } },
///     }
/// }
///
/// let player = Player::init(&mut StdRng::seed_from_u64(1));
/// let loss = (SoftmaxCrossEntropy, Weighted { weight: 0.5, loss: MeanSquaredError });
/// let mut trainer = Trainer::new(player, loss, Adam::default());
/// trainer.step(&[[0.1; 6], [-0.2; 6]], &[(3, [0.5]), (0, [-1.0])])?;
/// let PlayerOutput { policy, value } = trainer.predict(&[0.1; 6]);
/// assert_eq!((policy.len(), value.len()), (4, 1));
/// # Ok::<(), castnet::Error>(())
/// ```
///
/// # A target of another length
///
/// ```compile_fail
/// use castnet::losses::MeanSquaredError;
/// use castnet::{optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Plane {
///         input: [2],
///         dense(1),
///     }
/// }
///
/// let plane = Plane::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(plane, MeanSquaredError, Adam::default());
/// trainer.step(&[[0.5, 0.5]], &[[1.0, 2.0]]).unwrap(); // Two numbers for one output.
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no loss for `{N}`",
    label = "no loss for `{N}`",
    note = "a tuple of losses is for a network with a head for each of them: one that ends in a `concat` all of whose branches have \
            names, as `concat {{ policy: {{ dense(4) }}, value: {{ dense(1) }} }}`",
    note = "a loss of one's own implements `Loss`, or `ElementwiseLoss`"
)]
pub trait Loss<N: Outputs>: Send + Sync {
    /// What the output of one sample is compared with.
    type Target: Copy + Send + Sync + 'static;

    /// Whether the network is one that the loss is for: a constant that does not compile if it is not.
    const FITS: () = ();

    /// Whether `target`, of sample number `sample`, is one at all.
    ///
    /// # Errors
    ///
    /// What is wrong with it; it is in the error that `sample` counts.
    fn check(&self, target: &Self::Target, sample: usize) -> Result<(), Error>;

    /// The part of one lane group in the mean loss of the batch, and the gradient of that part in the group's outputs.
    ///
    /// Both are of the same thing: what is returned is the sum of the losses of the group's samples, divided by
    /// `pass.batch`, and what is written is its derivative. The parts of all groups add up to the mean loss.
    ///
    /// `outputs` is [`LEN`](Outputs::LEN)` * L`, output `i` of sample `s` at `i * L + s`; `targets` are those of the `pass.real`
    /// real lanes, already checked. `gradient` is overwritten: with the derivative of each sample's loss divided by
    /// `pass.batch` in real lanes, with zero in masked ones.
    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[Self::Target],
        gradient: &mut [N::Scalar],
    ) -> f64;

    /// How many samples of a lane group are classified correctly; `None` if the targets are no classes.
    fn correct<const L: usize>(&self, outputs: &[N::Scalar], targets: &[Self::Target]) -> Option<usize> {
        let _ = (outputs, targets);
        None
    }
}

/// Sets the lanes from `real` on to zero in every group of `L`.
fn clear_masked_lanes<T: Scalar, const L: usize>(real: usize, values: &mut [T]) {
    if real < L {
        for lanes in values.chunks_exact_mut(L) {
            from_mut(lanes, real).fill(T::ZERO);
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::simd::dispatch::dispatch;
    use crate::testing::Affine;

    type Network = Affine<false>;

    struct Evaluate<'a, C: Loss<Network>, const L: usize> {
        loss: &'a C,
        pass: &'a Pass,
        outputs: &'a [f64],
        targets: &'a [C::Target],
        gradient: &'a mut [f64],
    }

    impl<C: Loss<Network>, const L: usize> WithSimd for Evaluate<'_, C, L> {
        type Output = f64;
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            self.loss.value_and_gradient::<S, L>(simd, self.pass, self.outputs, self.targets, self.gradient)
        }
    }

    /// Value and gradient against `expected`, the loss of one sample, and its central differences.
    fn check<C: Loss<Network>, const L: usize>(
        loss: &C,
        real: usize,
        target: impl Fn(usize) -> C::Target,
        expected: impl Fn([f64; 2], C::Target) -> f64,
    ) {
        let batch = 40;
        let pass = Pass { real, batch, ..Pass::training(L) };
        let outputs: Vec<f64> = (0..2 * L).map(|index| (index as f64 * 1.7).sin() * 3.0).collect();
        let targets: Vec<C::Target> = (0..real).map(target).collect();
        let mut gradient = vec![f64::NAN; 2 * L];
        let (outputs_of, targets_of) = (&outputs[..], &targets[..]);
        let evaluate =
            Evaluate::<C, L> { loss, pass: &pass, outputs: outputs_of, targets: targets_of, gradient: &mut gradient };
        let value = dispatch::<L, _>(evaluate);

        let sample = |lane: usize| [outputs[lane], outputs[L + lane]];
        let part: f64 = (0..real).map(|lane| expected(sample(lane), targets[lane])).sum::<f64>() / batch as f64;
        assert!((value - part).abs() < 1e-12 * part.abs(), "loss {value}, expected {part}");
        for (index, &found) in gradient.iter().enumerate() {
            let (output, lane) = (index / L, index % L);
            if lane >= real {
                assert_eq!(found, 0.0);
                continue;
            }
            let shifted = |shift: f64| {
                let mut sample = sample(lane);
                sample[output] += shift;
                expected(sample, targets[lane])
            };
            let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5 / batch as f64;
            assert!((found - difference).abs() < 1e-7 * difference.abs().max(0.01), "{found}, expected {difference}");
        }
    }

    fn check_lanes<const L: usize>() {
        for real in [L, L.div_ceil(2), 1] {
            check::<_, L>(
                &SoftmaxCrossEntropy,
                real,
                |sample| sample % 2,
                |[a, b], class| (a.exp() + b.exp()).ln() - [a, b][class],
            );
            check::<_, L>(
                &SoftTargetCrossEntropy,
                real,
                |sample| [sample as f64 / L as f64, 1.0 - sample as f64 / L as f64],
                |[a, b], [c, d]| (a.exp() + b.exp()).ln() - a * c - b * d,
            );
            check::<_, L>(&GivenGradient, real, |sample| [1.0 + sample as f64, 20.0], |[a, b], [c, d]| a * c + b * d);
            check::<_, L>(
                &MeanSquaredError,
                real,
                |sample| [sample as f64 * 0.1, -0.5],
                |[a, b], [c, d]| ((a - c).powi(2) + (b - d).powi(2)) / 2.0,
            );
        }
    }

    #[test]
    fn values_and_gradients_follow_the_formulas() {
        check_lanes::<1>();
        check_lanes::<3>();
        check_lanes::<8>();
        check_lanes::<16>();
        check_lanes::<32>();
    }

    #[test]
    fn large_outputs_do_not_overflow() {
        let pass = Pass::training(1);
        let outputs = [1_000.0, -1_000.0];
        let mut gradient = [0.0; 2];
        let loss = SoftmaxCrossEntropy;
        let evaluate =
            Evaluate::<_, 1> { loss: &loss, pass: &pass, outputs: &outputs, targets: &[1], gradient: &mut gradient };
        assert_eq!(dispatch::<1, _>(evaluate), 2_000.0);
        assert_eq!(gradient, [1.0, -1.0]);
    }

    #[test]
    fn unusable_targets_are_errors() {
        let error = Loss::<Network>::check(&SoftmaxCrossEntropy, &2, 5).unwrap_err();
        assert!(matches!(error, Error::LabelOutOfRange { sample: 5, label: 2, classes: 2 }));
        let error = Loss::<Network>::check(&MeanSquaredError, &[0.0, f64::NAN], 6).unwrap_err();
        assert!(matches!(error, Error::NonFiniteTarget { sample: 6, output: 1, .. }));
        let check = |target| Loss::<Network>::check(&SoftTargetCrossEntropy, &target, 7);
        assert!(matches!(check([f64::INFINITY, 0.0]), Err(Error::NonFiniteTarget { sample: 7, output: 0, .. })));
        assert_eq!(check([1.5, -0.5]), Err(Error::NotProbabilities { sample: 7, sum: 1.0, least: -0.5 }));
        assert_eq!(check([0.5, 0.25]), Err(Error::NotProbabilities { sample: 7, sum: 0.75, least: 0.25 }));
        assert_eq!(check([0.3, 0.7 + 1e-7]), Ok(()));
    }

    #[test]
    fn correct_counts_the_largest_outputs_of_real_lanes() {
        let outputs = [0.0, 2.0, 9.0, 1.0, 1.0, 0.0];
        assert_eq!(Loss::<Network>::correct::<3>(&SoftmaxCrossEntropy, &outputs, &[1, 1]), Some(1));
        let probabilities = [[0.4, 0.6], [0.4, 0.6]];
        assert_eq!(Loss::<Network>::correct::<3>(&SoftTargetCrossEntropy, &outputs, &probabilities), Some(1));
        assert_eq!(Loss::<Network>::correct::<3>(&MeanSquaredError, &outputs, &[[0.0; 2]; 2]), None);
    }
}
