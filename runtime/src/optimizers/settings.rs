//! Checks of settings.

use crate::Error;

/// An error unless `is_right`.
pub(super) fn check(is_right: bool, setting: &'static str, value: f64, expected: &'static str) -> Result<(), Error> {
    if is_right { Ok(()) } else { Err(Error::Setting { setting, value, expected }) }
}

/// Checks how much of a running mean is kept from step to step.
pub(super) fn check_kept(setting: &'static str, value: f64) -> Result<(), Error> {
    check((0.0..1.0).contains(&value), setting, value, "from 0 to less than 1")
}

/// Checks what keeps a denominator from zero: its reciprocal must be a number in `f32` too.
pub(super) fn check_epsilon(value: f64) -> Result<(), Error> {
    check(value >= 1e-20 && value.is_finite(), "epsilon", value, "at least 1e-20")
}

/// Checks the factor of a weight decay.
pub(super) fn check_weight_decay(value: f64) -> Result<(), Error> {
    check((0.0..=1.0).contains(&value), "weight_decay", value, "from 0 to 1")
}
