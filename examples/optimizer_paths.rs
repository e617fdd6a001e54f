//! Draws the paths of seven optimizers over a bowl that is 64 times as steep across as along, and over a saddle.
//!
//! ```sh
//! cargo run --release --example optimizer_paths                 # target/optimizer_paths.svg
//! cargo run --release --example optimizer_paths -- paths.svg
//! ```
//!
//! The numbers of the paths over the bowl are in `tests/course/paths.rs`.

use castnet::optimizers::{AdaGrad, Adam, Array, RmsProp, Rule, Sgd};
use castnet::plots::{Chart, Picture, PlotError};

/// `L = w1^2 / 64 + w2^2`.
fn bowl([along, across]: [f64; 2]) -> f64 {
    along * along / 64.0 + across * across
}

/// The gradient of the bowl.
fn slope_of_bowl([along, across]: [f64; 2]) -> [f64; 2] {
    [along / 32.0, 2.0 * across]
}

/// `L = w1^2 / 2 - w2^2 / 2`: downhill along the second axis only, and there hardly so at first.
fn saddle([along, across]: [f64; 2]) -> f64 {
    (along * along - across * across) / 2.0
}

/// The gradient of the saddle.
fn slope_of_saddle([along, across]: [f64; 2]) -> [f64; 2] {
    [along, -across]
}

/// The places that a rule comes to, as long as it stays in the picture.
fn path<R: Rule>(
    rule: R,
    (rate, steps): (f64, u64),
    start: [f64; 2],
    slope: fn([f64; 2]) -> [f64; 2],
) -> Vec<(f64, f64)> {
    let (mut place, mut slots, mut path) = (start, [[0.0; 2]; 3], vec![(start[0], start[1])]);
    for step in 1..=steps {
        let gradient = slope(place);
        let mut left = slots.iter_mut();
        let of_rule = Array::from_fn(|_| &mut left.next().expect("no rule here has more slots")[..]);
        rule.apply(step, rate, &mut place, of_rule, &gradient);
        if place[1].abs() > 2.2 {
            break;
        }
        path.push((place[0], place[1]));
    }
    path
}

/// The optimizers, with a rate for each of the two pictures, and their paths over one of them.
fn paths(
    picture: usize,
    steps: u64,
    start: [f64; 2],
    slope: fn([f64; 2]) -> [f64; 2],
) -> [(&'static str, Vec<(f64, f64)>); 7] {
    let run = |rates: [f64; 2]| (rates[picture], steps);
    let momentum = Sgd { momentum: 0.9, ..Sgd::default() };
    let nesterov = Sgd { nesterov: true, ..momentum };
    let ada_grad = AdaGrad { epsilon: 1e-7, ..AdaGrad::default() };
    let rms_prop = RmsProp { alpha: 0.99, epsilon: 1e-7, ..RmsProp::default() };
    let uncorrected = Adam { bias_correction: false, ..Adam::default() };
    [
        ("SGD", path(Sgd::default(), run([0.9, 0.05]), start, slope)),
        ("momentum", path(momentum, run([0.3, 0.05]), start, slope)),
        ("Nesterov", path(nesterov, run([0.3, 0.05]), start, slope)),
        ("AdaGrad", path(ada_grad, run([0.5, 0.2]), start, slope)),
        ("RMSProp", path(rms_prop, run([0.05, 0.02]), start, slope)),
        ("Adam", path(Adam::default(), run([0.3, 0.1]), start, slope)),
        ("Adam without correction", path(uncorrected, run([0.3, 0.1]), start, slope)),
    ]
}

/// One chart for each path, so that none hides another.
fn charts(
    paths: [(&'static str, Vec<(f64, f64)>); 7],
    (along, across): (f64, f64),
    levels: &[f64],
    surface: fn([f64; 2]) -> f64,
) -> Result<Vec<Picture>, PlotError> {
    let chart = |(name, path): (&'static str, Vec<(f64, f64)>)| {
        Chart::new(name)
            .size(460, 250)
            .x_axis("w1")
            .y_axis("w2")
            .x_range(-along..=along)
            .y_range(-across..=across)
            .contours(-along..=along, -across..=across, levels.to_vec(), move |x, y| surface([x, y]))
            .path("", path)
            .picture()
    };
    paths.into_iter().map(chart).collect()
}

fn main() -> Result<(), PlotError> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "target/optimizer_paths.svg".into());
    let over_bowl = paths(0, 60, [-7.0, 2.0], slope_of_bowl);
    let over_saddle = paths(1, 80, [-2.0, 0.001], slope_of_saddle);
    for ((name, bowl_path), (_, saddle_path)) in over_bowl.iter().zip(&over_saddle) {
        let (end, left) = (bowl_path[bowl_path.len() - 1], saddle_path.len() - 1);
        println!(
            "{name:>24}: {:.1e} on the bowl after {} steps, {left} steps on the saddle",
            bowl([end.0, end.1]),
            bowl_path.len() - 1
        );
    }
    let mut pictures = charts(over_bowl, (8.0, 2.2), &[0.05, 0.2, 0.5, 1.0, 2.0, 4.0], bowl)?;
    let saddles = charts(over_saddle, (2.2, 2.2), &[-2.0, -1.0, -0.5, -0.1, 0.1, 0.5, 1.0, 2.0], saddle)?;
    // The bowl to the left, the saddle to the right.
    let pairs = pictures.drain(..).zip(saddles).flat_map(|(bowl, saddle)| [bowl, saddle]);
    Picture::grid(2, pairs)?.save(&file)?;
    println!("The paths are in {file}.");
    Ok(())
}
