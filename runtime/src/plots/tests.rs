//! What the elements of pictures are, as text, and that they are legible.

use super::colors::{DARK, LIGHT, Palette, luminance};
use super::*;

/// The numbers of the first path of a class.
fn path(svg: &str, class: &str) -> Vec<f64> {
    let path = svg.split(&format!("<path class=\"{class}\" d=\"")).nth(1).expect("there is such a path");
    let path = path.split('"').next().unwrap_or_default();
    path.split(['M', 'L', ' ']).filter(|number| !number.is_empty()).map(|number| number.parse().unwrap()).collect()
}

fn color(text: &str) -> [u8; 3] {
    core::array::from_fn(|channel| u8::from_str_radix(&text[1 + 2 * channel..][..2], 16).unwrap())
}

/// The contrast of the Web Content Accessibility Guidelines 2.2, from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_color_stands_out_from_its_background() {
    assert_eq!(contrast([0; 3], [255; 3]), 21.0);
    for Palette { background, ink, frame, contour, series, .. } in [LIGHT, DARK] {
        let stands_out = |text: &str| contrast(color(text), color(background));
        // The guidelines ask for 4.5 of text and 3 of graphics.
        assert!(stands_out(ink) >= 7.0);
        for graphic in series.iter().chain([&frame, &contour]) {
            assert!(stands_out(graphic) >= 3.0, "{graphic} on {background}: {}", stands_out(graphic));
        }
    }
}

#[test]
fn letters_stand_out_from_every_cell() {
    for colors in [Colors::Sequential, Colors::Diverging, Colors::Grey] {
        for part in (0..=255).map(|part| f64::from(part) / 255.0) {
            let cell = colors.at(part);
            let letters = if luminance(cell) > 0.179 { [0; 3] } else { [255; 3] };
            assert!(contrast(cell, letters) >= 4.5, "{colors:?} {part}");
        }
    }
}

#[test]
fn svg_follows_the_reader_unless_the_theme_is_chosen() {
    let picture = Chart::new("").line("", [(0.0, 0.0), (1.0, 1.0)]).picture().unwrap();
    let sheets = |theme: Theme| {
        let svg = picture.clone().theme(theme).svg();
        [LIGHT, DARK].map(|palette| svg.contains(&format!(".plot .background{{fill:{}}}", palette.background)))
    };
    assert_eq!(sheets(Theme::Reader), [true, true]);
    assert!(picture.svg().contains("@media (prefers-color-scheme:dark)"));
    assert_eq!((sheets(Theme::Light), sheets(Theme::Dark)), ([true, false], [false, true]));
}

#[test]
fn lines_go_through_their_points_and_stop_at_gaps() {
    let points = [(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 0.5), (4.0, 0.0)];
    let chart = Chart::new("").x_range(0.0..=4.0).y_range(0.0..=1.0).line("", points);
    let numbers = path(&chart.picture().unwrap().svg(), "line s0");
    let (width, height) = (numbers[6], numbers[1]);
    let expected = [0.0, height, width / 4.0, 0.0, 0.75 * width, height / 2.0, width, height];
    assert_eq!(numbers.len(), 8);
    assert!(numbers.iter().zip(expected).all(|(number, expected)| (number - expected).abs() <= 0.1), "{numbers:?}");
    // On a logarithmic axis zero has no place.
    let numbers = path(&chart.y_range(0.25..=1.0).log_y().picture().unwrap().svg(), "line s0");
    assert!((numbers[5] - height / 2.0).abs() < 0.1 && numbers[1] < 0.1);
}

#[test]
fn long_lines_are_thinned_and_keep_their_extremes() {
    let noise = (0..200_000).map(|step| (f64::from(step), if step == 123_456 { 9.0 } else { f64::from(step % 7) }));
    let svg = Chart::new("").y_range(0.0..=9.0).line("", noise).picture().unwrap().svg();
    let numbers = path(&svg, "line s0");
    assert!(numbers.len() < 2 * 4 * 720, "{}", numbers.len());
    assert_eq!(numbers.iter().skip(1).step_by(2).fold(f64::MAX, |least, &y| y.min(least)), 0.0);
}

#[test]
fn histograms_share_their_bins_and_stand_on_zero() {
    let chart = Chart::new("").histogram("", 2, [0.0, 0.0, 1.0]).histogram("", 2, [2.0]);
    let svg = chart.picture().unwrap().svg();
    let (one, other) = (path(&svg, "bar s0"), path(&svg, "bar s1"));
    let bottom = one[1];
    // 1 is where the second bin begins.
    let heights = |numbers: &[f64]| [3, 7].map(|place| (bottom - numbers[place]) / (bottom - one[3]));
    assert_eq!(heights(&one).map(|height| (2.0 * height).round()), [2.0, 1.0]);
    assert_eq!(heights(&other).map(|height| (2.0 * height).round()), [0.0, 1.0]);
}

#[test]
fn a_matrix_has_a_color_for_each_number() {
    let matrix = Matrix::new("", 1, 3, [0.0, 1.0, f64::NAN]).without_bar();
    let svg = matrix.picture().unwrap().svg();
    assert!(svg.contains("fill=\"#440154\"") && svg.contains("fill=\"#fde725\""));
    assert_eq!(svg.matches("<rect class=\"cell\" fill=").count(), 2);
    let labelled = matrix.clone().rows("true", ["a"]).columns("taken for", ["x", "y", "z"]).texts(["<0>", "1", "-"]);
    let svg = labelled.picture().unwrap().svg();
    for text in [">a</text>", ">true</text>", ">taken for</text>", ">z</text>", ">&lt;0&gt;</text>"] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let message = |picture: Result<Picture, PlotError>| picture.unwrap_err().to_string();
    let matrix = |rows, columns, values: &[f64]| Matrix::new("m", rows, columns, values.to_vec());
    let chart = || Chart::new("c").line("", [(1.0, 1.0)]);
    for (picture, expected) in [
        (matrix(2, 2, &[1.0]).picture(), "`m` has 1 values, but 4 are needed for 2 rows and 2 columns"),
        (matrix(0, 2, &[]).picture(), "`m` has 0 cells, but 1 are needed for 0 rows and 2 columns"),
        (matrix(1, 1, &[1.0]).rows("", ["a", "b"]).picture(), "`m` has 2 labels of rows, but 1 are needed"),
        (matrix(1, 1, &[f64::NAN]).picture(), "`m` has nothing to draw: no number that its scale of colours"),
        (matrix(1, 1, &[1.0]).range(1.0, 1.0).picture(), "the scale of colours of `m` goes from 1 to 1"),
        (Chart::new("c").picture(), "`c` has nothing to draw: no number that its x axis"),
        (Chart::new("c").line("", [(1.0, f64::NAN)]).picture(), "`c` has nothing to draw: no number that its y axis"),
        (chart().x_range(2.0..=1.0).picture(), "the x axis of `c` goes from 2 to 1"),
        (chart().size(10, 500).picture(), "`c` is 10 x 500 pixels, but a picture has 120 to 20000"),
        (Chart::new("c").histogram("", 0, [1.0]).picture(), "a histogram of `c` has no bins"),
        (Picture::grid(0, [chart().picture().unwrap()]), "a grid of 1 pictures in 0 columns"),
    ] {
        let found = message(picture);
        assert!(found.starts_with(expected), "{found}");
    }
    let picture = chart().picture().unwrap();
    assert!(matches!(picture.save("picture.jpeg"), Err(PlotError::Extension { .. })));
    assert!(matches!(picture.save("/no/such/folder/picture.svg"), Err(PlotError::Write { .. })));
    #[cfg(not(feature = "png"))]
    assert!(matches!(picture.save("picture.PNG"), Err(PlotError::NoPng { .. })));
}

#[test]
fn grids_hold_pictures_side_by_side() {
    let chart = |size| Chart::new("").size(size, 200).line("", [(0.0, 1.0)]).picture().unwrap();
    let svg = Picture::grid(2, [chart(300), chart(200), chart(400)]).unwrap().svg();
    for window in [
        r#"width="600" height="400" viewBox="0 0 600 400""#,
        r#"<svg x="0" y="0" width="300" height="200">"#,
        r#"<svg x="400" y="0" width="200" height="200">"#,
        r#"<svg x="0" y="200" width="400" height="200">"#,
    ] {
        assert!(svg.contains(window), "{window}");
    }
}
