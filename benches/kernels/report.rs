//! The table, and what in it should not be.

use crate::layer::{Kernel, Traffic};
use crate::machine::{Machine, SIZES};
use crate::shapes::Shape;

/// Below this share of the peak a kernel is too slow,
const LEAST_SHARE: f64 = 0.35;
/// if a lane group has more work than this,
const LEAST_FLOPS: f64 = 50_000.0;
/// and less of its time than this is needed to move its bytes.
const BOUND_BY_MEMORY: f64 = 0.5;
/// Neighbouring shapes must not differ by more in time per FLOP.
const CLIFF: f64 = 2.0;

/// How long one kernel of one shape took.
pub struct Measurement {
    pub shape: &'static Shape,
    pub kernel: Kernel,
    pub flops: f64,
    pub traffic: Traffic,
    pub seconds: f64,
}

impl Measurement {
    fn line(&self) -> String {
        format!("{}, {}", self.shape.name, self.kernel.name())
    }

    fn rate(&self) -> f64 {
        self.flops / self.seconds
    }
}

pub struct Report {
    machine: Machine,
    measurements: Vec<Measurement>,
}

impl Report {
    pub fn new(machine: Machine, measurements: Vec<Measurement>) -> Self {
        Self { machine, measurements }
    }

    pub fn print(&self) {
        self.print_machine();
        println!(
            "\n{:52} {:15} {:>10} {:>9} {:>9} {:>8} {:>8}",
            "shape", "kernel", "kFLOP", "us", "GFLOP/s", "of peak", "memory"
        );
        for of in &self.measurements {
            println!(
                "{:52} {:15} {:>10.0} {:>9.2} {:>9.1} {:>7.1}% {:>7.1}%{}",
                of.shape.name,
                of.kernel.name(),
                of.flops / 1e3,
                of.seconds * 1e6,
                of.rate() / 1e9,
                100.0 * self.share(of),
                100.0 * self.memory(of),
                if self.is_slow(of) { "  slow" } else { "" }
            );
        }
        self.print_slow();
        self.print_cliffs();
    }

    fn print_machine(&self) {
        let Machine { flops, read, update } = &self.machine;
        println!("one core: {:.1} GFLOP/s by multiply-adds of f32", flops / 1e9);
        for (kib, (read, update)) in SIZES.iter().zip(read.iter().zip(update)) {
            println!("{kib:>8} KiB: read {:6.1} GB/s, read and write {:6.1} GB/s", read / 1e9, update / 1e9);
        }
        if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            println!("not pinned to a core: `taskset -c 0 cargo bench --bench kernels` is steadier");
        }
        println!("memory: the part of the time that moving each byte once takes at these bandwidths");
    }

    fn share(&self, of: &Measurement) -> f64 {
        of.rate() / self.machine.flops
    }

    fn memory(&self, of: &Measurement) -> f64 {
        self.machine.memory_seconds(of.traffic.read, of.traffic.updated) / of.seconds
    }

    fn is_slow(&self, of: &Measurement) -> bool {
        of.flops > LEAST_FLOPS && self.share(of) < LEAST_SHARE && self.memory(of) < BOUND_BY_MEMORY
    }

    fn print_slow(&self) {
        let large = |of: &&Measurement| of.flops > LEAST_FLOPS;
        let slow: Vec<_> = self.measurements.iter().filter(|of| self.is_slow(of)).collect();
        println!(
            "\n{} of {} kernels with over {LEAST_FLOPS} FLOP a lane group are under {:.0} % of the peak and not bound by memory",
            slow.len(),
            self.measurements.iter().filter(large).count(),
            100.0 * LEAST_SHARE
        );
        for of in slow {
            println!("  {:5.1}%  {}", 100.0 * self.share(of), of.line());
        }
        let below = |of: &&Measurement| self.share(of) < LEAST_SHARE && !self.is_slow(of);
        let bound: Vec<_> = self.measurements.iter().filter(large).filter(below).collect();
        println!("{} are under it, but bound by memory", bound.len());
        for of in bound {
            let bytes = of.traffic.read + 2 * of.traffic.updated;
            let rate = bytes as f64 / of.seconds / 1e9;
            let share = 100.0 * self.memory(of);
            println!(
                "  {:5.1}%  {}: {bytes} bytes at {rate:.1} GB/s, {share:.0} % of what memory gives",
                100.0 * self.share(of),
                of.line()
            );
        }
    }

    fn print_cliffs(&self) {
        let mut cliffs = Vec::new();
        let mut pairs = 0;
        for (index, a) in self.measurements.iter().enumerate() {
            for b in &self.measurements[index + 1..] {
                if a.kernel == b.kernel && a.shape.is_next_to(b.shape) {
                    pairs += 1;
                    let (slow, fast) = if a.rate() < b.rate() { (a, b) } else { (b, a) };
                    if fast.rate() >= CLIFF * slow.rate() {
                        cliffs.push((slow, fast));
                    }
                }
            }
        }
        println!(
            "\n{} of {pairs} pairs of neighbouring shapes differ by {CLIFF} or more in time per FLOP",
            cliffs.len()
        );
        for (slow, fast) in cliffs {
            let small = slow.flops.min(fast.flops) <= LEAST_FLOPS;
            let note = if small { " (one is small)" } else { "" };
            println!("  {:4.1}  {} after {}{note}", fast.rate() / slow.rate(), slow.line(), fast.shape.name);
        }
    }
}
