//! Which learning rate to take.

use alloc::vec::Vec;

use super::evaluate::check_data;
use super::observers::Observer;
use super::trainer::Trainer;
use crate::data::{Batches, Dataset, Draw};
use crate::losses::Loss;
use crate::optimizers::Optimizer;
use crate::schedules::Function;
#[cfg(feature = "plots")]
use crate::short::Rate;
use crate::{Error, Network, Scalar, math};

/// How much of the mean of the losses is kept from step to step.
const KEPT: f64 = 0.98;
/// By this factor above its least, the loss has diverged.
const DIVERGED: f64 = 4.0;
/// The last losses, which do not count.
const LAST: usize = 5;

/// A learning rate range test: some steps whose rate grows from next to nothing to far too much.
///
/// Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3, with the settings and rules of fastai's
/// `lr_find`: see [`Trainer::range_test`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeTest {
    /// The rate of the first step.
    pub from: f64,
    /// The rate that the step after the last would have.
    pub to: f64,
    /// How many steps there are, unless the loss diverges before.
    pub steps: usize,
    /// How many samples make a step.
    pub batch_size: usize,
}

/// fastai's: from 1e-7 to 10 in 100 steps; in batches of 32.
impl Default for RangeTest {
    fn default() -> Self {
        Self { from: 1e-7, to: 10.0, steps: 100, batch_size: 32 }
    }
}

/// What a [`RangeTest`] has seen: the loss at each rate.
#[derive(Clone, Debug, PartialEq)]
pub struct RateCurve {
    /// The rates of the steps.
    pub rates: Vec<f64>,
    /// The mean of the losses up to each step, which counts the latest most: `m = 0.98 m + 0.02 loss`, divided by
    /// `1 - 0.98^steps`.
    pub losses: Vec<f64>,
    /// How many steps the test would have had if the loss had not diverged.
    pub steps: usize,
}

impl RateCurve {
    /// The rate to take: in the middle of the longest run of falling losses, by the rule `valley`, which is fastai's default. Losses
    /// between those of the run may rise. The first tenth of the steps and the last five do not count. `None` if no more than
    /// that were made.
    pub fn suggestion(&self) -> Option<f64> {
        let (rates, losses) = self.that_count();
        // Of each loss, how many make the longest run that ends in it.
        let mut runs: Vec<usize> = Vec::with_capacity(losses.len());
        for (place, loss) in losses.iter().enumerate() {
            let before = runs[..].iter().zip(&losses[..place]).filter(|(_, before)| loss < *before);
            runs.push(1 + before.map(|(&run, _)| run).max().unwrap_or(0));
        }
        let longest = runs.iter().copied().max()?;
        let end = runs.iter().position(|&run| run == longest)?;
        // About the middle of as many losses as the run has, behind which it ends.
        Some(rates[(end + longest / 3 + longest / 6).saturating_sub(longest)])
    }

    /// The rate at which the loss falls fastest, along the logarithm of the rate: fastai's rule `steep`. It is often larger than the
    /// [suggestion](RateCurve::suggestion), and of a noisy loss it says little.
    pub fn steepest(&self) -> Option<f64> {
        let (rates, losses) = self.that_count();
        let slope = |&place: &usize| (losses[place + 1] - losses[place]) / Scalar::ln(rates[place + 1] / rates[place]);
        let place = (0..losses.len().saturating_sub(1)).min_by(|one, other| slope(one).total_cmp(&slope(other)))?;
        Some(rates[place])
    }

    /// The losses over the rates as a chart, in which the [suggestion](RateCurve::suggestion) is marked.
    ///
    /// ```
    /// use castnet::train::RateCurve;
    ///
    /// let rates: Vec<f64> = (0..30).map(|step| 1e-4 * 1.5_f64.powi(step)).collect();
    /// let losses = rates.iter().map(|rate| 2.0 - rate.ln().sin()).collect();
    /// let curve = RateCurve { rates, losses, steps: 30 };
    /// assert!(curve.drawn("Learning rate range test").picture()?.svg().contains("suggested"));
    /// # Ok::<(), castnet::plots::PlotError>(())
    /// ```
    #[cfg(feature = "plots")]
    pub fn drawn(&self, title: &str) -> crate::plots::Chart {
        let points = self.rates.iter().copied().zip(self.losses.iter().copied());
        let chart = crate::plots::Chart::new(title).x_axis("learning rate").y_axis("loss").log_x().line("", points);
        match self.suggestion() {
            Some(rate) => chart.mark(rate, format!("suggested: {}", Rate(rate))),
            None => chart,
        }
    }

    /// The rates and losses that rules look at.
    fn that_count(&self) -> (&[f64], &[f64]) {
        let end = self.losses.len().saturating_sub(LAST);
        let start = (self.steps / 10).min(end);
        (&self.rates[start..end], &self.losses[start..end])
    }
}

impl<N, C, O, const L: usize, H> Trainer<N, C, O, L, H>
where
    N: Network,
    C: Loss<N> + Clone,
    O: Optimizer<N> + Clone,
    H: Observer<N> + Clone,
{
    /// Makes some steps of growing learning rate with a copy of this trainer, and says what came of it. The trainer itself stays
    /// as it is; its observers are copied too.
    ///
    /// The test ends when the loss is four times its least so far, or no number any more.
    ///
    /// ```
    /// use castnet::train::{RangeTest, Trainer};
    /// use castnet::{losses::MeanSquaredError, optimizers::Sgd, prelude::*};
    /// use rand::{SeedableRng, rngs::StdRng};
    ///
    /// network! { struct Line { input: [1], dense(1) } }
    ///
    /// let data: Vec<_> = (0..100).map(|index| ([index as f32 / 50.0 - 1.0], [index as f32 / 25.0])).collect();
    /// let line = Line::init(&mut StdRng::seed_from_u64(1));
    /// let trainer = Trainer::new(line, MeanSquaredError, Sgd::default());
    /// let curve = trainer.range_test(&data, RangeTest::default())?;
    /// let rate = curve.suggestion().expect("enough steps were made");
    ///
    /// let mut trainer = trainer.schedule(rate);
    /// let first = trainer.step_batch(&castnet::data::Batch::all(&data))?.loss;
    /// for _ in 0..1_000 {
    ///     trainer.step_batch(&castnet::data::Batch::all(&data))?;
    /// }
    /// assert!(trainer.evaluate(&data)?.loss < first / 10.0);
    /// # Ok::<(), castnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::EmptyDataset`], [`Error::ZeroBatchSize`] and [`Error::SampleShape`]; [`Error::Setting`] if the rates do not grow from
    /// above zero; those of [`step`](Trainer::step) that do not say that training has diverged.
    pub fn range_test<D>(&self, data: &D, test: RangeTest) -> Result<RateCurve, Error>
    where
        D: Dataset<Scalar = N::Scalar, Target = C::Target> + ?Sized,
    {
        let RangeTest { from, to, steps, batch_size } = test;
        check_rates(from, to)?;
        check_data::<N, D>(data)?;
        let (start, steps_in_all) = (self.steps(), steps as f64);
        let rate = move |step: u64| from * math::powf(to / from, (step - start) as f64 / steps_in_all);
        let mut trainer = self.clone().schedule(Function(rate));
        let mut batches = Batches::new(data, batch_size)?;
        let mut epoch = trainer.epoch;
        let mut curve = RateCurve { rates: Vec::with_capacity(steps), losses: Vec::with_capacity(steps), steps };
        let (mut mean, mut weight, mut least) = (0.0, 0.0, f64::INFINITY);
        batches.shuffle(trainer.seed, epoch);
        for _ in 0..steps {
            if batches.left() == 0 {
                epoch += 1;
                batches.shuffle(trainer.seed, epoch);
            }
            let Some(batch) = batches.next() else { break };
            let report = match trainer.step_batch(&batch.drawn(Draw::new(trainer.seed, epoch))) {
                Ok(report) => report,
                Err(error) if has_diverged(&error) => break,
                Err(error) => return Err(error),
            };
            mean = KEPT * mean + (1.0 - KEPT) * report.loss;
            weight = KEPT * weight + (1.0 - KEPT);
            let loss = mean / weight;
            curve.rates.push(report.learning_rate);
            curve.losses.push(loss);
            least = f64::min(least, loss);
            if loss > DIVERGED * least {
                break;
            }
        }
        Ok(curve)
    }
}

fn check_rates(from: f64, to: f64) -> Result<(), Error> {
    let grows = from > 0.0 && from < to && to.is_finite();
    if from > 0.0 && !grows {
        return Err(Error::Setting { setting: "to", value: to, expected: "a number greater than `from`" });
    }
    if grows { Ok(()) } else { Err(Error::Setting { setting: "from", value: from, expected: "greater than 0" }) }
}

/// Whether an error is what a rate that is too large leads to.
fn has_diverged(error: &Error) -> bool {
    matches!(error, Error::NonFiniteLoss { .. } | Error::NonFiniteGradient { .. } | Error::NonFiniteUpdate { .. })
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::Parameters;
    use crate::losses::MeanSquaredError;
    use crate::optimizers::Sgd;
    use crate::testing::Affine;

    fn trainer() -> Trainer<Affine<false>, MeanSquaredError, Sgd> {
        Trainer::new(Affine::init(&mut StdRng::seed_from_u64(1)), MeanSquaredError, Sgd::default())
    }

    fn data() -> Vec<([f64; 3], [f64; 2])> {
        (0..50).map(|sample| f64::from(sample) / 50.0).map(|x| ([x, 1.0 - x, x * x], [3.0 * x, 2.0 - x])).collect()
    }

    #[test]
    fn the_trainer_stays_as_it_is_and_the_test_ends_where_the_loss_diverges() {
        let trainer = trainer();
        let before = trainer.network().parameters().to_vec();
        let curve = trainer.range_test(&data(), RangeTest { to: 1e6, ..RangeTest::default() }).unwrap();
        assert_eq!((trainer.network().parameters(), trainer.steps()), (&before[..], 0));
        assert_eq!(curve.rates[0], 1e-7);
        assert!(curve.losses.len() < 100, "{} steps", curve.losses.len());
        let [valley, steepest] = [curve.suggestion(), curve.steepest()].map(Option::unwrap);
        assert!((1e-4..0.5).contains(&valley) && (1e-3..2.0).contains(&steepest), "{valley}, {steepest}");
    }

    #[test]
    fn a_test_of_few_steps_suggests_nothing() {
        let curve = trainer().range_test(&data(), RangeTest { steps: 5, ..RangeTest::default() }).unwrap();
        assert_eq!((curve.losses.len(), curve.suggestion(), curve.steepest()), (5, None, None));
    }

    #[test]
    fn rates_that_do_not_grow_are_errors() {
        let error =
            |from, to| trainer().range_test(&data(), RangeTest { from, to, ..RangeTest::default() }).unwrap_err();
        assert!(matches!(error(0.0, 1.0), Error::Setting { setting: "from", .. }));
        assert!(matches!(error(f64::NAN, 1.0), Error::Setting { setting: "from", .. }));
        assert!(matches!(error(1.0, 1.0), Error::Setting { setting: "to", .. }));
        assert!(matches!(error(1.0, f64::INFINITY), Error::Setting { setting: "to", .. }));
    }
}
