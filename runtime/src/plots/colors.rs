//! What pictures are painted with.

use std::fmt::Write;

/// For whom a picture's colours are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark as the reader's screen is; light in a PNG picture.
    #[default]
    Reader,
    /// Dark on white.
    Light,
    /// Bright on black.
    Dark,
}

/// The colours of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// From dark blue to yellow, brighter by equal steps: for values that have an order and no middle. It is viridis (Smith and van
    /// der Walt, 2015), which is read alike by those who see fewer colours, and in grey.
    Sequential,
    /// From blue by white to red: for values around zero, which is white.
    Diverging,
    /// From black to white: for pictures.
    Grey,
}

impl Colors {
    /// The colour of a part from 0 to 1.
    pub(super) fn at(self, part: f64) -> [u8; 3] {
        let stops: &[[u8; 3]] = match self {
            Self::Sequential => &VIRIDIS,
            Self::Diverging => &BLUE_TO_RED,
            Self::Grey => &[[0, 0, 0], [255, 255, 255]],
        };
        let place = part.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let before = (place as usize).min(stops.len() - 2);
        let (one, other, part) = (stops[before], stops[before + 1], place - before as f64);
        core::array::from_fn(|channel| {
            let [one, other] = [one, other].map(|color| f64::from(color[channel]));
            (one + (other - one) * part).round() as u8
        })
    }
}

/// Every eighth part of viridis.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [72, 40, 120],
    [62, 73, 137],
    [49, 104, 142],
    [38, 130, 142],
    [31, 158, 137],
    [53, 183, 121],
    [144, 215, 67],
    [253, 231, 37],
];

const BLUE_TO_RED: [[u8; 3]; 5] = [[5, 48, 97], [67, 147, 195], [247, 247, 247], [214, 96, 77], [103, 0, 31]];

/// `#rrggbb`.
pub(super) fn hexadecimal([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// How bright a colour is to the eye, from 0 to 1: the relative luminance of the Web Content Accessibility Guidelines 2.2.
pub(super) fn luminance(color: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = color.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// How many series have a colour of their own; the next ones repeat them with dashes.
pub(super) const SERIES: usize = 8;

/// The colours of a theme.
pub(super) struct Palette {
    pub background: &'static str,
    /// Text.
    pub ink: &'static str,
    /// Frames, and what is marked.
    pub frame: &'static str,
    /// Lines behind the data, faint on purpose.
    pub grid: &'static str,
    pub contour: &'static str,
    pub series: [&'static str; SERIES],
}

pub(super) const LIGHT: Palette = Palette {
    background: "#ffffff",
    ink: "#1f2328",
    frame: "#57606a",
    grid: "#e1e4e8",
    contour: "#818b98",
    series: ["#0969b8", "#d1590a", "#12805c", "#a3419b", "#8a6a10", "#c0263d", "#1b8fa8", "#5c6470"],
};

pub(super) const DARK: Palette = Palette {
    background: "#0d1117",
    ink: "#e6edf3",
    frame: "#9198a1",
    grid: "#262c34",
    contour: "#7d8590",
    series: ["#5aaeff", "#ff9d57", "#46c9a0", "#ee92e4", "#dcbb4a", "#ff8090", "#66d5e8", "#b4bcc6"],
};

impl Palette {
    fn write_rules(&self, sheet: &mut String) {
        let Self { background, ink, frame, grid, contour, series } = self;
        let rules = [
            (".background", "fill", background),
            (".ink", "fill", ink),
            (".frame", "stroke", frame),
            (".mark", "stroke", frame),
            (".grid", "stroke", grid),
            (".contour", "stroke", contour),
        ];
        for (class, property, color) in rules {
            writeln!(sheet, ".plot {class}{{{property}:{color}}}").expect("a string takes everything");
        }
        for (index, color) in series.iter().enumerate() {
            writeln!(sheet, ".plot .s{index}{{color:{color}}}").expect("a string takes everything");
        }
    }
}

/// What the classes mean whatever the theme is.
const SHAPES: &str = r#".plot text{font-family:"DejaVu Sans",Verdana,sans-serif;font-size:12px}
.plot .title{font-size:15px;font-weight:bold}
.plot .light{fill:#ffffff}
.plot .dark{fill:#000000}
.plot .cell{shape-rendering:crispEdges}
.plot .frame,.plot .grid,.plot .contour,.plot .mark,.plot .line{fill:none;stroke-linejoin:round;stroke-linecap:round}
.plot .line{stroke:currentColor;stroke-width:1.8}
.plot .dashed{stroke-dasharray:6 5}
.plot .mark{stroke-dasharray:3 4}
.plot .dot{fill:currentColor}
.plot .ring{fill:none;stroke:currentColor;stroke-width:1.8}
.plot .bar{fill:currentColor;fill-opacity:0.3;stroke:currentColor}
"#;

/// The style sheet of a picture.
pub(super) fn style_sheet(theme: Theme) -> String {
    let mut sheet = String::from(SHAPES);
    match theme {
        Theme::Light => LIGHT.write_rules(&mut sheet),
        Theme::Dark => DARK.write_rules(&mut sheet),
        Theme::Reader => {
            LIGHT.write_rules(&mut sheet);
            sheet.push_str("@media (prefers-color-scheme:dark){\n");
            DARK.write_rules(&mut sheet);
            sheet.push_str("}\n");
        }
    }
    sheet
}
