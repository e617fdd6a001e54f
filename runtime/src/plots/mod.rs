//! Pictures of what was learned: curves, paths on contours, histograms, matrices. Feature `plots`.
//!
//! A [`Chart`] has axes, a [`Matrix`] has cells; either becomes a [`Picture`], which is [saved](Picture::save) as the end of
//! its path says: `.svg`, or `.png` with the feature `png`. An SVG picture has colours for readers in light and in dark mode
//! and a background of its own, so that it is legible wherever it is shown; a PNG picture is light unless its
//! [`Theme`] says otherwise.
//!
//! ```
//! use castnet::plots::{Chart, Picture};
//!
//! let loss = |rate: f64| (0..50).map(move |step| (f64::from(step), (-rate * f64::from(step)).exp()));
//! let curves = Chart::new("Two learning rates")
//!     .x_axis("step")
//!     .y_axis("loss")
//!     .log_y()
//!     .line("0.1", loss(0.1))
//!     .line("0.3", loss(0.3))
//!     .picture()?;
//! let values = Chart::new("Losses").histogram("0.1", 10, loss(0.1).map(|(_, loss)| loss)).picture()?;
//! assert!(Picture::grid(2, [curves, values])?.svg().contains("Two learning rates"));
//! # Ok::<(), castnet::plots::PlotError>(())
//! ```
//!
//! The SVG is written by this module itself: style sheets that follow the reader, contours and few bytes are more than the
//! libraries for it offer, and it takes no crate.

mod axis;
mod chart;
mod colors;
mod contour;
mod draw;
mod error;
mod histogram;
mod matrix;
mod picture;
#[cfg(feature = "png")]
mod png;
mod svg;
#[cfg(test)]
mod tests;

pub use chart::Chart;
pub use colors::{Colors, Theme};
pub use error::PlotError;
pub use matrix::Matrix;
pub use picture::Picture;
