//! Shares of peak of the kernels, over sixty shapes of layers.
//!
//! ```sh
//! taskset -c 0 cargo bench --bench kernels
//! taskset -c 0 cargo bench --bench kernels -- conv weight 16x16x16
//! ```
//!
//! Words after `--` choose: a kernel is measured if its line in the table holds all of them. Each is measured on one lane
//! group of 16 samples, in three rounds over all of them; what counts is the round with the least median, because whatever
//! disturbs a measurement adds to it. The peak, and the bandwidths of memory, are measured in the same run.

mod layer;
mod machine;
mod report;
mod shapes;
mod timer;

use std::time::Duration;

use layer::{Kernel, Work};
use machine::Machine;
use report::{Measurement, Report};

/// Passes over all shapes.
const ROUNDS: usize = 3;
/// Time for one kernel of one shape in one round.
const TIME: Duration = Duration::from_millis(60);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let mut work: Vec<(Box<dyn Work>, Kernel)> = Vec::new();
    for shape in shapes::SHAPES {
        for kernel in Kernel::ALL {
            let line = format!("{} {}", shape.name, kernel.name());
            if words.iter().all(|word| line.contains(word.as_str())) {
                work.push(((shape.build)(), kernel));
            }
        }
    }
    if work.is_empty() {
        eprintln!("no kernel's line holds all of {words:?}; without words all are measured");
        std::process::exit(2);
    }

    let mut machine = Machine::default();
    let mut least = vec![f64::INFINITY; work.len()];
    for _ in 0..ROUNDS {
        machine.measure();
        for ((layer, kernel), least) in work.iter_mut().zip(&mut least) {
            *least = least.min(timer::median(TIME, |count| layer.run(*kernel, count)));
        }
    }
    let measurements = work.iter().zip(least).map(|((layer, kernel), seconds)| Measurement {
        shape: layer.shape(),
        kernel: *kernel,
        flops: layer.flops(),
        traffic: layer.traffic(*kernel),
        seconds,
    });
    Report::new(machine, measurements.collect()).print();
}
