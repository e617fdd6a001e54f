//! How many numbers fall where.

use super::axis::Scale;

/// How many of `values` are in each of `bins` equal parts of an axis. The part that ends the axis has its end; numbers beyond
/// the axis are in none.
pub(super) fn counts(values: &[f64], scale: &Scale, bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    for place in values.iter().filter_map(|&value| scale.place(value)) {
        let bin = place / scale.length * bins as f64;
        // Rounding must not lose the least number, nor the largest.
        if (-1e-9..=bins as f64 + 1e-9).contains(&bin) {
            counts[(bin as usize).min(bins - 1)] += 1;
        }
    }
    counts
}

/// The outline of the bars, in parts of the axis and in counts, from one end to the other.
pub(super) fn outline(counts: &[u64]) -> Vec<(f64, f64)> {
    let (mut outline, bins) = (vec![(0.0, 0.0)], counts.len() as f64);
    for (bin, &count) in counts.iter().enumerate() {
        let height = count as f64;
        outline.extend([(bin as f64 / bins, height), ((bin + 1) as f64 / bins, height)]);
    }
    outline.push((1.0, 0.0));
    outline
}

#[cfg(test)]
mod tests {
    use super::super::axis::Settings;
    use super::*;

    #[test]
    fn every_number_of_the_axis_is_counted_once() {
        let values = [0.0, 0.1, 0.25, 0.5, 0.9, 1.0, f64::NAN, f64::INFINITY, 7.0];
        let settings = Settings { range: Some((0.0, 1.0)), ..Settings::default() };
        let scale = settings.scale(("", "x axis"), [].into_iter(), [0.0; 2], 300.0).unwrap();
        assert_eq!(counts(&values, &scale, 4), [2, 1, 1, 2]);
        assert_eq!(outline(&[2, 1]), [(0.0, 0.0), (0.0, 2.0), (0.5, 2.0), (0.5, 1.0), (1.0, 1.0), (1.0, 0.0)]);
    }
}
