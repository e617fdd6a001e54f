//! Pictures of tables of numbers.

use std::path::Path;

use super::axis::Settings;
use super::colors::{Colors, hexadecimal, luminance};
use super::draw::{LETTERS, MARGIN, TITLE, draw_title};
use super::svg::{Anchor, Elements, text_width};
use super::{Picture, PlotError};

/// A table of numbers as a table of colours: which classes are taken for which, weights, images.
///
/// The first row is at the top. A number that is NaN or infinite leaves its cell empty.
///
/// ```
/// use castnet::plots::Matrix;
///
/// // The weights of a 3x3 filter that finds edges.
/// let weights = [1.0, 0.0, -1.0, 2.0, 0.0, -2.0, 1.0, 0.0, -1.0];
/// let picture = Matrix::new("Sobel", 3, 3, weights).picture()?;
/// assert_eq!(picture.svg().matches("#f7f7f7").count(), 3); // White is zero.
/// # Ok::<(), castnet::plots::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matrix {
    title: String,
    rows: usize,
    columns: usize,
    values: Vec<f64>,
    names: [String; 2],
    labels: [Vec<String>; 2],
    texts: Vec<String>,
    colors: Option<Colors>,
    range: Option<(f64, f64)>,
    cell: Option<f64>,
    has_bar: bool,
}

/// In how many equal steps a scale goes through its colours. The middle is one of them, so that zero is white.
const SHADES: f64 = 256.0;
/// What the bar beside a matrix takes, with the gap before it.
const BAR: f64 = 14.0;
const BAR_GAP: f64 = 16.0;

impl Matrix {
    /// A matrix of `rows` times `columns` values, row by row.
    pub fn new(title: impl Into<String>, rows: usize, columns: usize, values: impl IntoIterator<Item = f64>) -> Self {
        let (names, labels, texts, colors, range, cell) = Default::default();
        let (title, values) = (title.into(), values.into_iter().collect());
        Self { title, rows, columns, values, names, labels, texts, colors, range, cell, has_bar: true }
    }

    /// What the rows are, and what each of them is; no labels or as many as there are rows.
    pub fn rows<S: Into<String>>(mut self, name: impl Into<String>, labels: impl IntoIterator<Item = S>) -> Self {
        self.names[0] = name.into();
        self.labels[0] = labels.into_iter().map(Into::into).collect();
        self
    }

    /// What the columns are, and what each of them is; no labels or as many as there are columns.
    pub fn columns<S: Into<String>>(mut self, name: impl Into<String>, labels: impl IntoIterator<Item = S>) -> Self {
        self.names[1] = name.into();
        self.labels[1] = labels.into_iter().map(Into::into).collect();
        self
    }

    /// What is written in the cells, row by row. There is no bar beside them then.
    pub fn texts<S: Into<String>>(mut self, texts: impl IntoIterator<Item = S>) -> Self {
        self.texts = texts.into_iter().map(Into::into).collect();
        self.has_bar = false;
        self
    }

    /// Has these colours; otherwise [`Diverging`](Colors::Diverging) ones if there is a negative number, and else
    /// [`Sequential`](Colors::Sequential).
    pub fn colors(mut self, colors: Colors) -> Self {
        self.colors = Some(colors);
        self
    }

    /// The numbers of the first and the last colour; otherwise the least and largest of all, or for diverging colours the
    /// largest magnitude either way. What is beyond has the last colour of its side.
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Draws cells of so many pixels along each side; otherwise as many as suit the number of cells.
    pub fn cell(mut self, pixels: f64) -> Self {
        self.cell = Some(pixels);
        self
    }

    /// Has no bar beside it that says which colour is which number: for images.
    pub fn without_bar(mut self) -> Self {
        self.has_bar = false;
        self
    }

    /// The matrix, drawn.
    ///
    /// # Errors
    ///
    /// [`PlotError::Count`], [`PlotError::NothingToDraw`], [`PlotError::Range`] and [`PlotError::Size`].
    pub fn picture(&self) -> Result<Picture, PlotError> {
        self.check()?;
        let (colors, range) = self.scale()?;
        let layout = Layout::new(self);
        let mut elements = Elements::default();
        draw_title(&mut elements, &self.title, layout.middle_of_title());
        self.draw_cells(&mut elements, &layout, |value| shade(value, range, colors));
        self.draw_texts(&mut elements, &layout, |value| shade(value, range, colors));
        elements.rectangle("frame", layout.corner, layout.area());
        self.draw_labels(&mut elements, &layout);
        if self.has_bar {
            draw_bar(&mut elements, &layout, range, colors);
        }
        Picture::new(&self.title, layout.size, elements)
    }

    /// The [`picture`](Matrix::picture), [saved](Picture::save).
    ///
    /// # Errors
    ///
    /// Those of both.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.picture()?.save(path)
    }

    fn check(&self) -> Result<(), PlotError> {
        let (rows, columns) = (self.rows, self.columns);
        let cells = rows.saturating_mul(columns);
        for (what, found, expected, may_be_none) in [
            ("cells", cells, cells.max(1), false),
            ("values", self.values.len(), cells, false),
            ("texts", self.texts.len(), cells, true),
            ("labels of rows", self.labels[0].len(), rows, true),
            ("labels of columns", self.labels[1].len(), columns, true),
        ] {
            if found != expected && !(may_be_none && found == 0) {
                return Err(PlotError::Count { picture: self.title.clone(), what, found, expected, rows, columns });
            }
        }
        Ok(())
    }

    /// Which colours there are, from which number to which.
    fn scale(&self) -> Result<(Colors, (f64, f64)), PlotError> {
        let (picture, axis) = (self.title.as_str(), "scale of colours");
        let finite = || self.values.iter().copied().filter(|value| value.is_finite());
        let has_negative = finite().any(|value| value < 0.0);
        let colors = self.colors.unwrap_or(if has_negative { Colors::Diverging } else { Colors::Sequential });
        if let Some((low, high)) = self.range {
            if !(low < high && (high - low).is_finite()) {
                return Err(PlotError::Range { picture: picture.to_owned(), axis, low, high });
            }
            return Ok((colors, (low, high)));
        }
        let (low, high) =
            finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Err(PlotError::NothingToDraw { picture: picture.to_owned(), axis });
        }
        let (low, high) = if colors == Colors::Diverging {
            let largest = low.abs().max(high.abs());
            (-largest, largest)
        } else {
            (low, high)
        };
        // All alike, or too far apart for a difference.
        if low < high && (high - low).is_finite() {
            Ok((colors, (low, high)))
        } else if colors == Colors::Diverging {
            Ok((colors, (-1.0, 1.0)))
        } else {
            Ok((colors, (low.min(0.0), low.max(1.0))))
        }
    }

    /// Neighbours of one colour are one rectangle.
    fn draw_cells(&self, elements: &mut Elements, layout: &Layout, color: impl Fn(f64) -> Option<[u8; 3]>) {
        let (left, top) = layout.corner;
        for (row, values) in self.values.chunks(self.columns).enumerate() {
            let colors: Vec<_> = values.iter().map(|&value| color(value)).collect();
            let mut column = 0;
            for run in colors.chunk_by(|one, other| one == other) {
                if let Some(color) = run[0] {
                    let corner = (left + column as f64 * layout.cell, top + row as f64 * layout.cell);
                    elements.cell(&hexadecimal(color), corner, (run.len() as f64 * layout.cell, layout.cell));
                }
                column += run.len();
            }
        }
    }

    /// Dark letters on bright cells, bright ones on dark cells.
    fn draw_texts(&self, elements: &mut Elements, layout: &Layout, color: impl Fn(f64) -> Option<[u8; 3]>) {
        for (index, (text, &value)) in self.texts.iter().zip(&self.values).enumerate() {
            let (row, column) = ((index / self.columns) as f64, (index % self.columns) as f64);
            let class = match color(value).map(luminance) {
                None => "ink",
                // The brightness from which black has more contrast than white.
                Some(luminance) if luminance > 0.179 => "dark",
                Some(_) => "light",
            };
            let middle = |start: f64, place: f64| start + (place + 0.5) * layout.cell;
            let place = (middle(layout.corner.0, column), middle(layout.corner.1, row) + LETTERS * 0.36);
            elements.text(class, Anchor::Middle, place, text);
        }
    }

    fn draw_labels(&self, elements: &mut Elements, layout: &Layout) {
        let ((left, top), (width, height)) = (layout.corner, layout.area());
        for (row, label) in self.labels[0].iter().enumerate() {
            let y = top + (row as f64 + 0.5) * layout.cell + LETTERS * 0.36;
            elements.text("ink", Anchor::End, (left - 7.0, y), label);
        }
        for (column, label) in self.labels[1].iter().enumerate() {
            let x = left + (column as f64 + 0.5) * layout.cell;
            if layout.turns_labels {
                elements.upward_text("ink", Anchor::End, (x + LETTERS * 0.36, top + height + 7.0), label);
            } else {
                elements.text("ink", Anchor::Middle, (x, top + height + LETTERS + 6.0), label);
            }
        }
        let [rows, columns] = &self.names;
        elements.upward_text("ink", Anchor::Middle, (MARGIN + LETTERS * 0.7, top + height / 2.0), rows);
        let below = top + height + layout.below_labels + LETTERS + 6.0;
        elements.text("ink", Anchor::Middle, (left + width / 2.0, below), columns);
    }
}

/// The colour of a number; none of what is no number.
fn shade(value: f64, (low, high): (f64, f64), colors: Colors) -> Option<[u8; 3]> {
    // In few steps, so that neighbours that look alike are alike.
    let part = ((value.clamp(low, high) - low) / (high - low) * SHADES).round() / SHADES;
    value.is_finite().then(|| colors.at(part))
}

/// Where everything lies.
struct Layout {
    size: (f64, f64),
    title: f64,
    corner: (f64, f64),
    cell: f64,
    rows: f64,
    columns: f64,
    turns_labels: bool,
    below_labels: f64,
}

impl Layout {
    fn new(matrix: &Matrix) -> Self {
        let (rows, columns) = (matrix.rows as f64, matrix.columns as f64);
        let widest = |texts: &[String]| texts.iter().map(|text| text_width(text, LETTERS)).fold(0.0, f64::max);
        let has_labels = !matrix.labels[0].is_empty() || !matrix.labels[1].is_empty();
        let least = if has_labels { LETTERS + 4.0 } else { 1.0 };
        let suits =
            (420.0 / rows.max(columns)).clamp(least, 48.0).floor().max((widest(&matrix.texts) + 8.0).min(200.0));
        let cell = matrix.cell.unwrap_or(if matrix.texts.is_empty() {
            (420.0 / rows.max(columns)).clamp(least, 48.0)
        } else {
            suits
        });
        let turns_labels = widest(&matrix.labels[1]) + 6.0 > cell;
        let below_labels = match matrix.labels[1].is_empty() {
            true => 0.0,
            false if turns_labels => widest(&matrix.labels[1]) + 8.0,
            false => LETTERS + 6.0,
        };
        let name = |index: usize| if matrix.names[index].is_empty() { 0.0 } else { LETTERS + 8.0 };
        let of_rows = widest(&matrix.labels[0]);
        let left = MARGIN + name(0) + if of_rows > 0.0 { of_rows + 8.0 } else { 0.0 };
        let top = MARGIN + if matrix.title.is_empty() { 0.0 } else { TITLE + 9.0 };
        let bar = if matrix.has_bar { BAR_GAP + BAR + 9.0 + 7.0 * 0.62 * LETTERS } else { 0.0 };
        let title = text_width(&matrix.title, TITLE * 1.1) + 2.0 * MARGIN;
        let width = (left + columns * cell + bar + MARGIN).max(title).max(120.0);
        let height = (top + rows * cell + below_labels + name(1) + MARGIN).max(120.0);
        // In the middle of what a long title takes.
        let spare = (width - (left + columns * cell + bar + MARGIN)) / 2.0;
        Self {
            size: (width, height),
            title,
            corner: (left + spare, top),
            cell,
            rows,
            columns,
            turns_labels,
            below_labels,
        }
    }

    /// Above the cells, unless the title is too long for that.
    fn middle_of_title(&self) -> f64 {
        let (half, middle) = (self.title / 2.0, self.corner.0 + self.area().0 / 2.0);
        middle.min(self.size.0 - half).max(half)
    }

    fn area(&self) -> (f64, f64) {
        (self.columns * self.cell, self.rows * self.cell)
    }
}

/// Which colour is which number.
fn draw_bar(elements: &mut Elements, layout: &Layout, (low, high): (f64, f64), colors: Colors) {
    let (width, height) = layout.area();
    let (left, top) = (layout.corner.0 + width + BAR_GAP, layout.corner.1);
    let steps = height.min(64.0).ceil();
    for step in 0..steps as usize {
        let part = (step as f64 + 0.5) / steps;
        let corner = (left, top + height * (1.0 - (step + 1) as f64 / steps));
        elements.cell(&hexadecimal(colors.at(part)), corner, (BAR, height / steps));
    }
    elements.rectangle("frame", (left, top), (BAR, height));
    let settings = Settings { range: Some((low, high)), ..Settings::default() };
    let Ok(scale) = settings.scale(("", "scale of colours"), [].into_iter(), [0.0; 2], height) else { return };
    for (value, label) in scale.ticks((height / 45.0).max(2.0) as usize) {
        let y = top + height - scale.place(value).unwrap_or_default() + LETTERS * 0.36;
        elements.text("ink", Anchor::Start, (left + BAR + 6.0, y), &label);
    }
}
