//! How training shows that it goes on.

use std::io::Write;

use super::Epoch;

/// What [`Trainer::fit`](super::Trainer::fit) writes to the standard error stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar with loss and accuracy where the stream is a terminal that can draw one and the feature `progress` is on (it
    /// is by default); otherwise as [`Lines`](Progress::Lines). No bar is on the screen while the fit's
    /// [`on_epoch`](super::FitOptions::on_epoch) runs, which may write what it likes.
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
            Progress::Auto => bar::Bar::new().map_or(Self::Lines, Self::Bar),
            #[cfg(not(feature = "progress"))]
            Progress::Auto => Self::Lines,
            Progress::Lines => Self::Lines,
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

    /// An epoch is done: its line stays on the screen, and nothing else.
    pub fn finish(&mut self, epoch: &Epoch) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.clear(),
            Self::Lines => {}
            Self::Silent => return,
        }
        // Training does not end because nobody reads about it.
        let _ = writeln!(std::io::stderr(), "{epoch}");
    }
}

#[cfg(feature = "progress")]
mod bar {
    use std::time::{Duration, Instant};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use super::Running;

    /// No eye reads faster, and a step of a small network takes less than to draw a bar.
    const BETWEEN_DRAWINGS: Duration = Duration::from_millis(66);

    /// The bar of an epoch; hidden between epochs.
    pub struct Bar {
        style: ProgressStyle,
        bar: ProgressBar,
        done: u64,
        drawn: Instant,
    }

    impl Bar {
        /// `None` where there is no terminal, or one that cannot move its cursor (`TERM=dumb`).
        pub fn new() -> Option<Self> {
            let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}")
                .expect("the template is well formed")
                .progress_chars("=> ");
            let is_hidden = ProgressDrawTarget::stderr().is_hidden();
            (!is_hidden).then(|| Self { style, bar: ProgressBar::hidden(), done: 0, drawn: Instant::now() })
        }

        pub fn start(&mut self, number: usize, epochs: usize, batches: usize) {
            self.done = 0;
            self.bar = ProgressBar::with_draw_target(Some(batches as u64), ProgressDrawTarget::stderr())
                .with_style(self.style.clone())
                .with_prefix(format!("epoch {number}/{epochs}"));
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

        pub fn clear(&mut self) {
            self.bar.finish_and_clear();
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            self.clear();
        }
    }
}
