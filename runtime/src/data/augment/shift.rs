//! Images that are shifted at random.

use rand::RngExt;

use super::{Augment, plane};
use crate::data::DrawRng;
use crate::{Error, Scalar};

/// Shifts all channels of an image together: up or down by up to so many rows, and left or right by up to so many columns.
/// All shifts are equally likely. What comes in from outside is `fill`.
///
/// PyTorch's `RandomCrop(size, padding = [columns, rows], fill = fill)` for images of that very size. Where samples are
/// [normalised](crate::data::Images::normalised), a black pixel is not 0 but `(0 - mean) / standard deviation`.
///
/// A sample is `[channels, height, width]`, or `[channels, length]`, of which the length has the columns.
///
/// ```
/// use castnet::data::augment::RandomShift;
/// use castnet::data::{Dataset, Draw, Images};
///
/// let images = Images::<f32>::new([1, 2, 2], vec![0, 0, 0, 255], vec![0])?;
/// let shifted = images.augment(RandomShift { rows: 1, columns: 0, fill: 0.5 })?;
/// let mut input = [0.0; 4];
/// let up = (0..300).filter(|&epoch| {
///     shifted.draw_sample(0, Draw::new(1, epoch), &mut input);
///     input == [0.0, 1.0, 0.5, 0.5]
/// });
/// assert!((70..130).contains(&up.count()));
/// # Ok::<(), castnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RandomShift {
    /// The most rows, less than the height.
    pub rows: usize,
    /// The most columns, less than the width.
    pub columns: usize,
    /// What comes in from outside, a finite number.
    pub fill: f64,
}

impl RandomShift {
    /// By up to so many pixels each way, filled with zeros.
    pub const fn by(pixels: usize) -> Self {
        Self { rows: pixels, columns: pixels, fill: 0.0 }
    }
}

impl<T: Scalar, Y> Augment<T, Y> for RandomShift {
    /// # Errors
    ///
    /// [`Error::NoPlane`], and [`Error::Setting`] if a setting is not in the range that its documentation states.
    fn check(&self, shape: &[usize]) -> Result<(), Error> {
        let [height, width] = plane(shape)?;
        let Self { rows, columns, fill } = *self;
        let error = |setting, value, expected| Err(Error::Setting { setting, value, expected });
        if rows > 0 && rows >= height {
            return error("rows", rows as f64, "less than the height of a sample");
        }
        if columns > 0 && columns >= width {
            return error("columns", columns as f64, "less than the width of a sample");
        }
        if T::from_f64(fill).is_finite() { Ok(()) } else { error("fill", fill, "a finite number") }
    }

    fn apply(&self, rng: &mut DrawRng, shape: &[usize], input: &mut [T], _: &mut Y) {
        let Ok([height, width]) = plane(shape) else { return };
        let [down, right] = [self.rows, self.columns].map(|most| drawn(rng, most));
        for plane in input.chunks_exact_mut(height * width) {
            shift(plane, width, [down, right], T::from_f64(self.fill));
        }
    }
}

/// A shift by up to `most`, either way.
fn drawn(rng: &mut DrawRng, most: usize) -> isize {
    // Drawn as 64 bits, so that processors of 32 draw the same.
    rng.random_range(0..=2 * most as u64) as isize - most as isize
}

/// Moves the rows of a plane down and right, or up and left by less than nothing.
fn shift<T: Copy>(plane: &mut [T], width: usize, [down, right]: [isize; 2], fill: T) {
    let height = plane.len() / width;
    for place in 0..height {
        // A row is read before it is written.
        let row = if down > 0 { height - 1 - place } else { place };
        match row.checked_add_signed(-down).filter(|&source| source < height) {
            None => plane[row * width..][..width].fill(fill),
            Some(source) => {
                let (from, to) = (right.min(0).unsigned_abs(), right.max(0).unsigned_abs());
                let len = width - from - to;
                plane.copy_within(source * width + from..source * width + from + len, row * width + to);
                let row = &mut plane[row * width..][..width];
                row[..to].fill(fill);
                row[to + len..].fill(fill);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Draw, Images};

    const SHAPE: [usize; 3] = [2, 4, 5];

    /// The crop of a padded image: its row and column `[0, 0]` is `[top, left]` of the image with `pad` around it.
    fn crop(image: &[f64], [top, left]: [usize; 2], pad: [usize; 2], fill: f64) -> Vec<f64> {
        let [channels, height, width] = SHAPE;
        let value = |channel: usize, row: usize, column: usize| {
            let inside = |place: usize, pad: usize, size: usize| place.checked_sub(pad).filter(|&place| place < size);
            match (inside(row + top, pad[0], height), inside(column + left, pad[1], width)) {
                (Some(row), Some(column)) => image[(channel * height + row) * width + column],
                _ => fill,
            }
        };
        let places =
            (0..channels * height * width).map(|place| [place / (height * width), place / width, place % width]);
        places.map(|[channel, row, column]| value(channel, row % height, column)).collect()
    }

    #[test]
    fn a_shift_is_a_crop_of_the_padded_image() {
        let image: Vec<f64> = (1..=40).map(f64::from).collect();
        for pad in [[3, 4], [1, 0], [0, 2], [0, 0]] {
            for (top, left) in (0..=2 * pad[0]).flat_map(|top| (0..=2 * pad[1]).map(move |left| (top, left))) {
                let mut shifted = image.clone();
                let by = [pad[0] as isize - top as isize, pad[1] as isize - left as isize];
                shifted.chunks_exact_mut(20).for_each(|plane| shift(plane, 5, by, -1.0));
                assert_eq!(shifted, crop(&image, [top, left], pad, -1.0), "{by:?}");
            }
        }
    }

    #[test]
    fn all_shifts_are_equally_likely() {
        let images = Images::<f64>::new(SHAPE, (1..=40).collect(), vec![3]).unwrap();
        let pad = [1, 2];
        let data = images.augment(RandomShift { rows: pad[0], columns: pad[1], fill: 9.0 }).unwrap();
        let (mut image, mut input) = ([0.0; 40], [0.0; 40]);
        images.sample(0, &mut image);
        let crops: Vec<_> = (0..15).map(|place| crop(&image, [place / 5, place % 5], pad, 9.0)).collect();
        let mut counts = [0; 15];
        for epoch in 0..3_000 {
            assert_eq!(data.draw_sample(0, Draw::new(1, epoch), &mut input), Some(3));
            counts[crops.iter().position(|crop| crop[..] == input).expect("it is one of the crops")] += 1;
        }
        // Five standard deviations of a binomial distribution: 5 * sqrt(3000 * 1/15 * 14/15).
        assert!(counts.iter().all(|&count: &i32| (count - 200).abs() < 69), "{counts:?}");
    }

    #[test]
    fn shifts_that_leave_nothing_are_errors() {
        let check = |rows, columns, fill| {
            Augment::<f32, ()>::check(&RandomShift { rows, columns, fill }, &[3, 4, 5])
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(3, 4, -1.0), Ok(()));
        let error = check(4, 0, 0.0).unwrap_err();
        assert!(error.starts_with("`rows` is 4, but it must be less than the height of a sample"), "{error}");
        let error = check(0, 5, 0.0).unwrap_err();
        assert!(error.starts_with("`columns` is 5, but it must be less than the width of a sample"), "{error}");
        for fill in [f64::NAN, 1e39] {
            let error = check(0, 0, fill).unwrap_err();
            assert!(error.contains("but it must be a finite number"), "{error}");
        }
        // A sequence has columns only.
        assert_eq!(Augment::<f32, ()>::check(&RandomShift { rows: 0, columns: 9, fill: 0.0 }, &[3, 10]), Ok(()));
        assert!(Augment::<f32, ()>::check(&RandomShift::by(1), &[3, 10]).is_err());
    }

    #[test]
    fn a_sequence_is_shifted_along_its_length() {
        let mut numbers = [1, 2, 3, 4, 5, 6];
        numbers.chunks_exact_mut(3).for_each(|channel| shift(channel, 3, [0, -1], 0));
        assert_eq!(numbers, [2, 3, 0, 5, 6, 0]);
    }
}
