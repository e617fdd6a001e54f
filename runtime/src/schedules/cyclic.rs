//! Up and down, again and again.

use super::settings::{check_at_least_one, check_positive};
use super::{MomentumRange, Schedule};
use crate::{Error, math};

/// Between two rates, up and down in straight lines, again and again, and the momentum the other way.
///
/// A cycle takes `steps_up` and `steps_down` steps. With `s`, the part of the way up or down, from 0 at the least rate to 1, and
/// `h`, how high the cycle is by [`CycleShape`]: `rate = minimum + (maximum - minimum) * s * h`, and
/// `momentum = most - (most - least) * s * h`. Smith 2017, "Cyclical Learning Rates for Training Neural Networks"; PyTorch's
/// `CyclicLR`.
///
/// ```
/// use castnet::schedules::{Cyclic, CycleShape, Schedule};
///
/// let schedule = Cyclic { shape: CycleShape::Halved, ..Cyclic::new(0.25, 0.75, 4) };
/// assert_eq!([0, 4, 8, 12, 16].map(|step| schedule.rate(step)), [0.25, 0.75, 0.25, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cyclic {
    /// The least rate, at the start of each cycle.
    pub minimum: f64,
    /// The rate at the top of the first cycle.
    pub maximum: f64,
    /// How many steps go up; at least 1.
    pub steps_up: u64,
    /// How many steps go down; at least 1.
    pub steps_down: u64,
    /// How high the cycles are.
    pub shape: CycleShape,
    /// Between what the momentum moves, if it does.
    pub momentum: Option<MomentumRange>,
}

/// How high the cycles of a [`Cyclic`] schedule are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum CycleShape {
    /// All alike, `h = 1`: PyTorch's `triangular`.
    #[default]
    Even,
    /// Each half as high as the one before, `h = 1 / 2^(cycle - 1)` of the cycle counted from 1: `triangular2`.
    Halved,
    /// Lower from step to step, `h = factor^step`: `exp_range`.
    Falling {
        /// The factor of each step; less than 1.
        factor: f64,
    },
}

impl Cyclic {
    /// Even cycles between two rates, `steps` up and as many down, that leave the momentum alone.
    pub fn new(minimum: f64, maximum: f64, steps: u64) -> Self {
        Self { minimum, maximum, steps_up: steps, steps_down: steps, shape: CycleShape::Even, momentum: None }
    }

    /// How far from the least rate to the largest.
    fn height(&self, step: u64) -> f64 {
        let length = self.steps_up as f64 + self.steps_down as f64;
        let (up, cycles) = (self.steps_up as f64 / length, step as f64 / length);
        // Rounded towards zero.
        let number = (cycles as u64) as f64;
        let part = cycles - number;
        let way = if part <= up { part / up } else { (part - 1.0) / (up - 1.0) };
        way * match self.shape {
            CycleShape::Even => 1.0,
            CycleShape::Halved => math::powf(0.5, number),
            CycleShape::Falling { factor } => math::powf(factor, step as f64),
        }
    }
}

impl Schedule for Cyclic {
    fn rate(&self, step: u64) -> f64 {
        self.minimum + (self.maximum - self.minimum) * self.height(step)
    }

    fn momentum(&self, step: u64) -> Option<f64> {
        self.momentum.map(|MomentumRange { least, most }| most - (most - least) * self.height(step))
    }

    /// # Errors
    ///
    /// [`Error::Setting`] if there are no steps up or down, or the factor of [`CycleShape::Falling`] is not above zero.
    fn check(&self) -> Result<(), Error> {
        check_at_least_one("steps_up", self.steps_up)?;
        check_at_least_one("steps_down", self.steps_down)?;
        match self.shape {
            CycleShape::Falling { factor } => check_positive("factor", factor),
            _ => Ok(()),
        }
    }
}
