//! Digits drawn in the terminal.

use std::io::{self, Write};

use castnet::data::Images;

/// Digits side by side in 80 columns.
pub const DIGITS_PER_ROW: usize = 5;
/// A pixel is drawn from this brightness on.
const INK: u8 = 96;
/// The dots of a Braille character, row by row, left and right.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Draws images side by side, with what each was taken for.
pub fn draw(out: &mut impl Write, images: &Images<f32>, samples: &[usize], predictions: &[usize]) -> io::Result<()> {
    let [_, height, width] = images.shape();
    for top in (0..height).step_by(4) {
        let rows: Vec<String> = samples.iter().map(|&sample| braille(images.pixels(sample), width, top)).collect();
        writeln!(out, "{}", rows.join("  ").trim_end())?;
    }
    let columns = width / 2;
    let captions: Vec<String> = samples
        .iter()
        .map(|&sample| {
            let (digit, prediction) = (images.label(sample), predictions[sample]);
            let caption =
                if digit == prediction { format!("a {digit}") } else { format!("{prediction}, is a {digit}") };
            format!("{caption:^columns$}")
        })
        .collect();
    writeln!(out, "{}\n", captions.join("  ").trim_end())
}

/// Four rows of pixels as one line of characters, two pixels wide and four high each.
fn braille(pixels: &[u8], width: usize, top: usize) -> String {
    (0..width)
        .step_by(2)
        .map(|left| {
            let mut dots = 0;
            for (down, row) in DOTS.iter().enumerate() {
                for (right, dot) in row.iter().enumerate() {
                    let pixel = pixels.get((top + down) * width + left + right);
                    if pixel.is_some_and(|&pixel| pixel >= INK) {
                        dots |= dot;
                    }
                }
            }
            if dots == 0 { ' ' } else { char::from_u32(0x2800 + dots).unwrap_or(' ') }
        })
        .collect()
}
