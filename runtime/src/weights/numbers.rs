//! Numbers of files and of networks.

use castnet_safetensors::{Dtype, Places, bf16_to_f32, f16_to_f32};

use crate::Scalar;

/// The type of a network's numbers.
pub const fn dtype<T: Scalar>() -> Dtype {
    if size_of::<T>() == 4 { Dtype::F32 } else { Dtype::F64 }
}

/// Puts whole numbers of a file in their places.
///
/// # Errors
///
/// A finite number that would become infinite.
pub fn store<T: Scalar>(dtype: Dtype, bytes: &[u8], places: &mut Places, numbers: &mut [T]) -> Result<(), f64> {
    match dtype {
        _ if dtype == self::dtype::<T>() => {
            for (bytes, place) in bytes.chunks_exact(size_of::<T>()).zip(places) {
                let number: &mut T = &mut numbers[place];
                let to = bytemuck::bytes_of_mut(number);
                to.copy_from_slice(bytes);
                if cfg!(target_endian = "big") {
                    to.reverse();
                }
            }
            Ok(())
        }
        Dtype::F64 => convert(bytes, places, numbers, f64::from_le_bytes),
        Dtype::F32 => convert(bytes, places, numbers, |bytes| f32::from_le_bytes(bytes).into()),
        Dtype::F16 => convert(bytes, places, numbers, |bytes| f16_to_f32(u16::from_le_bytes(bytes)).into()),
        Dtype::Bf16 => convert(bytes, places, numbers, |bytes| bf16_to_f32(u16::from_le_bytes(bytes)).into()),
        _ => unreachable!("other types are refused before"),
    }
}

fn convert<T: Scalar, const BYTES: usize>(
    bytes: &[u8],
    places: &mut Places,
    numbers: &mut [T],
    value: impl Fn([u8; BYTES]) -> f64,
) -> Result<(), f64> {
    for (&bytes, place) in bytes.as_chunks().0.iter().zip(places) {
        let value = value(bytes);
        let number = T::from_f64(value);
        if value.is_finite() && !number.to_f64().is_finite() {
            return Err(value);
        }
        numbers[place] = number;
    }
    Ok(())
}

/// The bytes of a number in a file.
pub fn to_bytes<T: Scalar>(number: T, bytes: &mut [u8]) {
    bytes.copy_from_slice(bytemuck::bytes_of(&number));
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
}
