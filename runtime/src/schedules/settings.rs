//! Checks of settings.

use crate::Error;

/// Whether a number of steps is one.
pub(super) fn check_at_least_one(setting: &'static str, steps: u64) -> Result<(), Error> {
    if steps > 0 { Ok(()) } else { Err(Error::Setting { setting, value: 0.0, expected: "at least 1" }) }
}

/// Whether a setting is above zero.
pub(super) fn check_positive(setting: &'static str, value: f64) -> Result<(), Error> {
    let is_positive = value > 0.0 && value.is_finite();
    if is_positive { Ok(()) } else { Err(Error::Setting { setting, value, expected: "greater than 0" }) }
}
