//! Pictures with two axes.

use std::ops::RangeInclusive;
use std::path::Path;

use super::axis::Settings;
use super::contour::Grid;
use super::{Picture, PlotError};

/// Curves, paths, points, contours and histograms over two axes.
///
/// What is drawn first lies lowest. Each series has a colour of its own, and a line in the legend if it has a name. Numbers
/// without a place on an axis, NaN, infinite, or not positive on a logarithmic one, leave a gap.
///
/// Paths on the contours of what they descend:
///
/// ```
/// use castnet::plots::Chart;
///
/// let bowl = |x: f64, y: f64| x * x / 64.0 + y * y;
/// let mut place = (-7.0, 2.0);
/// let path = (0..20).map(|_| {
///     let before = place;
///     place = (place.0 - 0.9 * place.0 / 32.0, place.1 - 0.9 * 2.0 * place.1);
///     before
/// });
/// let picture = Chart::new("Gradient descent in a bowl")
///     .contours(-8.0..=2.0, -2.5..=2.5, [0.1, 0.5, 1.0, 2.0, 4.0], bowl)
///     .path("rate 0.9", path)
///     .picture()?;
/// assert!(picture.svg().contains("rate 0.9"));
/// # Ok::<(), castnet::plots::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    pub(super) title: String,
    pub(super) size: (f64, f64),
    pub(super) x: Settings,
    pub(super) y: Settings,
    pub(super) contours: Vec<(Grid, Vec<f64>)>,
    pub(super) series: Vec<Series>,
    pub(super) marks: Vec<(f64, String)>,
}

/// Points or numbers that belong together.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub name: String,
    pub content: Content,
}

/// What is drawn of a series.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Line(Vec<(f64, f64)>),
    Path(Vec<(f64, f64)>),
    Points(Vec<(f64, f64)>),
    Histogram { bins: usize, values: Vec<f64> },
}

impl Chart {
    /// A chart of nothing yet, 720 x 420 pixels large.
    pub fn new(title: impl Into<String>) -> Self {
        let (x, y) = Default::default();
        let (contours, series, marks) = Default::default();
        Self { title: title.into(), size: (720.0, 420.0), x, y, contours, series, marks }
    }

    /// Has so many pixels, from 120 to 20,000 along each side.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (f64::from(width), f64::from(height));
        self
    }

    /// What the x axis counts.
    pub fn x_axis(mut self, name: impl Into<String>) -> Self {
        self.x.name = name.into();
        self
    }

    /// What the y axis counts.
    pub fn y_axis(mut self, name: impl Into<String>) -> Self {
        self.y.name = name.into();
        self
    }

    /// Places numbers of the x axis by their logarithms.
    pub fn log_x(mut self) -> Self {
        self.x.is_logarithmic = true;
        self
    }

    /// Places numbers of the y axis by their logarithms.
    pub fn log_y(mut self) -> Self {
        self.y.is_logarithmic = true;
        self
    }

    /// Shows this part of the x axis; otherwise as much as the numbers take.
    pub fn x_range(mut self, range: RangeInclusive<f64>) -> Self {
        self.x.range = Some((*range.start(), *range.end()));
        self
    }

    /// Shows this part of the y axis; otherwise as much as the numbers take.
    pub fn y_range(mut self, range: RangeInclusive<f64>) -> Self {
        self.y.range = Some((*range.start(), *range.end()));
        self
    }

    /// A line through points. Of many points in one column of pixels it shows the first, the least, the largest and the last.
    pub fn line(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.with(name, Content::Line(points.into_iter().collect()))
    }

    /// A line through points that are each marked: from the ring to the large dot.
    pub fn path(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.with(name, Content::Path(points.into_iter().collect()))
    }

    /// Points alone.
    pub fn points(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.with(name, Content::Points(points.into_iter().collect()))
    }

    /// How many of the numbers fall into each of `bins` equal parts of the x axis, which all histograms of a chart share.
    pub fn histogram(self, name: impl Into<String>, bins: usize, values: impl IntoIterator<Item = f64>) -> Self {
        self.with(name, Content::Histogram { bins, values: values.into_iter().collect() })
    }

    fn with(mut self, name: impl Into<String>, content: Content) -> Self {
        self.series.push(Series { name: name.into(), content });
        self
    }

    /// The lines along which `function` of x and y has each of the `levels`, in this part of the plane, below all series.
    pub fn contours(
        mut self,
        x: RangeInclusive<f64>,
        y: RangeInclusive<f64>,
        levels: impl IntoIterator<Item = f64>,
        function: impl Fn(f64, f64) -> f64,
    ) -> Self {
        self.contours.push((Grid::new(&x, &y, function), levels.into_iter().collect()));
        self
    }

    /// A dashed line at a place of the x axis, with its name: where a rate falls, which rate to take.
    pub fn mark(mut self, x: f64, name: impl Into<String>) -> Self {
        self.marks.push((x, name.into()));
        self
    }

    /// The chart, drawn.
    ///
    /// # Errors
    ///
    /// [`PlotError::NothingToDraw`], [`PlotError::Range`], [`PlotError::NoBins`] and [`PlotError::Size`].
    pub fn picture(&self) -> Result<Picture, PlotError> {
        super::draw::chart(self)
    }

    /// The [`picture`](Chart::picture), [saved](Picture::save).
    ///
    /// # Errors
    ///
    /// Those of both.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.picture()?.save(path)
    }
}
