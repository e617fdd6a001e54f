//! Schedules as pictures.

use crate::plots::{Chart, Picture, PlotError};

/// Points of a curve, at most: more than a picture has columns.
const POINTS: u64 = 1_000;

/// The rates of some steps, and below them the momenta if those move.
pub(super) fn picture(
    title: &str,
    steps: u64,
    rate: &dyn Fn(u64) -> f64,
    momentum: &dyn Fn(u64) -> Option<f64>,
) -> Result<Picture, PlotError> {
    let points = || (0..steps).step_by(steps.div_ceil(POINTS).max(1) as usize);
    let rates = points().map(|step| (step as f64, rate(step)));
    let chart = |title: &str, axis: &str| Chart::new(title).x_axis("step").y_axis(axis);
    let rates = chart(title, "learning rate").line("", rates).picture()?;
    let Some(momenta) = points().map(|step| Some((step as f64, momentum(step)?))).collect::<Option<Vec<_>>>() else {
        return Ok(rates);
    };
    Picture::grid(1, [rates, chart("", "momentum").line("", momenta).picture()?])
}
