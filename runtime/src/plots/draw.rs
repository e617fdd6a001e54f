//! A chart, put together.

use super::axis::Scale;
use super::chart::{Chart, Content, Series};
use super::colors::SERIES;
use super::svg::{Anchor, Elements, text_width};
use super::{Picture, PlotError, histogram};

/// The size of letters, and of a title's.
pub(super) const LETTERS: f64 = 12.0;
pub(super) const TITLE: f64 = 15.0;
/// What is left free around everything.
pub(super) const MARGIN: f64 = 14.0;
/// From one line of the legend to the next.
const LINE: f64 = 19.0;
/// The sample of a line in the legend.
const SWATCH: f64 = 24.0;

/// The part of a chart that the axes span.
struct Area {
    left: f64,
    top: f64,
    x: Scale,
    y: Scale,
}

impl Area {
    /// Where a point has its place in the area.
    fn place(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        Some((self.x.place(x)?, self.y.length - self.y.place(y)?))
    }

    fn size(&self) -> (f64, f64) {
        (self.x.length, self.y.length)
    }
}

/// A histogram's bars, as points of its outline.
type Outlines = Vec<Option<Vec<(f64, f64)>>>;

pub(super) fn chart(chart: &Chart) -> Result<Picture, PlotError> {
    let (area, outlines) = lay_out(chart)?;
    let mut inside = Elements::default();
    draw_grid(&mut inside, &area);
    for (grid, levels) in &chart.contours {
        let lines = levels.iter().flat_map(|&level| grid.contour(level));
        let places = |line: Vec<(f64, f64)>| line.into_iter().filter_map(|point| area.place(point)).collect();
        inside.polylines("contour", &lines.map(places).collect::<Vec<_>>());
    }
    for (index, (series, outline)) in chart.series.iter().zip(&outlines).enumerate() {
        draw_series(&mut inside, &area, index, &series.content, outline.as_deref());
    }
    for (x, name) in &chart.marks {
        draw_mark(&mut inside, &area, *x, name);
    }

    let mut elements = Elements::default();
    elements.window((area.left, area.top), area.size(), &inside);
    elements.rectangle("frame", (area.left, area.top), area.size());
    draw_title(&mut elements, &chart.title, area.left + area.x.length / 2.0);
    label_axes(&mut elements, chart, &area);
    draw_legend(&mut elements, chart, &area);
    Picture::new(&chart.title, chart.size, elements)
}

/// The title above a middle.
pub(super) fn draw_title(elements: &mut Elements, title: &str, middle: f64) {
    if !title.is_empty() {
        elements.text("ink title", Anchor::Middle, (middle, MARGIN + TITLE * 0.8), title);
    }
}

/// Where the area lies and how its axes go. How wide the labels of the y axis are, nobody knows before the axis is there, so
/// that they are measured on one of about the right length.
fn lay_out(chart: &Chart) -> Result<(Area, Outlines), PlotError> {
    let (width, height) = chart.size;
    let top = MARGIN + if chart.title.is_empty() { 0.0 } else { TITLE + 9.0 };
    let bottom = MARGIN + LETTERS + 6.0 + if chart.x.name.is_empty() { 0.0 } else { LETTERS + 8.0 };
    let tall = (height - top - bottom).max(20.0);
    let (x, outlines) = x_scale(chart, width)?;
    let y = y_scale(chart, &outlines, tall)?;
    let ticks = y.ticks(y_ticks(tall));
    let labels = ticks.iter().map(|(_, label)| text_width(label, LETTERS)).fold(0.0, f64::max);
    let left = MARGIN + labels + 8.0 + if chart.y.name.is_empty() { 0.0 } else { LETTERS + 8.0 };
    let right = MARGIN + legend_width(chart);
    let x = x.over((width - left - right).max(20.0));
    Ok((Area { left, top, x, y }, outlines))
}

fn x_scale(chart: &Chart, length: f64) -> Result<(Scale, Outlines), PlotError> {
    let place = (chart.title.as_str(), "x axis");
    let mut numbers: Vec<f64> = chart.marks.iter().map(|(x, _)| *x).collect();
    for series in &chart.series {
        match &series.content {
            Content::Histogram { bins: 0, .. } => return Err(PlotError::NoBins { picture: chart.title.clone() }),
            Content::Histogram { values, .. } => numbers.extend(values),
            Content::Line(points) | Content::Path(points) | Content::Points(points) => {
                numbers.extend(points.iter().map(|(x, _)| x));
            }
        }
    }
    numbers.extend(chart.contours.iter().flat_map(|(grid, _)| [grid.x.0, grid.x.1]));
    let has_bars = chart.series.iter().any(|series| matches!(series.content, Content::Histogram { .. }));
    let margin = if has_bars || !chart.contours.is_empty() { 0.0 } else { 0.02 };
    let scale = chart.x.scale(place, numbers.into_iter(), [margin; 2], length)?;
    let outline = |series: &Series| match &series.content {
        Content::Histogram { bins, values } => Some(histogram::outline(&histogram::counts(values, &scale, *bins))),
        _ => None,
    };
    Ok((scale, chart.series.iter().map(outline).collect()))
}

fn y_scale(chart: &Chart, outlines: &Outlines, length: f64) -> Result<Scale, PlotError> {
    let mut numbers: Vec<f64> = outlines.iter().flatten().flatten().map(|(_, count)| *count).collect();
    let stands_on_zero = !numbers.is_empty();
    for series in &chart.series {
        if let Content::Line(points) | Content::Path(points) | Content::Points(points) = &series.content {
            numbers.extend(points.iter().map(|(_, y)| y));
        }
    }
    numbers.extend(chart.contours.iter().flat_map(|(grid, _)| [grid.y.0, grid.y.1]));
    let above = if chart.contours.is_empty() { 0.04 } else { 0.0 };
    let below = if stands_on_zero && !chart.y.is_logarithmic { 0.0 } else { above };
    chart.y.scale((&chart.title, "y axis"), numbers.into_iter(), [below, above], length)
}

fn x_ticks(length: f64) -> usize {
    (length / 75.0) as usize
}

fn y_ticks(length: f64) -> usize {
    (length / 45.0) as usize
}

/// Lines behind the data at the ticks.
fn draw_grid(inside: &mut Elements, area: &Area) {
    let (width, height) = area.size();
    for x in area.x.ticks(x_ticks(width)).iter().filter_map(|(value, _)| area.x.place(*value)) {
        inside.line("grid", (x, 0.0), (x, height));
    }
    for y in area.y.ticks(y_ticks(height)).iter().filter_map(|(value, _)| area.y.place(*value)) {
        inside.line("grid", (0.0, height - y), (width, height - y));
    }
}

/// The classes of the series of number `index`.
fn classes(shape: &str, index: usize) -> String {
    let dashed = if index / SERIES % 2 == 1 { " dashed" } else { "" };
    format!("{shape} s{}{dashed}", index % SERIES)
}

fn draw_series(inside: &mut Elements, area: &Area, index: usize, content: &Content, outline: Option<&[(f64, f64)]>) {
    match content {
        Content::Line(points) => inside.polylines(&classes("line", index), &runs(points, area)),
        Content::Path(points) => {
            inside.polylines(&classes("line", index), &runs(points, area));
            let places: Vec<_> = points.iter().filter_map(|point| area.place(*point)).collect();
            let dot = classes("dot", index);
            places.iter().for_each(|place| inside.circle(&dot, *place, 2.0));
            if let (Some(&first), Some(&last)) = (places.first(), places.last()) {
                inside.circle(&classes("ring", index), first, 5.0);
                inside.circle(&dot, last, 5.0);
            }
        }
        Content::Points(points) => {
            let places = points.iter().filter_map(|point| area.place(*point));
            places.for_each(|place| inside.circle(&classes("dot", index), place, 2.6));
        }
        Content::Histogram { .. } => {
            // On a logarithmic axis nothing has no place, and bars stand on the end of the axis.
            let height = |count| area.y.place(count).unwrap_or(0.0);
            let outline = outline.unwrap_or_default().iter();
            let places = outline.map(|(part, count)| (part * area.x.length, area.y.length - height(*count)));
            inside.polylines(&classes("bar", index), &[places.collect()]);
        }
    }
}

/// Runs of points without a gap, thinned where there are several in each column of pixels.
fn runs(points: &[(f64, f64)], area: &Area) -> Vec<Vec<(f64, f64)>> {
    let places: Vec<_> = points.iter().map(|point| area.place(*point)).collect();
    let runs = places.split(Option::is_none).filter(|run| !run.is_empty());
    runs.map(|run| thin(run.iter().copied().flatten().collect(), area.x.length)).collect()
}

/// Of points from left to right, four for each column of pixels: the first, the highest, the lowest, the last. Others stay.
fn thin(points: Vec<(f64, f64)>, width: f64) -> Vec<(f64, f64)> {
    if points.len() as f64 <= 4.0 * width || !points.is_sorted_by(|one, other| one.0 <= other.0) {
        return points;
    }
    let mut thinned = Vec::new();
    for column in points.chunk_by(|one, other| one.0.floor() == other.0.floor()) {
        let by_height = |&one: &usize, &other: &usize| column[one].1.total_cmp(&column[other].1);
        let highest = (0..column.len()).min_by(by_height).unwrap_or(0);
        let lowest = (0..column.len()).max_by(by_height).unwrap_or(0);
        let mut kept = vec![0, highest, lowest, column.len() - 1];
        kept.sort_unstable();
        kept.dedup();
        thinned.extend(kept.into_iter().map(|place| column[place]));
    }
    thinned
}

/// A dashed line, and its name on the side where there is more room.
fn draw_mark(inside: &mut Elements, area: &Area, x: f64, name: &str) {
    let Some(x) = area.x.place(x) else { return };
    let (width, height) = area.size();
    inside.line("mark", (x, 0.0), (x, height));
    let (anchor, away) = if x > width / 2.0 { (Anchor::End, -5.0) } else { (Anchor::Start, 5.0) };
    inside.text("ink", anchor, (x + away, LETTERS + 4.0), name);
}

fn label_axes(elements: &mut Elements, chart: &Chart, area: &Area) {
    let ((width, height), bottom) = (area.size(), area.top + area.y.length);
    for (value, label) in area.x.ticks(x_ticks(width)) {
        let Some(x) = area.x.place(value) else { continue };
        elements.text("ink", Anchor::Middle, (area.left + x, bottom + LETTERS + 6.0), &label);
    }
    for (value, label) in area.y.ticks(y_ticks(height)) {
        let Some(y) = area.y.place(value) else { continue };
        elements.text("ink", Anchor::End, (area.left - 7.0, bottom - y + LETTERS * 0.36), &label);
    }
    if !chart.x.name.is_empty() {
        elements.text("ink", Anchor::Middle, (area.left + width / 2.0, chart.size.1 - MARGIN), &chart.x.name);
    }
    if !chart.y.name.is_empty() {
        elements.upward_text("ink", Anchor::Middle, (MARGIN + LETTERS * 0.7, area.top + height / 2.0), &chart.y.name);
    }
}

/// What the legend takes to the right of the axes; nothing if no series has a name.
fn legend_width(chart: &Chart) -> f64 {
    let names = chart.series.iter().filter(|series| !series.name.is_empty());
    let widest = names.map(|series| text_width(&series.name, LETTERS)).fold(0.0, f64::max);
    if widest > 0.0 { SWATCH + 22.0 + widest } else { 0.0 }
}

fn draw_legend(elements: &mut Elements, chart: &Chart, area: &Area) {
    let left = area.left + area.x.length + 14.0;
    let named = chart.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty());
    for (row, (index, series)) in named.enumerate() {
        let y = area.top + 8.0 + LINE * row as f64;
        let middle = (left + SWATCH / 2.0, y);
        match series.content {
            Content::Points(_) => elements.circle(&classes("dot", index), middle, 4.0),
            Content::Histogram { .. } => elements.rectangle(&classes("bar", index), (left, y - 5.0), (SWATCH, 10.0)),
            Content::Line(_) | Content::Path(_) => {
                elements.line(&classes("line", index), (left, y), (left + SWATCH, y));
            }
        }
        if matches!(series.content, Content::Path(_)) {
            elements.circle(&classes("dot", index), (left + SWATCH, y), 4.0);
        }
        elements.text("ink", Anchor::Start, (left + SWATCH + 8.0, y + LETTERS * 0.36), &series.name);
    }
}
