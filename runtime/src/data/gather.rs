//! Samples side by side: from rows in memory to lanes.

use crate::{Error, Scalar};

/// Features that are moved together: a square of them and 16 lanes of `f32` is 1 KiB, which stays in the nearest cache
/// while it is written across and read along.
const FEATURES_AT_ONCE: usize = 16;

/// Writes `real` samples side by side into lanes: feature `i` of sample `s` to `lanes[i * L + s]`.
///
/// `row(s)` gives the numbers of sample `s`, each of them `lanes.len() / L` long. Lanes from `real` on are masked: they
/// become zero.
///
/// # Errors
///
/// [`Error::NonFiniteInput`] for the first infinite or NaN number of the first such sample, after all lanes have been
/// written.
///
/// # Panics
///
/// If `real` is more than `L`, or a row has another length.
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
    assert!(real <= L, "{real} samples for {L} lanes");
    let features = lanes.len() / L;
    // 0 for every finite number, NaN for the others: an addition for each feature instead of a branch.
    let mut faults = [T::ZERO; L];

    for (block, lanes) in lanes.chunks_mut(FEATURES_AT_ONCE * L).enumerate() {
        let start = block * FEATURES_AT_ONCE;
        let mut tile = [[T::ZERO; L]; FEATURES_AT_ONCE];
        for sample in 0..real {
            let values = &row(sample)[start..features.min(start + FEATURES_AT_ONCE)];
            for (column, &value) in tile.iter_mut().zip(values) {
                column[sample] = value;
            }
        }
        for (lanes, column) in lanes.chunks_exact_mut(L).zip(&tile) {
            lanes.copy_from_slice(column);
            for (fault, &value) in faults.iter_mut().zip(column) {
                *fault += value * T::ZERO;
            }
        }
    }

    match faults.iter().position(|fault| !fault.is_finite()) {
        None => Ok(()),
        Some(sample) => Err(first_fault(sample, row(sample))),
    }
}

/// The error for a `sample` whose `row` has a number that is not finite.
#[cold]
fn first_fault<T: Scalar>(sample: usize, row: &[T]) -> Error {
    let feature = row.iter().position(|value| !value.is_finite()).unwrap_or_default();
    Error::NonFiniteInput { sample, feature, value: row[feature].to_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const L: usize, const FEATURES: usize>(real: usize) {
        let rows: Vec<[f64; FEATURES]> =
            (0..real).map(|sample| std::array::from_fn(|feature| (sample * FEATURES + feature + 1) as f64)).collect();
        let mut lanes = vec![-1.0; L * FEATURES];
        gather::<f64, L>(real, |sample| &rows[sample], &mut lanes).unwrap();
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
    fn a_number_that_is_not_finite_is_found() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut rows = [[1.0_f32; 40]; 5];
            rows[3][21] = value;
            rows[3][30] = f32::NAN;
            rows[4][0] = f32::NAN;
            let error = gather::<f32, 8>(5, |sample| &rows[sample], &mut [0.0; 320]).unwrap_err();
            assert!(matches!(error, Error::NonFiniteInput { sample: 3, feature: 21, .. }));
            assert!(error.to_string().contains(&format!("sample 3 has {value} as its feature 21")));
        }
    }
}
