//! The common loop: epochs of shuffled batches.

use std::ops::ControlFlow;
use std::time::Instant;

use super::erased::AnyDataset;
use super::evaluate::check_data;
use super::group::Tally;
use super::history::{Epoch, History};
use super::progress::{Progress, Reporter, Running};
use super::trainer::Trainer;
use crate::data::{Batches, Dataset, check_finite};
use crate::losses::Loss;
use crate::metrics::AnyMetric;
use crate::optimizers::Optimizer;
use crate::{Error, Network, Scalar};

type OnEpoch<'a, N> = Box<dyn FnMut(&Epoch, &N) -> ControlFlow<()> + 'a>;

/// How [`Trainer::fit`] trains: for a network `N` and the targets `Y` of the loss.
///
/// Without further words: shuffled batches of 32, no validation, a progress bar where there is a terminal.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use castnet::metrics::MeanAbsoluteError;
/// use castnet::train::{FitOptions, Progress, Trainer};
/// use castnet::{Network, losses::MeanSquaredError, network, optimizers::Adam};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// let data: Vec<_> = (0..20).map(|index| ([index as f32 / 20.0], [index as f32 / 10.0])).collect();
/// let line = Line::init(&mut StdRng::seed_from_u64(1));
/// let mut trainer = Trainer::new(line, MeanSquaredError, Adam::default()).schedule(0.02);
/// let options = FitOptions::new(500)
///     .batch_size(8)
///     .validation(&data)
///     .metric(&MeanAbsoluteError)
///     .progress(Progress::Silent)
///     .on_epoch(|epoch, _network| match &epoch.validation {
///         Some(validation) if validation.loss < 1e-4 => ControlFlow::Break(()),
///         _ => ControlFlow::Continue(()),
///     });
/// let history = trainer.fit(&data, options)?;
/// assert!(history.stopped && history.last().training_loss < 1e-3);
/// # Ok::<(), castnet::Error>(())
/// ```
pub struct FitOptions<'a, N: Network, Y> {
    epochs: usize,
    batch_size: usize,
    shuffle: bool,
    progress: Progress,
    validation: Option<AnyDataset<'a, N::Scalar, Y>>,
    metrics: Vec<&'a dyn AnyMetric<N::Scalar, Y>>,
    on_epoch: Option<OnEpoch<'a, N>>,
}

impl<'a, N: Network, Y> FitOptions<'a, N, Y> {
    /// Training for `epochs` times all samples; at least once.
    pub fn new(epochs: usize) -> Self {
        Self {
            epochs: epochs.max(1),
            batch_size: 32,
            shuffle: true,
            progress: Progress::Auto,
            validation: None,
            metrics: Vec::new(),
            on_epoch: None,
        }
    }

    /// How many samples make a step. The last batch of an epoch has what is left.
    pub fn batch_size(mut self, samples: usize) -> Self {
        self.batch_size = samples;
        self
    }

    /// Whether every epoch takes the samples in a new order, drawn from the trainer's seed. Without it they come in the
    /// order of the data set.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// What to evaluate the network on after each epoch.
    pub fn validation<D: Dataset<Scalar = N::Scalar, Target = Y> + ?Sized>(mut self, data: &'a D) -> Self {
        self.validation = Some(AnyDataset::new(data));
        self
    }

    /// One more metric to score the validation data by.
    pub fn metric(mut self, metric: &'a dyn AnyMetric<N::Scalar, Y>) -> Self {
        self.metrics.push(metric);
        self
    }

    /// What to show meanwhile.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// What to call after each epoch, with the network as it is then. Training ends early if it returns
    /// [`ControlFlow::Break`]. A closure that uses the network names its type: `|epoch, network: &LeNet5| ..`.
    pub fn on_epoch(mut self, call: impl FnMut(&Epoch, &N) -> ControlFlow<()> + 'a) -> Self {
        self.on_epoch = Some(Box::new(call));
        self
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize> Trainer<N, C, O, L> {
    /// Trains on all samples of a data set, epoch after epoch.
    ///
    /// A second fit goes on where the first one ended: with the optimizer's state, the schedule's step and new orders.
    ///
    /// # Errors
    ///
    /// - [`Error::EmptyDataset`], [`Error::ZeroBatchSize`] and [`Error::SampleShape`], before anything is done;
    /// - those of [`step`](Trainer::step), with the number of the sample in the data set. The network is then as the
    ///   last good step left it.
    pub fn fit<D>(&mut self, data: &D, mut options: FitOptions<'_, N, C::Target>) -> Result<History, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        check_data::<N, D>(data)?;
        check_samples(&self.loss, data)?;
        if let Some(validation) = &options.validation {
            check_data::<N, _>(validation)?;
            check_samples(&self.loss, validation)?;
        }
        let mut batches = Batches::new(data, options.batch_size)?;
        let mut reporter = Reporter::new(options.progress);
        let metrics = options.metrics.iter().map(|metric| metric.name().to_owned()).collect();
        let mut history = History { epochs: Vec::new(), metrics, stopped: false };
        for number in 1..=options.epochs {
            let epoch = self.fit_epoch(number, &mut batches, &options, &mut reporter)?;
            reporter.finish(&epoch);
            let flow = options.on_epoch.as_mut().map_or(ControlFlow::Continue(()), |call| call(&epoch, self.network()));
            history.epochs.push(epoch);
            if flow.is_break() {
                history.stopped = number < options.epochs;
                break;
            }
        }
        Ok(history)
    }

    fn fit_epoch<D>(
        &mut self,
        number: usize,
        batches: &mut Batches<'_, D>,
        options: &FitOptions<'_, N, C::Target>,
        reporter: &mut Reporter,
    ) -> Result<Epoch, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        let start = Instant::now();
        if options.shuffle {
            batches.shuffle(self.seed, self.epoch);
        } else {
            batches.restart();
        }
        reporter.start(number, options.epochs, batches.count());
        let training = self.fit_batches(batches, reporter)?;
        self.epoch += 1;
        let validation = match &options.validation {
            Some(data) => Some(self.evaluate_with(data, &options.metrics)?),
            None => None,
        };
        Ok(Epoch {
            number,
            of: options.epochs,
            training_loss: training.loss,
            training_accuracy: training.accuracy,
            validation,
            learning_rate: training.learning_rate,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// One step for every batch; returns the means over the samples.
    fn fit_batches<D>(&mut self, batches: &mut Batches<'_, D>, reporter: &mut Reporter) -> Result<Running, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        let (mut tally, mut samples) = (Tally::EMPTY, 0);
        let mut running = Running { loss: 0.0, accuracy: None, learning_rate: 0.0 };
        while let Some(batch) = batches.next() {
            let report = self.step_batch(&batch)?;
            samples += report.samples;
            tally = tally.and(Tally { loss: report.loss * report.samples as f64, correct: report.correct });
            let accuracy = tally.correct.map(|correct| correct as f64 / samples as f64);
            running = Running { loss: tally.loss / samples as f64, accuracy, learning_rate: report.learning_rate };
            reporter.advance(running);
        }
        Ok(running)
    }
}

/// Checks all samples, so that a fault in the last one is found before the first step. For the MNIST digits that takes
/// 0.08 s.
fn check_samples<N, C, D>(loss: &C, data: &D) -> Result<(), Error>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
{
    let mut input = vec![N::Scalar::ZERO; N::INPUT_LEN];
    (0..data.len()).try_for_each(|sample| {
        let target = data.sample(sample, &mut input);
        check_finite(sample, &input)?;
        loss.check(&target, sample)
    })
}
