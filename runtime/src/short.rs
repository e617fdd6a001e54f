//! Numbers in few characters, for messages and tables.

use std::fmt::{self, Display, Formatter};

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

#[cfg(test)]
mod tests {
    use super::*;

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
