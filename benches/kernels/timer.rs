//! The time of something short.

use std::time::{Duration, Instant};

/// A block of calls is at least this long, so that reading the clock does not count.
const BLOCK: f64 = 0.5e-3;

/// Seconds of one call: the median over blocks of calls for about `time`. `run` makes as many calls as it is told.
pub fn median(time: Duration, mut run: impl FnMut(usize)) -> f64 {
    let mut block = |count: usize| {
        let start = Instant::now();
        run(count);
        start.elapsed().as_secs_f64()
    };
    let end = Instant::now() + time;
    let (mut count, mut seconds) = (1, block(1));
    while seconds < BLOCK {
        count = (count as f64 * (1.2 * BLOCK / seconds.max(1e-9)).clamp(1.5, 16.0)).ceil() as usize;
        seconds = block(count);
    }
    let mut blocks = Vec::new();
    while blocks.len() < 3 || Instant::now() < end {
        blocks.push(block(count) / count as f64);
    }
    blocks.sort_by(f64::total_cmp);
    blocks[blocks.len() / 2]
}
