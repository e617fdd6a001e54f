//! Up once, and down for good.

use core::f64::consts::PI;

use super::Schedule;
use super::settings::{check_at_least_one, check_positive};
use crate::{Error, math};

/// One cycle for all of training: from a small rate up to the largest, and down to almost nothing; the momentum the other way.
///
/// The rate goes from `maximum / divisor` to `maximum` in the first `rise` of the `steps`, then to
/// `maximum / divisor / final_divisor`, where it stays; the momentum goes from its most to its least and back. Smith and Topin 2018,
/// "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates"; PyTorch's `OneCycleLR`, which
/// [`OneCycle::new`] has the settings of.
///
/// The momentum is `momentum` of [`Sgd`](crate::optimizers::Sgd), `beta1` of [`Adam`](crate::optimizers::Adam): see
/// [`Schedule::momentum`].
///
/// ```
/// use castnet::schedules::{OneCycle, Schedule};
///
/// let schedule = OneCycle::new(0.5, 101);
/// assert!((schedule.rate(0) - 0.02).abs() < 1e-12 && schedule.rate(30) > 0.49 && schedule.rate(100) < 1e-5);
/// assert_eq!((schedule.momentum(0), schedule.momentum(100)), (Some(0.95), Some(0.95)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    /// The largest rate.
    pub maximum: f64,
    /// How many steps the cycle takes; at least 1.
    pub steps: u64,
    /// The part of the steps that go up, above 0 and at most 1.
    pub rise: f64,
    /// How many times the first rate is in the largest.
    pub divisor: f64,
    /// How many times the last rate is in the first.
    pub final_divisor: f64,
    /// Whether the rate goes along half waves or straight lines.
    pub anneal: Anneal,
    /// Whether the way down is as long as the way up and ends at the first rate, and the last rate is reached in a third part;
    /// `rise` is at most a half then.
    pub three_phases: bool,
    /// Between what the momentum moves, if it does.
    pub momentum: Option<MomentumRange>,
}

/// How a rate goes from one value to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anneal {
    /// Along half a cosine wave, slowly at both ends.
    #[default]
    Cosine,
    /// Along a straight line.
    Linear,
}

impl Anneal {
    /// The value at `part` of the way.
    fn between(self, from: f64, to: f64, part: f64) -> f64 {
        match self {
            Self::Cosine => to + (from - to) / 2.0 * (math::cos(PI * part) + 1.0),
            Self::Linear => from + (to - from) * part,
        }
    }
}

/// Between what a schedule moves the momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentumRange {
    /// The momentum where the rate is largest; not negative.
    pub least: f64,
    /// The momentum where the rate is least; less than 1.
    pub most: f64,
}

impl OneCycle {
    /// PyTorch's settings: up in 30 % of the steps from a 25th of the largest rate, down to a 250,000th along half waves, with the
    /// momentum between 0.85 and 0.95.
    pub fn new(maximum: f64, steps: u64) -> Self {
        Self {
            maximum,
            steps,
            rise: 0.3,
            divisor: 25.0,
            final_divisor: 1e4,
            anneal: Anneal::Cosine,
            three_phases: false,
            momentum: Some(MomentumRange { least: 0.85, most: 0.95 }),
        }
    }

    /// What goes from one of the four values to the next in each of three phases.
    fn along(&self, step: u64, values: [f64; 4]) -> f64 {
        let (step, steps, rise) = (step as f64, self.steps as f64, self.rise * self.steps as f64);
        let (last, middle) = (steps - 1.0, if self.three_phases { 2.0 * rise - 2.0 } else { steps - 1.0 });
        let mut start = 0.0;
        for (phase, end) in [rise - 1.0, middle, last].into_iter().enumerate() {
            if step <= end {
                let part = if end > start { (step - start) / (end - start) } else { 1.0 };
                return self.anneal.between(values[phase], values[phase + 1], part);
            }
            start = end;
        }
        values[3]
    }
}

impl Schedule for OneCycle {
    fn rate(&self, step: u64) -> f64 {
        let first = self.maximum / self.divisor;
        let last = first / self.final_divisor;
        self.along(step, [first, self.maximum, if self.three_phases { first } else { last }, last])
    }

    fn momentum(&self, step: u64) -> Option<f64> {
        self.momentum.map(|MomentumRange { least, most }| self.along(step, [most, least, most, most]))
    }

    /// # Errors
    ///
    /// [`Error::Setting`] for the first that is not in its range.
    fn check(&self) -> Result<(), Error> {
        check_at_least_one("steps", self.steps)?;
        check_positive("divisor", self.divisor)?;
        check_positive("final_divisor", self.final_divisor)?;
        let (value, most) = (self.rise, if self.three_phases { 0.5 } else { 1.0 });
        if value > 0.0 && value <= most {
            return Ok(());
        }
        let expected = if self.three_phases { "above 0 and at most 0.5" } else { "above 0 and at most 1" };
        Err(Error::Setting { setting: "rise", value, expected })
    }
}
