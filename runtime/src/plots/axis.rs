//! Axes: which numbers have a place, where it is, and what is written beside it.

use super::PlotError;

/// What a chart says of an axis.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub name: String,
    pub is_logarithmic: bool,
    pub range: Option<(f64, f64)>,
}

/// Magnitudes beyond these count as infinite, and as zero on a logarithmic axis: differences of numbers within are numbers.
const LARGEST: f64 = 1e300;
const SMALLEST: f64 = 1e-300;

impl Settings {
    fn has_place(&self, value: f64) -> bool {
        value.abs() <= LARGEST && (!self.is_logarithmic || value >= SMALLEST)
    }

    /// The axis as it is drawn over `length` pixels: by its range, or else by the least and largest of `values`, with a
    /// `margin`, a part of the whole, before and after them.
    pub fn scale(
        &self,
        (picture, axis): (&str, &'static str),
        values: impl Iterator<Item = f64>,
        margin: [f64; 2],
        length: f64,
    ) -> Result<Scale, PlotError> {
        if let Some((low, high)) = self.range {
            if !(self.has_place(low) && self.has_place(high) && low < high) {
                return Err(PlotError::Range { picture: picture.to_owned(), axis, low, high });
            }
            return Ok(Scale::new((low, high), self, length));
        }
        let with_place = values.filter(|&value| self.has_place(value));
        let ends = |ends: Option<(f64, f64)>, value: f64| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        };
        let range =
            with_place.fold(None, ends).ok_or(PlotError::NothingToDraw { picture: picture.to_owned(), axis })?;
        let mut scale = Scale::new(range, self, length);
        scale.widen(margin);
        Ok(scale)
    }
}

/// An axis with a place for each number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The ends, or their decimal logarithms.
    low: f64,
    high: f64,
    is_logarithmic: bool,
    pub length: f64,
}

impl Scale {
    fn new((low, high): (f64, f64), settings: &Settings, length: f64) -> Self {
        let is_logarithmic = settings.is_logarithmic;
        let [low, high] = [low, high].map(|end| if is_logarithmic { end.log10() } else { end });
        Self { low, high, is_logarithmic, length }
    }

    /// The same axis over another length.
    pub fn over(self, length: f64) -> Self {
        Self { length, ..self }
    }

    /// Leaves room at both ends; a range of one number gets some around it.
    fn widen(&mut self, [before, after]: [f64; 2]) {
        let least = 1e-9 * self.low.abs().max(self.high.abs()).max(1e-300);
        if self.high - self.low < least {
            let around = if self.is_logarithmic { 0.5 } else { (0.5 * self.low.abs()).max(0.5) };
            (self.low, self.high) = (self.low - around, self.high + around);
        } else {
            let span = self.high - self.low;
            (self.low, self.high) = (self.low - before * span, self.high + after * span);
        }
    }

    /// Where a number has its place, from 0 to the length if it is in the range; `None` if it has none anywhere.
    pub fn place(&self, value: f64) -> Option<f64> {
        let value = if self.is_logarithmic { value.log10() } else { value };
        // Far outside of the picture places are as good as any, but they must be numbers that a reader of SVG takes.
        let place = (value - self.low) / (self.high - self.low) * self.length;
        (value.abs() <= LARGEST).then(|| place.clamp(-1e5, 1e5))
    }

    /// The number of a place, in parts of the length.
    pub fn value(&self, part: f64) -> f64 {
        let value = self.low + part * (self.high - self.low);
        if self.is_logarithmic { 10_f64.powf(value) } else { value }
    }

    /// About `most` round numbers in the range, each with its label.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if !self.is_logarithmic {
            return linear_ticks(self.low, self.high, most);
        }
        let decades = decade_ticks(self.low, self.high, most);
        if decades.len() < 2 { linear_ticks(self.value(0.0), self.value(1.0), most) } else { decades }
    }
}

/// How many round numbers an axis has at least, however short it is: fewer do not say how long it is.
const FEWEST: usize = 3;

/// Multiples of 1, 2 or 5 times a power of ten: of the largest of these steps that makes enough of them, from the first that
/// makes at most `most`.
fn linear_ticks(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let rough = (high - low) / most.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let multiples = |step: f64| {
        let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
        (0..(last - first + 1.0).clamp(0.0, 100.0) as usize).map(move |index| (first + index as f64) * step)
    };
    let steps = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1].map(|times| times * power);
    let first = steps.iter().rposition(|&step| step >= rough * 0.999_999).unwrap_or(0);
    let enough = steps[first..].iter().find(|&&step| multiples(step).count() >= FEWEST);
    let step = *enough.unwrap_or(&steps[first]);
    let values: Vec<f64> = multiples(step).collect();
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    values.into_iter().map(|value| (value, linear_label(value, step, largest))).collect()
}

/// A multiple of `step`, with as many digits as tell it from the next one.
fn linear_label(value: f64, step: f64, largest: f64) -> String {
    let exponent = |value: f64| (value.abs().log10() + 1e-9).floor() as i32;
    let (value, of_step) = (if value.abs() < step / 2.0 { 0.0 } else { value }, exponent(step));
    if largest < 1e6 && of_step >= -5 {
        format!("{value:.*}", usize::try_from(-of_step).unwrap_or(0))
    } else if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value:.*e}", usize::try_from(exponent(value) - of_step).unwrap_or(0))
    }
}

/// Powers of ten, and twice and five times them if there is room; of many decades every second, third, ..
fn decade_ticks(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let (first, last) = ((low - 1e-9).floor() as i32, (high + 1e-9).ceil() as i32);
    let decades = (high - low).max(1.0);
    let every = (decades / most.max(1) as f64).ceil() as i32;
    let times: &[f64] = match decades * 2.0 <= most as f64 {
        true => &[1.0, 2.0, 5.0],
        false => &[1.0],
    };
    let is_plain = first >= -4 && last <= 5;
    let tick = |decade: i32, times: f64| {
        let value = times * 10_f64.powi(decade);
        let label = if is_plain {
            format!("{:.*}", usize::try_from(-decade).unwrap_or(0), value)
        } else {
            format!("{times}e{decade}")
        };
        (value, label)
    };
    let chosen = (first..=last).filter(|decade| decade.rem_euclid(every) == 0);
    let ticks = chosen.flat_map(|decade| times.iter().map(move |&times| tick(decade, times)));
    ticks.filter(|(value, _)| (low - 1e-9..=high + 1e-9).contains(&value.log10())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    fn scale(low: f64, high: f64, is_logarithmic: bool) -> Scale {
        let settings = Settings { is_logarithmic, range: Some((low, high)), ..Settings::default() };
        settings.scale(("", "x axis"), [].into_iter(), [0.0; 2], 100.0).unwrap()
    }

    #[test]
    fn ticks_are_round_numbers_of_the_range() {
        for (low, high, expected) in [
            (0.0, 10.0, &["0", "2", "4", "6", "8", "10"][..]),
            (-0.3, 0.31, &["-0.2", "0.0", "0.2"]),
            (-0.99, 0.98, &["-0.5", "0.0", "0.5"]),
            (0.0, 50_000.0, &["0", "10000", "20000", "30000", "40000", "50000"]),
            (0.0, 4e6, &["0", "1e6", "2e6", "3e6", "4e6"]),
            (0.0, 3e-7, &["0", "1e-7", "2e-7", "3e-7"]),
            (2.402_58, 2.402_66, &["2.40258", "2.40260", "2.40262", "2.40264", "2.40266"]),
        ] {
            assert_eq!(labels(scale(low, high, false).ticks(5)), expected, "{low} to {high}");
        }
    }

    #[test]
    fn ticks_of_logarithmic_axes_are_powers_of_ten() {
        for (low, high, expected) in [
            (0.001, 10.0, &["0.001", "0.01", "0.1", "1", "10"][..]),
            (1e-12, 1.0, &["1e-12", "1e-9", "1e-6", "1e-3", "1e0"]),
            (0.2, 6.0, &["0.2", "0.5", "1", "2", "5"]),
            (30.0, 70.0, &["30", "40", "50", "60", "70"]),
        ] {
            assert_eq!(labels(scale(low, high, true).ticks(5)), expected, "{low} to {high}");
        }
    }

    #[test]
    fn numbers_have_their_places() {
        let (linear, logarithmic) = (scale(-1.0, 3.0, false), scale(0.01, 100.0, true));
        assert_eq!([-1.0, 0.0, 3.0].map(|value| linear.place(value)), [Some(0.0), Some(25.0), Some(100.0)]);
        assert_eq!([0.01, 1.0, 100.0].map(|value| logarithmic.place(value)), [Some(0.0), Some(50.0), Some(100.0)]);
        assert_eq!([f64::NAN, f64::INFINITY].map(|value| linear.place(value)), [None, None]);
        assert_eq!([0.0, -1.0, f64::NAN].map(|value| logarithmic.place(value)), [None, None, None]);
        assert!((logarithmic.value(0.75) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn ranges_are_those_of_the_numbers() {
        let scale = |values: &[f64], is_logarithmic: bool| {
            let settings = Settings { is_logarithmic, ..Settings::default() };
            settings.scale(("losses", "y axis"), values.iter().copied(), [0.0; 2], 100.0)
        };
        let ends = |values: &[f64]| scale(values, false).map(|scale| (scale.value(0.0), scale.value(1.0))).unwrap();
        assert_eq!(ends(&[3.0, f64::NAN, -1.0, f64::INFINITY]), (-1.0, 3.0));
        assert_eq!((ends(&[4.0]), ends(&[0.0])), ((2.0, 6.0), (-0.5, 0.5)));
        let nothing = scale(&[-1.0, 0.0], true).unwrap_err();
        assert!(
            nothing.to_string().starts_with("`losses` has nothing to draw: no number that its y axis has a place for")
        );
        for range in [(1.0, 1.0), (2.0, 1.0), (0.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            let settings = Settings { is_logarithmic: true, range: Some(range), ..Settings::default() };
            let error = settings.scale(("", "x axis"), [].into_iter(), [0.0; 2], 100.0).unwrap_err();
            assert!(matches!(error, PlotError::Range { axis: "x axis", .. }), "{error}");
        }
    }
}
