//! How training shows that it goes on.

use core::fmt::Display;
#[cfg(feature = "std")]
use std::io::Write;
#[cfg(feature = "std")]
use std::sync::Once;

use super::Epoch;

/// What a build without optimisation says once, before the first fit that says anything: to wait for it is never what one
/// wants, and one line cures it. A build script knows, because debug assertions, which code can ask about, stay on in a
/// debug build that is optimised.
#[cfg(feature = "std")]
const UNOPTIMISED: &str = "note: without optimisation training takes 75 to 200 times as long:\n      \
                           in Cargo.toml, add `opt-level = 1` under `[profile.dev]`";

/// What [`Trainer::fit`](super::Trainer::fit) writes to the standard error stream, in lines of at most 80 columns.
/// Percentages are accuracies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar with the running loss, accuracy and metrics of the training samples, the learning rate and the time that is left,
    /// where the stream is a terminal that can draw one and the feature `progress` is on (it is by default); and a line for each
    /// epoch as [`Lines`](Progress::Lines). Metrics that the line with the bar has no room for are shown in turn. No bar is on the screen while the fit's
    /// [`on_epoch`](super::FitOptions::on_epoch) runs, which may write what it likes.
    #[default]
    Auto,
    /// A line for each epoch, the [`Display`](std::fmt::Display) of [`Epoch`].
    Lines,
    /// Nothing.
    Silent,
}

/// The running means of an epoch, and the rate of its last step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub loss: f64,
    pub accuracy: Option<f64>,
    pub learning_rate: f64,
}

/// Shows the progress of one fit.
pub(super) enum Reporter {
    #[cfg(feature = "progress")]
    Bar(super::bar::Bar),
    Lines,
    Silent,
}

impl Reporter {
    pub fn new(progress: Progress) -> Self {
        if cfg!(unoptimised) && progress != Progress::Silent {
            note_once();
        }
        match progress {
            #[cfg(feature = "progress")]
            Progress::Auto => super::bar::Bar::new().map_or(Self::Lines, Self::Bar),
            #[cfg(not(feature = "progress"))]
            Progress::Auto => Self::Lines,
            Progress::Lines => Self::Lines,
            Progress::Silent => Self::Silent,
        }
    }

    /// Says something that the reader should know.
    pub fn note(&self, note: &str) {
        if !matches!(self, Self::Silent) {
            say(&format_args!("note: {note}"));
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

    /// Whether batches are shown, and not epochs only.
    pub fn shows_batches(&self) -> bool {
        !matches!(self, Self::Lines | Self::Silent)
    }

    /// One more batch is done. `scores` are those of the samples so far, which are computed if they are shown.
    pub fn advance<'a>(&mut self, running: Running, scores: impl Iterator<Item = (&'a str, f64)>) {
        let _ = (running.loss, running.accuracy, running.learning_rate, &scores);
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.advance(running, scores),
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
        say(epoch);
    }
}

/// Says once that the crate is compiled without optimisation.
fn note_once() {
    #[cfg(feature = "std")]
    {
        static NOTE: Once = Once::new();
        NOTE.call_once(|| say(&UNOPTIMISED));
    }
}

/// Writes a line, where there is somebody to read it.
fn say(line: &dyn Display) {
    // Training does not end because nobody reads about it.
    #[cfg(feature = "std")]
    let _ = writeln!(std::io::stderr(), "{line}");
    let _ = line;
}
