//! Loops over flat slices of parameters: one pass, every number in its own lane.

use pulp::{Simd, WithSimd};

use crate::Scalar;
use crate::simd::dispatch::dispatch;
use crate::simd::lanes::{MOST_LANES, store};

/// The largest magnitude in a slice; infinite if a number in it is infinite or NaN.
pub(crate) fn largest_magnitude<T: Scalar>(values: &[T]) -> f64 {
    dispatch::<1, _>(LargestMagnitude(values))
}

/// The sum of the squares of a slice; infinite or NaN if it overflows, or a number in the slice is infinite or NaN.
pub(crate) fn sum_of_squares<T: Scalar>(values: &[T]) -> f64 {
    dispatch::<1, _>(SumOfSquares(values))
}

/// The Euclidean norm of a slice of finite numbers; a number even where its square is none.
pub(crate) fn norm<T: Scalar>(values: &[T]) -> f64 {
    let squares = sum_of_squares(values);
    // What is next to nothing has lost its last digits.
    if squares.is_finite() && squares > if size_of::<T>() == 4 { 1e-30 } else { 1e-280 } {
        return Scalar::sqrt(squares);
    }
    let largest = largest_magnitude(values);
    if largest == 0.0 {
        return 0.0;
    }
    let parts = values.iter().map(|value| value.to_f64() / largest);
    largest * Scalar::sqrt(parts.map(|part| part * part).sum::<f64>())
}

/// Whether all numbers of a slice are finite.
#[inline(always)]
pub(crate) fn all_finite<T: Scalar, S: Simd>(simd: S, values: &[T]) -> bool {
    let zero = T::splat(simd, T::ZERO);
    let (vectors, rest) = T::vectors::<S>(values);
    let (eights, vectors) = vectors.as_chunks::<8>();
    // 0 for every finite number, NaN for the others: a multiply-add instead of a branch.
    let mut faults = [zero; 8];
    for eight in eights {
        for chain in 0..8 {
            faults[chain] = T::mul_add_lanes(simd, eight[chain], zero, faults[chain]);
        }
    }
    let mut fault = T::mul_lanes(simd, T::partial_load(simd, rest), zero);
    for &vector in vectors {
        fault = T::mul_add_lanes(simd, vector, zero, fault);
    }
    for chain in faults {
        fault = T::add_lanes(simd, fault, chain);
    }
    T::sum_lanes(simd, fault).is_finite()
}

struct SumOfSquares<'a, T>(&'a [T]);

impl<T: Scalar> WithSimd for SumOfSquares<'_, T> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (vectors, rest) = T::vectors::<S>(self.0);
        // A multiply-add takes four cycles, and one can start in each half: eight sums keep a core from waiting.
        let (eights, vectors) = vectors.as_chunks::<8>();
        let mut sums = [T::splat(simd, T::ZERO); 8];
        for eight in eights {
            for (sum, &vector) in sums.iter_mut().zip(eight) {
                *sum = T::mul_add_lanes(simd, vector, vector, *sum);
            }
        }
        for &vector in vectors {
            sums[0] = T::mul_add_lanes(simd, vector, vector, sums[0]);
        }
        let vector = T::partial_load(simd, rest);
        sums[0] = T::mul_add_lanes(simd, vector, vector, sums[0]);
        let mut total = 0.0;
        for sum in sums {
            total += T::sum_lanes(simd, sum).to_f64();
        }
        total
    }
}

struct LargestMagnitude<'a, T>(&'a [T]);

impl<T: Scalar> WithSimd for LargestMagnitude<'_, T> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let zero = T::splat(simd, T::ZERO);
        let (vectors, rest) = T::vectors::<S>(self.0);
        // The maximum passes over NaN; a product with zero does not, and is NaN for an infinite number too.
        let (mut largest, mut fault) = (zero, zero);
        for &vector in vectors {
            largest = T::max_lanes(simd, largest, T::max_lanes(simd, vector, T::sub_lanes(simd, zero, vector)));
            fault = T::mul_add_lanes(simd, vector, zero, fault);
        }
        let vector = T::partial_load(simd, rest);
        largest = T::max_lanes(simd, largest, T::max_lanes(simd, vector, T::sub_lanes(simd, zero, vector)));
        fault = T::mul_add_lanes(simd, vector, zero, fault);
        if !T::sum_lanes(simd, fault).is_finite() {
            return f64::INFINITY;
        }
        let mut lanes = [T::ZERO; MOST_LANES];
        store::<T, S>(&mut lanes, largest);
        lanes.iter().fold(0.0, |largest, lane| f64::max(largest, lane.to_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Scalar>() {
        let values: Vec<T> = (0..37).map(|index| T::from_f64(f64::from(index % 19) - 9.5)).collect();
        for length in 0..values.len() {
            let expected = values[..length].iter().fold(0.0, |largest, value| f64::max(largest, value.to_f64().abs()));
            assert_eq!(largest_magnitude(&values[..length]), expected);
        }
        for place in 0..values.len() {
            for fault in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut values = values.clone();
                values[place] = T::from_f64(fault);
                assert_eq!(largest_magnitude(&values), f64::INFINITY);
            }
        }
    }

    #[test]
    fn squares_are_summed_wherever_they_stand() {
        for length in 0..200 {
            let values: Vec<f64> = (0..length).map(f64::from).collect();
            let expected: f64 = values.iter().map(|value| value * value).sum();
            assert_eq!(sum_of_squares(&values), expected);
        }
        for place in 0..150 {
            let mut values = [1.0_f32; 150];
            values[place] = 1e20;
            assert_eq!(sum_of_squares(&values), f64::INFINITY);
            values[place] = f32::NAN;
            assert!(sum_of_squares(&values).is_nan());
        }
    }

    #[test]
    fn a_norm_is_a_number_where_its_square_is_none() {
        assert_eq!(norm(&[3.0_f32, -4.0]), 5.0);
        assert_eq!(norm::<f64>(&[]), 0.0);
        for size in [1e-30_f32, 1e30] {
            assert!((norm(&[3.0 * size, 4.0 * size]) / f64::from(size) - 5.0).abs() < 1e-5);
        }
    }

    #[test]
    fn the_largest_magnitude_counts_what_is_not_a_number_as_infinite() {
        check::<f32>();
        check::<f64>();
        assert_eq!(largest_magnitude(&[-f32::MAX, f32::MAX]), f64::from(f32::MAX));
    }
}
