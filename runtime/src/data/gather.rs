//! Samples side by side: from rows in memory to lanes.

use pulp::{Simd, WithSimd};

use crate::kernels::each::all_finite;
use crate::kernels::samples::side_by_side;
use crate::simd::dispatch::dispatch;
use crate::simd::places::part;
use crate::{Error, Scalar};

/// Writes `real` samples side by side into lanes: feature `i` of sample `s` to `lanes[i * L + s]`.
///
/// `row(s)` gives the numbers of sample `s`, each of them `lanes.len() / L` long. Lanes from `real` on are masked: they
/// become zero.
///
/// # Errors
///
/// [`Error::SampleLength`] for a row of another length, before anything is written, and [`Error::NonFiniteInput`] for the
/// first infinite or NaN number of the first such sample, after all lanes have been written.
///
/// # Panics
///
/// If `real` is more than `L`.
///
/// ```
/// use castnet::data::gather;
///
/// let samples = [[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
/// let mut lanes = [9.0; 3 * 4];
/// gather::<f32, 4>(2, |sample| &samples[sample], &mut lanes)?;
/// assert_eq!(lanes, [1.0, 4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 0.0, 3.0, 6.0, 0.0, 0.0]);
/// # Ok::<(), castnet::Error>(())
/// ```
pub fn gather<'a, T: Scalar, const L: usize>(
    real: usize,
    row: impl Fn(usize) -> &'a [T],
    lanes: &mut [T],
) -> Result<(), Error> {
    const { assert!(L > 0, "a lane group holds at least one sample") }
    assert!(real <= L, "{real} samples for {L} lanes");
    let features = lanes.len() / L;
    let mut rows: [&[T]; L] = [&[]; L];
    for (sample, place) in rows.iter_mut().enumerate().take(real) {
        *place = row(sample);
        if place.len() != features {
            return Err(Error::SampleLength { sample, found: place.len(), expected: features });
        }
    }
    let rows = &rows[..real];
    if dispatch::<1, _>(Gather::<T, _, L> { real, row: |sample: usize| rows[sample], lanes }) {
        return Ok(());
    }
    rows.iter().enumerate().try_for_each(|(sample, row)| check_finite(sample, row))
}

/// [`gather`] of samples that lie one after the other, up to `L` of them.
pub(crate) fn gather_run<T: Scalar, const L: usize>(samples: &[T], lanes: &mut [T]) -> Result<(), Error> {
    // There is at least one.
    let features = (lanes.len() / L).max(1);
    let row = |sample| part(samples, sample * features, features).unwrap_or_default();
    let real = samples.len() / features;
    if dispatch::<1, _>(Gather::<T, _, L> { real, row, lanes }) {
        return Ok(());
    }
    (0..real).try_for_each(|sample| check_finite(sample, row(sample)))
}

/// Writes samples side by side. Whether all their numbers are finite.
struct Gather<'a, T, R, const L: usize> {
    real: usize,
    row: R,
    lanes: &'a mut [T],
}

impl<'a, T: Scalar, R: Fn(usize) -> &'a [T], const L: usize> WithSimd for Gather<'_, T, R, L> {
    type Output = bool;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        side_by_side::<T, S, L>(simd, self.real, self.row, self.lanes);
        all_finite(simd, self.lanes)
    }
}

/// Checks the numbers of a `sample`: an error for the first that is not finite.
pub(crate) fn check_finite<T: Scalar>(sample: usize, row: &[T]) -> Result<(), Error> {
    match row.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((feature, value)) => Err(Error::NonFiniteInput { sample, feature, value: value.to_f64() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const L: usize, const FEATURES: usize>(real: usize) {
        let rows: Vec<[f64; FEATURES]> =
            (0..real).map(|sample| core::array::from_fn(|feature| (sample * FEATURES + feature + 1) as f64)).collect();
        let mut lanes = vec![-1.0; L * FEATURES];
        gather::<f64, L>(real, |sample| &rows[sample], &mut lanes).unwrap();
        let mut run = vec![-1.0; L * FEATURES];
        gather_run::<f64, L>(rows.as_flattened(), &mut run).unwrap();
        assert_eq!(run, lanes);
        for (index, &value) in lanes.iter().enumerate() {
            let (feature, sample) = (index / L, index % L);
            assert_eq!(value, if sample < real { rows[sample][feature] } else { 0.0 });
        }
    }

    #[test]
    fn every_number_finds_its_place() {
        check::<1, 1>(1);
        check::<1, 37>(1);
        check::<8, 16>(8);
        check::<16, 15>(3);
        check::<16, 33>(16);
        check::<32, 20>(0);
    }

    #[test]
    fn a_row_of_another_length_is_an_error() {
        let rows = [&[1.0_f32, 2.0][..], &[3.0]];
        let error = gather::<f32, 4>(2, |sample| rows[sample], &mut [0.0; 8]).unwrap_err();
        assert_eq!(error, Error::SampleLength { sample: 1, found: 1, expected: 2 });
        assert!(error.to_string().starts_with("sample 1 has 1 numbers, but 2 are expected"), "{error}");
    }

    #[test]
    fn a_number_that_is_not_finite_is_found() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut rows = [[1.0_f32; 40]; 5];
            rows[3][21] = value;
            rows[3][30] = f32::NAN;
            rows[4][0] = f32::NAN;
            let error = gather::<f32, 8>(5, |sample| &rows[sample], &mut [0.0; 320]).unwrap_err();
            assert!(matches!(error, Error::NonFiniteInput { sample: 3, feature: 21, .. }));
            assert!(error.to_string().contains(&format!("sample 3 has {value} as its feature 21")));
            // In eights, in a whole vector and behind the last.
            for feature in [0, 15, 32, 39] {
                let mut rows = [[1.0_f32; 40]; 16];
                rows[9][feature] = value;
                let error = gather_run::<f32, 16>(rows.as_flattened(), &mut [0.0; 640]).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    gather::<f32, 16>(16, |sample| &rows[sample], &mut [0.0; 640]).unwrap_err().to_string()
                );
                let error = gather::<f32, 16>(16, |sample| &rows[sample], &mut [0.0; 640]).unwrap_err();
                assert!(matches!(error, Error::NonFiniteInput { sample: 9, feature: found, .. } if found == feature));
            }
        }
    }
}
