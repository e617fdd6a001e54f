//! How training shows that it goes on.

use super::Epoch;

/// What [`Trainer::fit`](super::Trainer::fit) writes to the standard error stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar with loss and accuracy where the stream is a terminal and the feature `progress` is on (it is by default);
    /// otherwise as [`Lines`](Progress::Lines).
    #[default]
    Auto,
    /// A line for each epoch.
    Lines,
    /// Nothing.
    Silent,
}

/// The running means of an epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub loss: f64,
    pub accuracy: Option<f64>,
}

/// Shows the progress of one fit.
pub(super) enum Reporter {
    #[cfg(feature = "progress")]
    Bar(bar::Bar),
    Lines,
    Silent,
}

impl Reporter {
    pub fn new(progress: Progress) -> Self {
        match progress {
            #[cfg(feature = "progress")]
            Progress::Auto if std::io::IsTerminal::is_terminal(&std::io::stderr()) => Self::Bar(bar::Bar::new()),
            Progress::Auto | Progress::Lines => Self::Lines,
            Progress::Silent => Self::Silent,
        }
    }

    /// Starts epoch `number` of `epochs`, of `batches`.
    pub fn start(&mut self, number: usize, epochs: usize, batches: usize) {
        let _ = (number, epochs, batches);
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.start(number, epochs, batches),
            Self::Lines | Self::Silent => {}
        }
    }

    /// One more batch is done.
    pub fn advance(&mut self, running: Running) {
        let _ = (running.loss, running.accuracy);
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.advance(running),
            Self::Lines | Self::Silent => {}
        }
    }

    /// An epoch is done.
    pub fn finish(&mut self, epoch: &Epoch) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.finish(epoch),
            Self::Lines => eprintln!("{epoch}"),
            Self::Silent => {}
        }
    }
}

#[cfg(feature = "progress")]
mod bar {
    use std::time::{Duration, Instant};

    use indicatif::{ProgressBar, ProgressStyle};

    use super::Running;
    use crate::train::Epoch;

    /// No eye reads faster, and a step of a small network takes less than to draw a bar.
    const BETWEEN_DRAWINGS: Duration = Duration::from_millis(66);

    pub struct Bar {
        bar: ProgressBar,
        done: u64,
        drawn: Instant,
    }

    impl Bar {
        pub fn new() -> Self {
            let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}")
                .expect("the template is well formed")
                .progress_chars("=> ");
            Self { bar: ProgressBar::new(0).with_style(style), done: 0, drawn: Instant::now() }
        }

        pub fn start(&mut self, number: usize, epochs: usize, batches: usize) {
            self.done = 0;
            self.bar.reset();
            self.bar.set_length(batches as u64);
            self.bar.set_prefix(format!("epoch {number}/{epochs}"));
            self.bar.set_message("");
        }

        pub fn advance(&mut self, running: Running) {
            self.done += 1;
            if self.drawn.elapsed() < BETWEEN_DRAWINGS {
                return;
            }
            self.drawn = Instant::now();
            self.bar.set_position(self.done);
            let accuracy =
                running.accuracy.map_or_else(String::new, |part| format!(", accuracy {:.2} %", 100.0 * part));
            self.bar.set_message(format!("loss {:.4}{accuracy}", running.loss));
        }

        /// Leaves the epoch's line above the bar.
        pub fn finish(&mut self, epoch: &Epoch) {
            self.bar.println(epoch.to_string());
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            self.bar.finish_and_clear();
        }
    }
}
