//! The loss on a whole data set, for methods that ask for it themselves.

use super::engine::{Engine, Job};
use super::evaluate::check_data;
use super::overflow::check_statistics;
use super::workers::Workers;
use crate::data::{Batch, Dataset};
use crate::losses::Loss;
use crate::optimizers::{Minimizer, Objective};
use crate::{Error, IntoNetwork, Network, Pass};

/// The lanes of a group, as in a trainer.
pub(super) const LANES: usize = 16;

/// As often running statistics are moved towards those of the data.
const MOST_REFRESHES: usize = 50_000;

/// The mean loss of a network on a data set, in training (batch norm takes the statistics of the data, dropout always drops
/// the same values), as a function of its parameters: what a [`Minimizer`] makes small.
///
/// ```
/// use castnet::losses::MeanSquaredError;
/// use castnet::optimizers::Objective;
/// use castnet::train::DatasetLoss;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1, init = zeros),
///     }
/// }
///
/// let data = [([1.0_f32], [3.0_f32]), ([2.0], [1.0])];
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut gradient = line.clone();
/// let mut loss = DatasetLoss::new(&MeanSquaredError, &data)?;
/// assert_eq!(loss.value(&*line)?, (9.0 + 1.0) / 2.0);
/// assert_eq!(loss.value_and_gradient(&*line, &mut gradient)?, (9.0 + 1.0) / 2.0);
/// // With the weight first.
/// assert_eq!(gradient.parameters(), [-(3.0 * 1.0 + 1.0 * 2.0), -(3.0 + 1.0)]);
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct DatasetLoss<'a, N: Network, C: Loss<N>, D: ?Sized> {
    loss: &'a C,
    batch: Batch<'a, D>,
    engine: Engine<N, C::Target, LANES>,
}

impl<'a, N, C, D> DatasetLoss<'a, N, C, D>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
{
    /// The mean of `loss` on `data`.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyDataset`] and [`Error::SampleShape`].
    pub fn new(loss: &'a C, data: &'a D) -> Result<Self, Error> {
        let () = C::FITS;
        check_data::<N, D>(data)?;
        Ok(Self { loss, batch: Batch::all(data), engine: Engine::new(Workers::default(), data.len()) })
    }

    /// Shares the work among `count` threads, as [`Trainer::threads`](super::Trainer::threads) does, to the same bits.
    ///
    /// ```
    /// use castnet::losses::MeanSquaredError;
    /// use castnet::optimizers::BacktrackingDescent;
    /// use castnet::train::DatasetLoss;
    /// use castnet::prelude::*;
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! {
    ///     struct Line {
    ///         input: [1],
    ///         dense(1),
    ///     }
    /// }
    ///
    /// let data: Vec<_> = (0..100).map(|index| ([index as f32 / 100.0], [1.0 - index as f32 / 50.0])).collect();
    /// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let mut objective = DatasetLoss::new(&MeanSquaredError, &data)?.threads(2)?;
    /// let loss = objective.minimize(&mut line, &BacktrackingDescent::default(), 100)?;
    /// assert!(loss < 1e-4);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] if the system does not give them.
    #[cfg(feature = "threads")]
    pub fn threads(mut self, count: usize) -> Result<Self, Error> {
        self.engine = Engine::new(Workers::new(count)?, self.batch.len());
        Ok(self)
    }

    /// Makes the loss of a network small, in `steps` steps of a [`Minimizer`], and returns what it comes to. The running
    /// statistics of batch norm move in every step, as in a trainer.
    ///
    /// # Errors
    ///
    /// As [`minimize`].
    pub fn minimize<'n, M: Minimizer<N>>(
        &mut self,
        network: impl IntoNetwork<&'n mut N>,
        minimizer: &M,
        steps: u64,
    ) -> Result<f64, Error> {
        let network = network.into_network();
        minimizer.check()?;
        let mut state = minimizer.start();
        let mut value = self.value(network)?;
        for step in 0..steps {
            value = minimizer.step(&mut state, network, self)?;
            self.update_running_statistics(network, step)?;
        }
        Ok(value)
    }

    /// Sets the running statistics of batch norm to those of the data as the network sees them now: for weights that no step
    /// has made, such as the [mean of several networks](super::observers::Swa). PyTorch's `update_bn`, for one batch.
    ///
    /// # Errors
    ///
    /// What is wrong with a sample, and [`Error::NonFiniteUpdate`].
    pub fn refresh_running_statistics<'n>(&mut self, network: impl IntoNetwork<&'n mut N>) -> Result<(), Error>
    where
        N: 'n,
    {
        let network = network.into_network();
        if N::STAGES == 1 {
            return Ok(());
        }
        self.update_running_statistics(network, 0)?;
        // Each time they go a part of the way that is left, until no digit changes; a network may go a thousandth.
        let mut before = bytemuck::zeroed_box::<N>();
        for _ in 0..MOST_REFRESHES {
            before.parameters_mut().copy_from_slice(network.parameters());
            network.update_running_statistics::<LANES>(self.engine.first_trace(), self.batch.len());
            if before.parameters() == network.parameters() {
                break;
            }
        }
        Ok(())
    }

    fn pass(&self) -> Pass {
        Pass { batch: self.batch.len(), ..Pass::training(LANES) }
    }

    /// Moves the running statistics of batch norm towards those of the data; `step` is the number of the step.
    fn update_running_statistics(&mut self, network: &mut N, step: u64) -> Result<(), Error> {
        if N::STAGES > 1 {
            let pass = self.pass();
            self.engine.learn(&Job { network: &*network, loss: self.loss, batch: &self.batch, pass, metrics: &[] })?;
            check_statistics::<N, LANES>(self.engine.first_trace(), (step, 0.0))?;
            network.update_running_statistics::<LANES>(self.engine.first_trace(), self.batch.len());
        }
        Ok(())
    }
}

impl<N, C, D> Objective<N> for DatasetLoss<'_, N, C, D>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
{
    fn value(&mut self, network: &N) -> Result<f64, Error> {
        let pass = self.pass();
        Ok(self.engine.compare(&Job { network, loss: self.loss, batch: &self.batch, pass, metrics: &[] })?.loss)
    }

    /// # Errors
    ///
    /// What is wrong with a sample, and [`Error::NonFiniteLoss`], in which the step is 0.
    fn value_and_gradient(&mut self, network: &N, gradient: &mut N) -> Result<f64, Error> {
        let pass = self.pass();
        let loss = self.engine.learn(&Job { network, loss: self.loss, batch: &self.batch, pass, metrics: &[] })?.loss;
        if !loss.is_finite() {
            return Err(Error::NonFiniteLoss { step: 0, loss });
        }
        *gradient = *self.engine.gradient();
        Ok(loss)
    }
}

/// Makes an objective without running statistics small.
pub(super) fn descend<N: Network, F: Objective<N>, M: Minimizer<N>>(
    objective: &mut F,
    network: &mut N,
    minimizer: &M,
    steps: u64,
) -> Result<f64, Error> {
    minimizer.check()?;
    let mut state = minimizer.start();
    let value = objective.value(network)?;
    (0..steps).try_fold(value, |_, _| minimizer.step(&mut state, network, objective))
}

/// Makes the mean loss of a network on a whole data set small, in `steps` steps of a [`Minimizer`], and returns the loss
/// that it comes to.
///
/// It works on the calling thread, and several share the work of a [`DatasetLoss`] with [threads](DatasetLoss::threads). The
/// running statistics of batch norm move in every step, as in a trainer.
///
/// # Errors
///
/// [`Error::EmptyDataset`], [`Error::SampleShape`] and [`Error::Setting`] before the first step; what is wrong with a
/// sample, [`Error::NonFiniteLoss`], [`Error::NonFiniteGradient`] and [`Error::NonFiniteUpdate`], after which the network is
/// as the last step without fault left it.
///
/// ```
/// use castnet::losses::SoftmaxCrossEntropy;
/// use castnet::optimizers::BacktrackingDescent;
/// use castnet::train::minimize;
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Xor {
///         input: [2],
///         dense(8), tanh,
///         dense(2),
///     }
/// }
///
/// let data = [([0.0_f32, 0.0], 0_usize), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)];
/// let mut xor = Xor::init(&mut StdRng::seed_from_u64(1));
/// let loss = minimize(&mut xor, &SoftmaxCrossEntropy, &data, &BacktrackingDescent::default(), 200)?;
/// assert!(loss < 0.05);
/// # Ok::<(), castnet::Error>(())
/// ```
pub fn minimize<'a, N, C, D, M>(
    network: impl IntoNetwork<&'a mut N>,
    loss: &C,
    data: &D,
    minimizer: &M,
    steps: u64,
) -> Result<f64, Error>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    M: Minimizer<N>,
{
    DatasetLoss::new(loss, data)?.minimize(network, minimizer, steps)
}

#[cfg(all(test, feature = "threads"))]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::Parameters;
    use crate::losses::MeanSquaredError;
    use crate::optimizers::BacktrackingDescent;
    use crate::testing::Affine;

    /// The bits that a few steps on some threads come to.
    fn bits<const CENTRED: bool>(threads: usize) -> Vec<u64> {
        let mut rng = StdRng::seed_from_u64(3);
        // Several shards, the last of which is not full, nor is its last group.
        let data: Vec<([f64; 3], [f64; 2])> = (0..1_003).map(|_| (rng.random(), rng.random())).collect();
        let mut network = Affine::<CENTRED>::init(&mut rng);
        let mut objective = DatasetLoss::new(&MeanSquaredError, &data).unwrap().threads(threads).unwrap();
        let start = objective.value(&*network).unwrap();
        let mut gradient = network.clone();
        assert_eq!(objective.value_and_gradient(&*network, &mut gradient).unwrap(), start, "on {threads} threads");
        let end = objective.minimize(&mut *network, &BacktrackingDescent::default(), 5).unwrap();
        assert!(end < start);
        let numbers =
            [start, end].into_iter().chain(gradient.parameters().to_vec()).chain(network.parameters().to_vec());
        numbers.map(f64::to_bits).collect()
    }

    #[test]
    fn any_number_of_threads_comes_to_the_same_bits() {
        for threads in [2, 3, 7] {
            assert_eq!(bits::<false>(threads), bits::<false>(1), "{threads} threads");
            assert_eq!(bits::<true>(threads), bits::<true>(1), "{threads} threads");
        }
    }
}
