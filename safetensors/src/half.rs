//! Numbers of 16 bits.

/// The number whose upper half these bits are.
///
/// ```
/// assert_eq!(castnet_safetensors::bf16_to_f32(0xc020), -2.5);
/// ```
pub const fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits((bits as u32) << 16)
}

/// IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. Every one of them is an `f32`; a NaN keeps its bits.
///
/// ```
/// assert_eq!(castnet_safetensors::f16_to_f32(0xc100), -2.5);
/// ```
pub const fn f16_to_f32(bits: u16) -> f32 {
    let (sign, exponent, fraction) = ((bits as u32 & 0x8000) << 16, (bits >> 10) & 0x1f, bits as u32 & 0x3ff);
    match exponent {
        // The fraction counts in steps of 2^-24.
        0 => {
            let magnitude = fraction as f32 / 16_777_216.0;
            f32::from_bits(sign | magnitude.to_bits())
        }
        0x1f => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent as u32 + 127 - 15) << 23) | (fraction << 13)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition, with powers of two that are computed.
    fn by_definition(bits: u16) -> f32 {
        let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
        let (exponent, fraction) = (i32::from((bits >> 10) & 0x1f), f32::from(bits & 0x3ff));
        let power =
            |exponent: i32| (0..exponent.abs()).fold(1.0_f32, |p, _| if exponent < 0 { p / 2.0 } else { p * 2.0 });
        match exponent {
            0 => sign * fraction * power(-24),
            31 if fraction == 0.0 => sign * f32::INFINITY,
            31 => f32::NAN,
            _ => sign * (1.0 + fraction / 1024.0) * power(exponent - 15),
        }
    }

    #[test]
    fn all_halves_are_what_they_mean() {
        for bits in 0..=u16::MAX {
            let (found, expected) = (f16_to_f32(bits), by_definition(bits));
            assert!(
                found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan(),
                "{bits:#06x}: {found}"
            );
        }
        assert_eq!(f16_to_f32(0x7bff), 65504.0);
        assert_eq!(bf16_to_f32(0x3f80), 1.0);
        assert!(bf16_to_f32(0x7fc0).is_nan());
    }
}
