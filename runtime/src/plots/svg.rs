//! The elements of SVG.

use std::fmt::{self, Display, Formatter, Write};

/// A length or a place, to a tenth of a pixel.
pub(super) struct Pixels(pub f64);

impl Display for Pixels {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        // Adding zero makes -0 zero.
        write!(formatter, "{}", tenths / 10.0 + 0.0)
    }
}

/// Text whose characters mean themselves; those that XML forbids are left out.
pub(super) struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '&' => formatter.write_str("&amp;")?,
                '"' => formatter.write_str("&quot;")?,
                '\u{fffe}' | '\u{ffff}' => {}
                other if other.is_control() => {}
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Where a text stands from its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// Elements, one after the other. A class is a name of the style sheet in `colors`.
#[derive(Default)]
pub(super) struct Elements(pub String);

impl Elements {
    fn write(&mut self, element: fmt::Arguments<'_>) {
        self.0.write_fmt(element).expect("a string takes everything");
        self.0.push('\n');
    }

    pub fn rectangle(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width, height].map(Pixels);
        self.write(format_args!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#));
    }

    /// A rectangle of a colour that no theme changes, with sharp sides: nothing shines through between two of them.
    pub fn cell(&mut self, color: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width, height].map(Pixels);
        self.write(format_args!(
            r#"<rect class="cell" fill="{color}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#
        ));
    }

    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(Pixels);
        self.write(format_args!(r#"<path class="{class}" d="M{x1} {y1}L{x2} {y2}"/>"#));
    }

    /// Lines through points; nothing if there are none.
    pub fn polylines(&mut self, class: &str, lines: &[Vec<(f64, f64)>]) {
        let mut path = String::new();
        for line in lines {
            for (place, &(x, y)) in line.iter().enumerate() {
                let command = if place == 0 { 'M' } else { 'L' };
                let (x, y) = (Pixels(x), Pixels(y));
                write!(path, "{command}{x} {y}").expect("a string takes everything");
            }
            // A line of one point is a dot, for the caps are round.
            if let [(x, y)] = line[..] {
                write!(path, "L{} {}", Pixels(x), Pixels(y)).expect("a string takes everything");
            }
        }
        if !path.is_empty() {
            self.write(format_args!(r#"<path class="{class}" d="{path}"/>"#));
        }
    }

    pub fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let [x, y, radius] = [x, y, radius].map(Pixels);
        self.write(format_args!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}"/>"#));
    }

    pub fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let (x, y, anchor, text) = (Pixels(x), Pixels(y), anchor.word(), Text(text));
        self.write(format_args!(r#"<text class="{class}" text-anchor="{anchor}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// Text that reads upwards.
    pub fn upward_text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let (x, y, anchor, text) = (Pixels(x), Pixels(y), anchor.word(), Text(text));
        self.write(format_args!(
            r#"<text class="{class}" text-anchor="{anchor}" transform="translate({x} {y})rotate(-90)">{text}</text>"#
        ));
    }

    /// Elements in a window of their own: their places count from its corner, and nothing outside of it is seen.
    pub fn window(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), elements: &Elements) {
        let ([x, y, width, height], inside) = ([x, y, width, height].map(Pixels), &elements.0);
        self.write(format_args!("<svg x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">\n{inside}</svg>"));
    }
}

/// About how many pixels a text of this size is wide. DejaVu Sans is one of the widest fonts.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * 0.62 * size
}
