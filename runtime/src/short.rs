//! Numbers in few characters, for messages and tables.

use core::fmt::{self, Display, Formatter};

/// A number as short as it can be without a loss: very large and very small ones with an exponent (`1e300`, `1e-7`), of
/// which [`Display`] for `f64` would write every zero.
#[derive(Clone, Copy)]
pub(crate) struct Short(pub f64);

impl Display for Short {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let number = self.0;
        // From here on the digits themselves are fewer than the zeros.
        let is_plain = number == 0.0 || !number.is_finite() || (1e-4..1e16).contains(&number.abs());
        if is_plain { write!(formatter, "{number}") } else { write!(formatter, "{number:e}") }
    }
}

/// A number in at most ten characters: four decimals, or four digits with an exponent.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy)]
pub(crate) struct Rounded(pub f64);

#[cfg(feature = "alloc")]
impl Display for Rounded {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let number = self.0;
        let is_plain = number == 0.0 || !number.is_finite() || (0.001..9999.9).contains(&number.abs());
        if is_plain { write!(formatter, "{number:.4}") } else { write!(formatter, "{number:.3e}") }
    }
}

/// A learning rate in at most nine characters: its first three digits.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy)]
pub(crate) struct Rate(pub f64);

#[cfg(feature = "alloc")]
impl Display for Rate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        // The nearest number of three digits, written as short as it can be.
        let rounded = alloc::format!("{:.2e}", self.0).parse().unwrap_or(self.0);
        if rounded < 1e4 { Short(rounded).fmt(formatter) } else { write!(formatter, "{rounded:e}") }
    }
}

/// A number of seconds: `1.9 s`, `12:30` (minutes and seconds), `3:12:30`.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy)]
pub(crate) struct Time(pub f64);

#[cfg(feature = "alloc")]
impl Display for Time {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        // 59.97 would be rounded to 60.0.
        if self.0 < 59.95 {
            return write!(formatter, "{:.1} s", self.0);
        }
        let seconds = (self.0 + 0.5) as u64;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match hours {
            0 => write!(formatter, "{minutes}:{seconds:02}"),
            _ => write!(formatter, "{hours}:{minutes:02}:{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_number_takes_ten_columns_at_most() {
        let texts =
            [0.0, 0.5, 0.00149, 0.000_321_49, 9_999.8, 9_999.95, -1e300].map(|number| Rounded(number).to_string());
        assert_eq!(texts, ["0.0000", "0.5000", "0.0015", "3.215e-4", "9999.8000", "1.000e4", "-1.000e300"]);
        let longest = [f64::MIN, -f64::MIN_POSITIVE, -9_999.89, f64::NEG_INFINITY, f64::NAN];
        assert!(longest.iter().all(|&number| Rounded(number).to_string().len() <= 11));
    }

    #[test]
    fn a_rate_has_three_digits() {
        let texts = [0.1, 0.001, 2e-3 / 3.0, 1e-5, 0.0, 12.0, 1e300].map(|number| Rate(number).to_string());
        assert_eq!(texts, ["0.1", "0.001", "0.000667", "1e-5", "0", "12", "1e300"]);
        assert!([1.0 / 3.0, 1.0 / 7e3, 1.0 / 7e4, f64::MIN_POSITIVE].iter().all(|&x| Rate(x).to_string().len() <= 9));
    }

    #[test]
    fn times_are_seconds_or_parted_by_colons() {
        let texts = [0.04, 59.94, 59.96, 750.0, 11_550.4, 360_000.0].map(|seconds| Time(seconds).to_string());
        assert_eq!(texts, ["0.0 s", "59.9 s", "1:00", "12:30", "3:12:30", "100:00:00"]);
    }

    #[test]
    fn a_number_is_short_and_loses_nothing() {
        let texts = [0.0, -0.5, 1e-4, 0.00025, 123_456.75, 9.9e15].map(|number| Short(number).to_string());
        assert_eq!(texts, ["0", "-0.5", "0.0001", "0.00025", "123456.75", "9900000000000000"]);
        let texts = [1e16, -1e300, 2.5e-5, 5e-324].map(|number| Short(number).to_string());
        assert_eq!(texts, ["1e16", "-1e300", "2.5e-5", "5e-324"]);
        let texts = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(|number| Short(number).to_string());
        assert_eq!(texts, ["NaN", "inf", "-inf"]);
        for number in [f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0, 1e22, 123_456_789_012_345.67] {
            let text = Short(number).to_string();
            assert!(text.len() <= 24 && text.parse() == Ok(number), "{text}");
        }
    }
}
