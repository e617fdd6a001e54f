//! The common loop: epochs of shuffled batches.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::{ControlFlow, RangeInclusive};

use super::begun_epoch::BegunEpoch;
use super::checkpoints::{Checkpoints, Run};
use super::clock::Clock;
#[cfg(not(feature = "std"))]
use super::clock::NoClock as DefaultClock;
#[cfg(feature = "std")]
use super::clock::SystemClock as DefaultClock;
use super::evaluate::check_data;
use super::fit_error::{FitError, FitFault};
use super::frozen::{check_batch_size, is_stage_frozen};
use super::history::{Epoch, History};
use super::observers::Observer;
use super::progress::{Progress, Reporter};
use super::scores::Folds;
use super::trainer::Trainer;
use crate::data::{Batches, Dataset, Draw, check_finite};
use crate::losses::Loss;
use crate::metrics::AnyMetric;
use crate::network::check_tokens;
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
/// use castnet::{losses::MeanSquaredError, optimizers::Adam, prelude::*};
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
/// # Ok::<(), castnet::train::FitError>(())
/// ```
pub struct FitOptions<'a, N: Network, Y> {
    epochs: Epochs,
    batch_size: usize,
    accumulation: usize,
    shuffle: bool,
    progress: Progress,
    clock: Box<dyn Clock + 'a>,
    validation: Option<Box<dyn Dataset<Scalar = N::Scalar, Target = Y> + 'a>>,
    metrics: Vec<&'a dyn AnyMetric<N::Scalar, Y>>,
    on_epoch: Option<OnEpoch<'a, N>>,
    checkpoints: Option<Checkpoints>,
}

/// How long a fit is.
#[derive(Clone, Copy)]
enum Epochs {
    /// So many.
    Of(usize),
    /// Until the trainer has finished so many, in all of its fits.
    Until(u64),
}

impl Epochs {
    /// How many epochs the fit has, of which so many are done, when the trainer has finished `finished`.
    fn of(self, done: usize, finished: u64) -> usize {
        match self {
            Self::Of(epochs) => epochs,
            Self::Until(epochs) => done + epochs.saturating_sub(finished) as usize,
        }
    }
}

impl<'a, N: Network, Y: Copy + Send + Sync + 'static> FitOptions<'a, N, Y> {
    /// Training for `epochs` times all samples; none if it is 0. An epoch that an earlier fit has begun and not finished
    /// is the first of them.
    pub fn new(epochs: usize) -> Self {
        Self {
            epochs: Epochs::Of(epochs),
            batch_size: 32,
            accumulation: 1,
            shuffle: true,
            progress: Progress::Auto,
            clock: Box::new(DefaultClock),
            validation: None,
            metrics: Vec::new(),
            on_epoch: None,
            checkpoints: None,
        }
    }

    /// Training until the trainer has finished `epochs` epochs in all of its fits: what a run says that may be stopped and
    /// go on.
    pub fn until(epochs: u64) -> Self {
        Self { epochs: Epochs::Until(epochs), ..Self::new(0) }
    }

    /// How many samples make a step. The last batch of an epoch has what is left.
    pub fn batch_size(mut self, samples: usize) -> Self {
        self.batch_size = samples;
        self
    }

    /// How many batches make a step, if not one: their gradients are [added up](super::GradientSum). The last step of an epoch
    /// has what is left; 0 counts as 1.
    pub fn accumulation(mut self, batches: usize) -> Self {
        self.accumulation = batches.max(1);
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
        self.validation = Some(Box::new(data));
        self
    }

    /// One more metric to score the validation data by; the bar shows it of the training samples so far.
    pub fn metric(mut self, metric: &'a dyn AnyMetric<N::Scalar, Y>) -> Self {
        self.metrics.push(metric);
        self
    }

    /// What to show meanwhile.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// What times the epochs: the system's clock, if there is one, unless this is called.
    pub fn clock(mut self, clock: impl Clock + 'a) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// What to call after each epoch, with the network as it is then. Training ends early if it returns
    /// [`ControlFlow::Break`]. A closure that uses the network names its type: `|epoch, network: &LeNet5| ..`.
    pub fn on_epoch(mut self, call: impl FnMut(&Epoch, &N) -> ControlFlow<()> + 'a) -> Self {
        self.on_epoch = Some(Box::new(call));
        self
    }

    /// The folder of the run, `"runs/a"`, or [`Checkpoints`] with settings of their own: the fit keeps checkpoints in it, and goes on
    /// from the newest that is there. The epochs of the fit are then those of the run, those before among them.
    #[cfg(all(feature = "safetensors", feature = "std"))]
    pub fn checkpoints(mut self, folder: impl Into<Checkpoints>) -> Self {
        self.checkpoints = Some(folder.into());
        self
    }
}

impl<N: Network, C: Loss<N>, O: Optimizer<N>, const L: usize, H: Observer<N>> Trainer<N, C, O, L, H> {
    /// Trains on all samples of a data set, epoch after epoch.
    ///
    /// A further fit goes on where the one before ended, wherever that was: with the optimizer's state, the schedule's step
    /// and new orders, and within an epoch with the samples that are left of it. A fit that was stopped anywhere and went on
    /// has the bits of one that was not.
    ///
    /// Training sees the samples of an [augmented](crate::data::augment) data set as they are drawn from the trainer's seed, the
    /// epoch and their numbers; the validation data is seen as it is.
    ///
    /// Samples that are [quick](Dataset::is_quick) to read are all looked at before the first step, so that nothing has been
    /// learnt when the last of them is found to be wrong; for MNIST that takes 0.08 s. Others, as those that are decoded when
    /// they are asked for, are looked at batch by batch: a wrong one is found before the step that it is in.
    ///
    /// # Errors
    ///
    /// - [`Error::EmptyDataset`], [`Error::ZeroBatchSize`], [`Error::SampleShape`] and
    ///   [`Error::MetricsWithoutValidation`] and [`Error::OneSample`], before anything is done;
    /// - those of [`step`](Trainer::step), with the number of the sample in the data set. The network is then as the
    ///   last good step left it, but for what an observer does at the end of a fit.
    ///
    /// The error says whether it is about the validation data or [checkpoints](FitOptions::checkpoints), and has the history of the
    /// epochs before it.
    pub fn fit<D>(&mut self, data: &D, options: FitOptions<'_, N, C::Target>) -> Result<History, FitError>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        let metrics = options.metrics.iter().map(|metric| metric.name().to_owned()).collect();
        let mut history = History { epochs: Vec::new(), metrics, stopped: false, notes: Vec::new() };
        match self.try_fit(data, options, &mut history) {
            Ok(()) => Ok(history),
            Err(fault) => Err(FitError { fault, history: Box::new(history) }),
        }
    }

    fn try_fit<D>(
        &mut self,
        data: &D,
        mut options: FitOptions<'_, N, C::Target>,
        history: &mut History,
    ) -> Result<(), FitFault>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        check_samples::<N, C, D>(&self.loss, data).map_err(FitFault::Training)?;
        match &options.validation {
            Some(validation) => {
                check_samples::<N, C, _>(&self.loss, &**validation).map_err(FitFault::Validation)?;
            }
            None if options.metrics.is_empty() => {}
            None => return Err(FitFault::Validation(Error::MetricsWithoutValidation)),
        }
        let mut batches = Batches::new(data, options.batch_size).map_err(FitFault::Training)?;
        // The last batch is the smallest.
        let smallest = (data.len() - 1) % options.batch_size + 1;
        let is_frozen = |stage| is_stage_frozen::<N>(stage, |segment| self.optimizer.is_frozen(segment));
        check_batch_size::<N>(smallest, is_frozen).map_err(FitFault::Training)?;
        let mut run = Run::new(history, Reporter::new(options.progress), options.checkpoints.take())?;
        let has_ended = self.resume(&mut run)?;
        let done = run.history.epochs.len();
        let of = options.epochs.of(done, self.epoch);
        if has_ended && self.begun.is_none() && (run.history.stopped || done >= of) {
            return Ok(());
        }
        self.observed(|observers, network| observers.begin(network));
        let result = self.fit_epochs(done + 1..=of, &mut batches, &mut options, &mut run);
        self.observed(|observers, network| observers.end(network));
        self.keep_end(&mut run, result)
    }

    fn fit_epochs<D>(
        &mut self,
        numbers: RangeInclusive<usize>,
        batches: &mut Batches<'_, D>,
        options: &mut FitOptions<'_, N, C::Target>,
        run: &mut Run<'_>,
    ) -> Result<(), FitFault>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        run.history.stopped = false;
        let of = *numbers.end();
        for number in numbers {
            let Some(epoch) = self.fit_epoch((number, of), batches, options, run)? else {
                run.history.stopped = true;
                break;
            };
            run.reporter.finish(&epoch);
            let observed = self.finish_epoch(&epoch);
            let called =
                options.on_epoch.as_mut().map_or(ControlFlow::Continue(()), |call| call(&epoch, self.network()));
            run.history.epochs.push(epoch);
            let is_stopped = observed.is_break() || called.is_break();
            self.keep_epoch(run, is_stopped || number == of)?;
            if is_stopped {
                run.history.stopped = number < of;
                break;
            }
        }
        Ok(())
    }

    /// One epoch, or what is left of one; `None` if an observer stops it.
    fn fit_epoch<D>(
        &mut self,
        (number, of): (usize, usize),
        batches: &mut Batches<'_, D>,
        options: &FitOptions<'_, N, C::Target>,
        run: &mut Run<'_>,
    ) -> Result<Option<Epoch>, FitFault>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        let start = options.clock.seconds();
        let begun = self.begin_epoch(batches, options);
        run.reporter.start(number, of, batches.left().div_ceil(options.accumulation));
        if self.fit_batches(batches, begun, options, run)?.is_break() {
            return Ok(None);
        }
        let validation = match &options.validation {
            Some(data) => Some(self.evaluate_with(&**data, &options.metrics).map_err(FitFault::Validation)?),
            None => None,
        };
        let learnt = self.begun.take().unwrap_or(begun);
        self.epoch += 1;
        Ok(Some(Epoch {
            number,
            of,
            training_loss: learnt.running().loss,
            training_regularization: learnt.regularization / learnt.taken as f64,
            training_accuracy: learnt.running().accuracy,
            validation,
            learning_rate: learnt.learning_rate,
            seconds: options.clock.seconds().zip(start).map(|(end, start)| end - start),
        }))
    }

    /// Puts the batches where the epoch begins, or goes on.
    fn begin_epoch<D>(&self, batches: &mut Batches<'_, D>, options: &FitOptions<'_, N, C::Target>) -> BegunEpoch
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        if options.shuffle {
            batches.shuffle(self.seed, self.epoch);
        } else {
            batches.restart();
        }
        let new = BegunEpoch::new(batches.samples(), options.batch_size, options.shuffle);
        let begun = self.begun.filter(|begun| begun.is_of_same(&new)).unwrap_or(new);
        batches.pass_over(begun.taken);
        begun
    }

    /// One step for every batch that is left; what has been done is noted after each, in `self.begun`.
    fn fit_batches<D>(
        &mut self,
        batches: &mut Batches<'_, D>,
        mut begun: BegunEpoch,
        options: &FitOptions<'_, N, C::Target>,
        run: &mut Run<'_>,
    ) -> Result<ControlFlow<()>, FitFault>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        self.begun = Some(begun);
        // Nobody sees them otherwise.
        let metrics = if run.reporter.shows_batches() { &options.metrics[..] } else { &[] };
        let mut folds = Folds::start::<N, _>(metrics);
        let draw = Draw::new(self.seed, self.epoch);
        self.forget_accumulated();
        let mut kept = 1;
        loop {
            let is_last = batches.left() == 1;
            let Some(batch) = batches.next() else { break };
            if kept < options.accumulation && !is_last {
                kept += 1;
                self.accumulate_batch(&batch.drawn(draw)).map_err(FitFault::Training)?;
                continue;
            }
            kept = 1;
            let report = self.step_scored(&batch.drawn(draw), metrics, &mut folds).map_err(FitFault::Training)?;
            begun.add(&report);
            self.begun = Some(begun);
            run.reporter.advance(begun.running(), folds.values::<N, _>(metrics));
            if report.stop {
                return Ok(ControlFlow::Break(()));
            }
            // What comes of a whole epoch is kept with it.
            if begun.taken < begun.samples {
                self.keep_step(run)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Checks a data set: that it fits the network, and every sample if that is quick.
fn check_samples<N, C, D>(loss: &C, data: &D) -> Result<(), Error>
where
    N: Network,
    C: Loss<N>,
    D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
{
    check_data::<N, D>(data)?;
    if !data.is_quick() {
        return Ok(());
    }
    let mut input = vec![N::Scalar::ZERO; N::INPUT_LEN];
    (0..data.len()).try_for_each(|sample| {
        let target = data.sample(sample, &mut input);
        check_finite(sample, &input)?;
        check_tokens::<N, 1>(1, &input).map_err(|error| error.in_sample(|_| sample))?;
        loss.check(&target, sample)
    })
}
