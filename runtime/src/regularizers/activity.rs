//! Layers that put out little.

use pulp::Simd;

use super::penalties::check_factor;
use crate::losses::Loss;
use crate::metrics::{Mean, Metric};
use crate::{Error, Outputs, Pass, Scalar};

/// A penalty on what a layer puts out: `loss = l1 * sum |y| + l2 * sum y^2`, the mean over the samples; Keras'
/// `ActivityRegularization`.
///
/// It is a loss whose target is `()`, so that what it is on is a head: the layer's output beside the network's own. The loss of the
/// network is the whole one then; as a [metric](crate::metrics::OfHead) of that head it is the part of it.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::metrics::OfHead;
/// use castnet::regularizers::Activity;
/// use castnet::{evaluate, optimizers::Adam, prelude::*, train::Trainer};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     /// A code that is mostly zeros.
///     struct Sparse {
///         input: [4],
///         dense(8), relu,
///         concat { output: { dense(4) }, code: {} },
///     }
/// }
///
/// let activity = Activity { l1: 0.01, l2: 0.0 };
/// let sparse = Sparse::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(sparse, (MeanSquaredError, activity), Adam::default()).schedule(0.01);
/// let data = [([1.0_f32, 0.0, 0.0, 0.0], ([1.0_f32, 0.0, 0.0, 0.0], ())), ([0.0, 1.0, 0.0, 0.0], ([0.0, 1.0, 0.0, 0.0], ()))];
/// let part = OfHead::<Sparse, 1, _>::new("activity", activity);
/// let before = trainer.evaluate_with(&data, &[&part])?.scores[0].value;
/// for _ in 0..100 {
///     trainer.step(&data.map(|(input, _)| input), &data.map(|(_, target)| target))?;
/// }
/// let after = trainer.evaluate_with(&data, &[&part])?;
/// assert!(after.scores[0].value < after.loss);
/// assert!(before > 0.0);
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activity {
    /// The factor of the magnitudes; from 0.
    pub l1: f64,
    /// The factor of the squares; from 0.
    pub l2: f64,
}

impl Activity {
    fn of(self, output: f64) -> f64 {
        self.l1 * Scalar::abs(output) + self.l2 * output * output
    }
}

impl<N: Outputs> Loss<N> for Activity {
    type Target = ();

    /// # Errors
    ///
    /// [`Error::Setting`].
    fn check(&self, (): &(), _sample: usize) -> Result<(), Error> {
        check_factor("l1", self.l1)?;
        check_factor("l2", self.l2)
    }

    fn value_and_gradient<S: Simd, const L: usize>(
        &self,
        _simd: S,
        pass: &Pass,
        outputs: &[N::Scalar],
        targets: &[()],
        gradient: &mut [N::Scalar],
    ) -> f64 {
        gradient.fill(N::Scalar::ZERO);
        let mut sum = 0.0;
        for (slopes, outputs) in gradient.chunks_exact_mut(L).zip(outputs.chunks_exact(L)) {
            for (slope, output) in slopes.iter_mut().zip(outputs).take(targets.len()) {
                let output = output.to_f64();
                let sign = if output == 0.0 { 0.0 } else { 1.0_f64.copysign(output) };
                *slope = N::Scalar::from_f64((self.l1 * sign + 2.0 * self.l2 * output) / pass.batch as f64);
                sum += self.of(output);
            }
        }
        sum / pass.batch as f64
    }
}

impl<T: Scalar> Metric<T, ()> for Activity {
    type Fold = Mean;

    fn name(&self) -> &str {
        "activity"
    }

    fn start(&self) -> Mean {
        Mean::default()
    }

    fn add(&self, fold: &mut Mean, output: &[T], (): &()) {
        fold.add(output.iter().map(|output| self.of(output.to_f64())).sum());
    }

    fn merge(&self, fold: &mut Mean, other: Mean) {
        fold.merge(other);
    }

    fn finish(&self, fold: Mean) -> f64 {
        fold.value()
    }
}
