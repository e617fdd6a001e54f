//! The bar that shows an epoch on a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::history::{loss, score};
use super::progress::Running;
use crate::short::{Rate, Time};

/// No eye reads faster, and a step of a small network takes less than to draw a bar.
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(66);

/// The columns of the line with the bar: one less than a narrow terminal has, whose last one may make a new line.
const COLUMNS: usize = 79;

/// The most columns of the bar itself.
const LONGEST: usize = 30;

/// The fewest columns of the bar itself, as long as scores could leave them to it.
const SHORTEST: usize = 4;

/// Seconds after which another score has the first place, if there is no room for all.
const TURN: f64 = 2.0;

/// A fit's bar, from one epoch to the next; hidden between them.
pub(super) struct Bar {
    screen: ProgressBar,
    target: fn() -> ProgressDrawTarget,
    place: Place,
    began: Instant,
    drawn: Instant,
}

/// How far a fit is.
#[derive(Clone, Copy)]
struct Place {
    epoch: usize,
    epochs: usize,
    batch: usize,
    batches: usize,
    /// Batches before this epoch.
    before: usize,
}

impl Bar {
    /// `None` where there is no terminal, or one that cannot move its cursor (`TERM=dumb`).
    pub fn new() -> Option<Self> {
        (!ProgressDrawTarget::stderr().is_hidden()).then(|| Self::on(ProgressDrawTarget::stderr))
    }

    /// A bar on the screen that `target` gives.
    fn on(target: fn() -> ProgressDrawTarget) -> Self {
        let place = Place { epoch: 0, epochs: 0, batch: 0, batches: 0, before: 0 };
        let now = Instant::now();
        Self { screen: ProgressBar::hidden(), target, place, began: now, drawn: now }
    }

    pub fn start(&mut self, epoch: usize, epochs: usize, batches: usize) {
        self.place = Place { epoch, epochs, batch: 0, batches, before: self.place.before + self.place.batch };
        // What does not fit on a narrower terminal is cut off.
        let style = ProgressStyle::with_template("{wide_msg}").expect("the template is well formed");
        self.screen = ProgressBar::with_draw_target(None, (self.target)()).with_style(style);
    }

    pub fn advance<'a>(&mut self, running: Running, scores: impl Iterator<Item = (&'a str, f64)>) {
        self.place.batch += 1;
        if self.drawn.elapsed() >= BETWEEN_DRAWINGS {
            self.drawn = Instant::now();
            let scores: Vec<_> = scores.collect();
            self.screen.set_message(self.place.line(running, &scores, self.began.elapsed().as_secs_f64()));
        }
    }

    pub fn clear(&mut self) {
        self.screen.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Place {
    /// `epoch 3/20 [=====>    ] loss 0.0432 98.61 %  macro F1 0.9866  rate 0.00123  12:34 left`, as much of it as there is
    /// room for.
    fn line(&self, running: Running, scores: &[(&str, f64)], seconds: f64) -> String {
        let epoch = format!("epoch {}/{} ", self.epoch, self.epochs);
        let left = format!("{} left", Time(self.seconds_left(seconds)));
        let mut parts = vec![loss("loss", running.loss, running.accuracy)];
        let taken = epoch.len() + "[] ".len() + SHORTEST + parts[0].len() + GAP.len() + left.len();
        let mut room = COLUMNS.saturating_sub(taken);
        let rate = format!("rate {}", Rate(running.learning_rate));
        for part in fitting(scores, room, seconds).into_iter().chain([rate]) {
            let columns = GAP.len() + part.chars().count();
            if columns <= room {
                room -= columns;
                parts.push(part);
            }
        }
        parts.push(left);
        let columns = (SHORTEST + room).min(LONGEST);
        let done = columns * self.batch / self.batches.max(1);
        let bar: String = (0..columns)
            .map(|column| {
                if column < done {
                    '='
                } else if column == done {
                    '>'
                } else {
                    ' '
                }
            })
            .collect();
        format!("{epoch}[{bar}] {}", parts.join(GAP))
    }

    /// How long the fit will go on, if it goes on as it did in `seconds` and to its last epoch.
    fn seconds_left(&self, seconds: f64) -> f64 {
        let done = self.before + self.batch;
        let all = done - self.batch + self.batches * (self.epochs + 1).saturating_sub(self.epoch);
        seconds * all.saturating_sub(done) as f64 / done.max(1) as f64
    }
}

/// Between two numbers.
const GAP: &str = "  ";

/// The scores that `room` columns have room for: all of them, or those from one on whose turn it is, the first of which may be
/// cut.
fn fitting(scores: &[(&str, f64)], room: usize, seconds: f64) -> Vec<String> {
    let texts = |room: usize| scores.iter().map(move |&(name, value)| score(name, value, room));
    let columns = |text: &String| GAP.len() + text.chars().count();
    if texts(COLUMNS).map(|text| columns(&text)).sum::<usize>() <= room {
        return texts(COLUMNS).collect();
    }
    let turn = (seconds / TURN) as usize % scores.len();
    let first = texts(room.saturating_sub(GAP.len())).nth(turn);
    let mut left = room.saturating_sub(first.as_ref().map_or(0, columns));
    let others = texts(COLUMNS).cycle().skip(turn + 1).take(scores.len() - 1);
    let others = others.take_while(|text| {
        let fits = columns(text) <= left;
        left = left.saturating_sub(columns(text));
        fits
    });
    first.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use indicatif::TermLike;

    use super::*;

    const RUNNING: Running = Running { loss: 0.0432, accuracy: Some(0.9861), learning_rate: 0.001_234_5 };

    #[test]
    fn the_line_says_how_far_how_well_and_how_long() {
        let place = Place { epoch: 3, epochs: 20, batch: 25, batches: 100, before: 200 };
        // 225 of 2,000 batches took 4.5 s: the others take 35.5 s.
        assert_eq!(
            place.line(RUNNING, &[], 4.5),
            "epoch 3/20 [====>              ] loss 0.0432 98.61 %  rate 0.00123  35.5 s left"
        );
    }

    #[test]
    fn scores_are_in_the_line_before_the_rate_and_take_turns_if_they_must() {
        let place = Place { epoch: 3, epochs: 20, batch: 25, batches: 100, before: 200 };
        let of_values = Running { accuracy: None, ..RUNNING };
        let line = |running, scores: &[(&str, f64)], seconds| {
            let line = place.line(running, scores, seconds);
            assert!(line.chars().count() <= 79, "{line}");
            line
        };
        assert_eq!(
            line(of_values, &[("R squared", 0.9)], 4.5),
            "epoch 3/20 [==>      ] loss 0.0432  R squared 0.9000  rate 0.00123  35.5 s left"
        );
        let two = [("macro F1", 0.9866), ("top accuracy", 0.99)];
        // Two seconds each.
        for (seconds, shown) in [(1.9, "macro F1 0.9866"), (2.1, "top accuracy 0.9900"), (4.1, "macro F1 0.9866")] {
            let line = line(RUNNING, &two, seconds);
            assert!(line.contains(&format!("] loss 0.0432 98.61 %  {shown}  ")) && line.ends_with(" left"), "{line}");
        }
        let long = [("the mean absolute error of all outputs, each scaled", f64::NAN), ("R²", 0.5), ("bias", -1e-123)];
        for seconds in [0.0, 2.0, 4.0, 6e5] {
            assert!(line(RUNNING, &long, seconds).contains("[="));
        }
        assert!(line(RUNNING, &long, 0.0).contains("%  the mean absolute err"));
        assert!(line(of_values, &long, 2.0).contains("loss 0.0432  R² 0.5000  bias -1.000e-123"));
    }

    #[test]
    fn the_longest_line_fits_in_80_columns() {
        let place = Place { epoch: 1_000, epochs: 1_000, batch: 1, batches: 1_000_000, before: 100 };
        let running = Running { loss: -1.234_5e-123, accuracy: Some(1.0), learning_rate: 1.234e-123 };
        for running in [running, RUNNING, Running { accuracy: None, ..RUNNING }] {
            for seconds in [0.0, 1.0, 30.0] {
                for batch in [0, 1, 999_999, 1_000_000] {
                    let line = Place { batch, ..place }.line(running, &[], seconds);
                    assert!(line.len() <= 79, "{line}");
                }
            }
        }
        let line = place.line(running, &[], 30.0);
        assert!(line.ends_with("[>   ] loss -1.235e-123 100.00 %  rate 1.23e-123  82:30:29 left"), "{line}");
        assert!(place.line(RUNNING, &[], 30.0).contains("[>"));
    }

    #[test]
    fn time_is_left_for_what_is_left() {
        let place = Place { epoch: 1, epochs: 2, batch: 0, batches: 50, before: 0 };
        assert_eq!(place.seconds_left(0.0), 0.0);
        assert_eq!(Place { batch: 50, ..place }.seconds_left(3.0), 3.0);
        assert_eq!(Place { batch: 50, epoch: 2, before: 50, ..place }.seconds_left(3.0), 0.0);
    }

    /// What has been drawn, in all.
    static DRAWN: AtomicUsize = AtomicUsize::new(0);

    /// A terminal that counts.
    #[derive(Debug)]
    struct Counting;

    impl TermLike for Counting {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            DRAWN.fetch_add(usize::from(text.contains("  macro F1 0.5000  rate ")), Ordering::Relaxed);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_change_is_drawn_once() {
        let mut bar = Bar::on(|| ProgressDrawTarget::term_like(Box::new(Counting)));
        let running = Running { accuracy: None, ..RUNNING };
        let scores = || [("macro F1", 0.5)].into_iter();
        bar.start(1, 1, 10);
        for drawn in 1..=5 {
            bar.drawn = Instant::now() - BETWEEN_DRAWINGS;
            bar.advance(running, scores());
            assert_eq!(DRAWN.load(Ordering::Relaxed), drawn);
        }
        bar.drawn = Instant::now();
        bar.advance(running, scores());
        bar.clear();
        assert_eq!(DRAWN.load(Ordering::Relaxed), 5);
    }
}
