//! What can be wrong with a picture.

use std::io;
use std::path::PathBuf;

/// A picture that cannot be drawn or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// No number that an axis or a scale of colours has a place for.
    #[error(
        "`{picture}` has nothing to draw: no number that its {axis} has a place for; numbers must be finite, and positive on a \
         logarithmic axis"
    )]
    NothingToDraw {
        /// The picture's title.
        picture: String,
        /// `x axis`, `y axis` or `scale of colours`.
        axis: &'static str,
    },

    /// A range that is none.
    #[error(
        "the {axis} of `{picture}` goes from {low} to {high}, but it takes two finite numbers in rising order, and positive ones \
         if it is logarithmic"
    )]
    Range {
        /// The picture's title.
        picture: String,
        /// `x axis`, `y axis` or `scale of colours`.
        axis: &'static str,
        /// Where it begins.
        low: f64,
        /// Where it ends.
        high: f64,
    },

    /// A matrix without cells, or one whose values, texts or labels are not as many as its cells, rows or columns.
    #[error("`{picture}` has {found} {what}, but {expected} are needed for {rows} rows and {columns} columns")]
    Count {
        /// The picture's title.
        picture: String,
        /// `values`, `texts`, `labels of rows`, `labels of columns` or `cells`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
        /// The rows of the matrix.
        rows: usize,
        /// The columns of the matrix.
        columns: usize,
    },

    /// A picture that is too small to draw on, or too large.
    #[error("`{picture}` is {width} x {height} pixels, but a picture has 120 to 20000 along each side")]
    Size {
        /// The picture's title; empty for a grid.
        picture: String,
        /// The pixels of a row.
        width: f64,
        /// The pixels of a column.
        height: f64,
    },

    /// A histogram of no bars.
    #[error("a histogram of `{picture}` has no bins: 20 to 50 suit most")]
    NoBins {
        /// The picture's title.
        picture: String,
    },

    /// A grid of no pictures or no columns.
    #[error("a grid of {pictures} pictures in {columns} columns, but it takes at least one of either")]
    EmptyGrid {
        /// How many pictures there are.
        pictures: usize,
        /// How many stand side by side.
        columns: usize,
    },

    /// A path that names no kind of picture.
    #[error("{} ends in neither .svg nor .png, the two kinds of pictures that there are", path.display())]
    Extension {
        /// The path.
        path: PathBuf,
    },

    /// A PNG picture, and the feature that draws it is off.
    #[error("{} is a PNG picture, which takes castnet's feature `png`: switch it on, or save as .svg", path.display())]
    NoPng {
        /// The path.
        path: PathBuf,
    },

    /// No font on this machine to write a PNG picture's text in.
    #[error("this machine has no font to write with: install DejaVu Sans (fonts-dejavu-core), or save as .svg")]
    NoFont,

    /// What the renderer of PNG pictures says.
    #[error("a PNG picture could not be made: {message}")]
    Render {
        /// Its message.
        message: String,
    },

    /// The file could not be written.
    #[error("{} could not be written: {source}", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}
