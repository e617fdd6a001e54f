//! Pictures as files, by what their pixels are.

use std::io::Read;
use std::path::{Path, PathBuf};

use castnet::metrics::ConfusionMatrix;
use castnet::plots::{Chart, Colors, Matrix, Picture, Theme};
use flate2::read::ZlibDecoder;

/// White and black, and what is drawn on them first: the colours of a background, of letters and of the first series.
const LIGHT: [[u8; 3]; 3] = [[255, 255, 255], [0x1f, 0x23, 0x28], [0x09, 0x69, 0xb8]];
const DARK: [[u8; 3]; 3] = [[0x0d, 0x11, 0x17], [0xe6, 0xed, 0xf3], [0x5a, 0xae, 0xff]];

/// The pixels of a PNG picture of eight bits in each of four channels, row by row, and how many a row has: as much of the
/// format as the pictures use.
fn pixels(png: &[u8]) -> (Vec<[u8; 3]>, usize) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |place: usize| u32::from_be_bytes(png[place..place + 4].try_into().unwrap()) as usize;
    let (width, height) = (number(16), number(20));
    assert_eq!(png[24..26], [8, 6], "bits and channels");
    let (mut place, mut data) = (8, Vec::new());
    while place < png.len() {
        let length = number(place);
        if &png[place + 4..place + 8] == b"IDAT" {
            data.extend_from_slice(&png[place + 8..place + 8 + length]);
        }
        place += 12 + length;
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(&*data).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), height * (1 + 4 * width));
    let (mut above, mut colors) = (vec![0; 4 * width], Vec::new());
    for row in bytes.chunks_exact_mut(1 + 4 * width) {
        let (filter, row) = row.split_first_mut().unwrap();
        unfilter(*filter, row, &above);
        colors.extend(row.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        above.copy_from_slice(row);
    }
    (colors, width)
}

/// Adds to each byte what was subtracted from it: by the PNG specification, section 9.
fn unfilter(filter: u8, row: &mut [u8], above: &[u8]) {
    for place in 0..row.len() {
        let [left, corner] = [&*row, above].map(|bytes| if place < 4 { 0 } else { bytes[place - 4] });
        let (a, b, c) = (i32::from(left), i32::from(above[place]), i32::from(corner));
        let nearest = || {
            let [of_a, of_b, of_c] = [a, b, c].map(|value| (a + b - c - value).abs());
            if of_a <= of_b && of_a <= of_c {
                a
            } else if of_b <= of_c {
                b
            } else {
                c
            }
        };
        let predicted = [0, a, b, (a + b) / 2, if filter == 4 { nearest() } else { 0 }][usize::from(filter)];
        row[place] = row[place].wrapping_add(predicted as u8);
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn png_pictures_have_the_colors_of_their_theme_and_letters() {
    let chart = Chart::new("Title").size(200, 150).y_range(0.0..=1.0).line("", [(0.0, 0.5), (1.0, 0.5)]);
    for (theme, [background, ink, series]) in [(Theme::Reader, LIGHT), (Theme::Light, LIGHT), (Theme::Dark, DARK)] {
        let path = file("theme.PNG");
        chart.picture().unwrap().theme(theme).save(&path).unwrap();
        let (colors, width) = pixels(&std::fs::read(&path).unwrap());
        assert_eq!((width, colors.len()), (400, 400 * 300));
        let count = |color: [u8; 3]| colors.iter().filter(|found| **found == color).count();
        assert_eq!(colors[0], background);
        assert!(count(series) > 300, "{theme:?}: the line");
        assert!(count(ink) > 100, "{theme:?}: the letters");
    }
}

#[test]
fn png_pictures_of_matrices_have_their_cells() {
    let matrix = Matrix::new("", 2, 2, [0.0, 1.0, 1.0, 0.0]).colors(Colors::Grey).without_bar();
    let (colors, width) = pixels(&matrix.picture().unwrap().png().unwrap());
    // A row through the first row of cells: black, then white.
    let row = &colors[60 * width..][..width];
    let black = row.iter().position(|color| *color == [0; 3]).unwrap();
    assert_eq!((row[black + 40], row[black + 96 + 40]), ([0; 3], [255; 3]));
}

/// Every kind of picture in one grid, as both kinds of files.
#[test]
fn every_kind_of_picture_is_saved() {
    let wave = |phase: f64| (0..100).map(move |x| (f64::from(x), (f64::from(x) / 9.0 + phase).sin()));
    let mut confusion = ConfusionMatrix::default();
    for sample in 0..30_u32 {
        let output = [0, 1, 2].map(|class| f64::from((sample * 7 + class * 5) % 11));
        confusion.add(&output, sample as usize % 3);
    }
    let chart = |title| Chart::new(title).size(300, 240);
    let pictures = [
        chart("Curves").line("one", wave(0.0)).points("two", wave(1.0)).mark(50.0, "half").picture(),
        chart("Paths")
            .contours(-1.0..=1.0, -1.0..=1.0, [0.1, 0.5], |x, y| x * x + y * y)
            .path("", [(0.5, 0.5), (0.0, 0.0)])
            .picture(),
        chart("Histogram").histogram("", 20, wave(0.0).map(|(_, y)| y)).picture(),
        confusion.drawn("Confusion", &["a", "b", "c"]).picture(),
    ];
    let grid = Picture::grid(2, pictures.map(Result::unwrap)).unwrap();
    let [png, svg] = ["kinds.png", "kinds.svg"].map(file);
    grid.save(&png).unwrap();
    grid.save(&svg).unwrap();
    let (colors, width) = pixels(&std::fs::read(&png).unwrap());
    // Something is drawn in each quarter.
    for (left, top) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let is_in = |place: usize| (place % width >= width / 2) == (left == 1) && (place / width >= 480) == (top == 1);
        let drawn = colors.iter().enumerate().filter(|(place, color)| is_in(*place) && **color != LIGHT[0]).count();
        assert!(drawn > 2_000, "{left} {top}: {drawn}");
    }
    assert_eq!(std::fs::read_to_string(&svg).unwrap(), grid.svg());
}
