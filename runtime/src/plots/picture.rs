//! Finished pictures.

use std::fs;
use std::path::Path;

use super::PlotError;
use super::colors::{Theme, style_sheet};
use super::svg::{Elements, Pixels};

/// A picture that is drawn: to be saved, or to stand beside others in a grid.
///
/// ```
/// use castnet::plots::{Chart, Theme};
///
/// let chart = Chart::new("Squares").line("", (0..10).map(|x| (f64::from(x), f64::from(x * x))));
/// let path = std::env::temp_dir().join("castnet-squares.svg");
/// chart.picture()?.theme(Theme::Dark).save(&path)?;
/// assert!(std::fs::read_to_string(&path).unwrap().starts_with("<svg"));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), castnet::plots::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Picture {
    width: f64,
    height: f64,
    elements: String,
    theme: Theme,
}

/// How many pixels of a PNG picture one of the drawing takes along each side, so that letters are smooth on any screen.
#[cfg(feature = "png")]
const PNG_SCALE: f32 = 2.0;

impl Picture {
    /// A picture of the title `title` and this size.
    pub(super) fn new(title: &str, (width, height): (f64, f64), elements: Elements) -> Result<Self, PlotError> {
        let sides = 120.0..=20_000.0;
        if !(sides.contains(&width) && sides.contains(&height)) {
            return Err(PlotError::Size { picture: title.to_owned(), width, height });
        }
        Ok(Self { width, height, elements: elements.0, theme: Theme::default() })
    }

    /// Pictures side by side, `columns` in a row, in the order of reading.
    ///
    /// # Errors
    ///
    /// [`PlotError::EmptyGrid`] without pictures or columns, and [`PlotError::Size`] if they are too many.
    pub fn grid(columns: usize, pictures: impl IntoIterator<Item = Picture>) -> Result<Self, PlotError> {
        let pictures: Vec<_> = pictures.into_iter().collect();
        if pictures.is_empty() || columns == 0 {
            return Err(PlotError::EmptyGrid { pictures: pictures.len(), columns });
        }
        let rows: Vec<_> = pictures.chunks(columns).collect();
        let column_width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|picture| picture.width).fold(0.0, f64::max)
        };
        let widths: Vec<f64> = (0..columns.min(pictures.len())).map(column_width).collect();
        let (mut elements, mut top) = (Elements::default(), 0.0);
        for row in &rows {
            let mut left = 0.0;
            for (picture, width) in row.iter().zip(&widths) {
                let inside = Elements(picture.elements.clone());
                elements.window((left, top), (picture.width, picture.height), &inside);
                left += width;
            }
            top += row.iter().map(|picture| picture.height).fold(0.0, f64::max);
        }
        let theme = pictures[0].theme;
        Ok(Self { theme, ..Self::new("", (widths.iter().sum(), top), elements)? })
    }

    /// With the colours for light or for dark surroundings, whatever the reader's are.
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// The picture as a document of SVG.
    pub fn svg(&self) -> String {
        let (width, height, style) = (Pixels(self.width), Pixels(self.height), style_sheet(self.theme));
        format!(
            "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n<style>\n{style}</style>\n\
             <rect class=\"background\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
            self.elements
        )
    }

    /// The picture as a file of PNG, two pixels for each of the drawing. Text is in DejaVu Sans where the machine has it, else
    /// in another of its fonts.
    ///
    /// # Errors
    ///
    /// [`PlotError::NoFont`], and [`PlotError::Render`] if there is no memory for it.
    #[cfg(feature = "png")]
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        super::png::render(&self.svg(), PNG_SCALE)
    }

    /// Writes the picture to a file: `.svg`, or `.png` with the feature `png`.
    ///
    /// # Errors
    ///
    /// [`PlotError::Extension`] if the path ends otherwise, [`PlotError::NoPng`] without the feature, those of
    /// a PNG picture, and [`PlotError::Write`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let bytes = match extension.to_str() {
            Some("svg") => self.svg().into_bytes(),
            #[cfg(feature = "png")]
            Some("png") => self.png()?,
            #[cfg(not(feature = "png"))]
            Some("png") => return Err(PlotError::NoPng { path: path.to_owned() }),
            _ => return Err(PlotError::Extension { path: path.to_owned() }),
        };
        fs::write(path, bytes).map_err(|source| PlotError::Write { path: path.to_owned(), source })
    }
}
