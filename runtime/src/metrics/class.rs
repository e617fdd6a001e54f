//! The class that outputs speak for.

use crate::Scalar;
use crate::simd::places::at;

/// The number of the largest output; of the first, if several are equally large. `None` if an output is NaN, which says
/// nothing of any class, or if there are no outputs. An infinite output is a number as others are.
///
/// ```
/// use castnet::metrics::predicted_class;
///
/// assert_eq!(predicted_class(&[0.1_f32, 2.5, -1.0, 2.5]), Some(1));
/// assert_eq!(predicted_class(&[0.1, f32::NAN]), None);
/// assert_eq!(predicted_class(&[0.1, f32::INFINITY]), Some(1));
/// ```
pub fn predicted_class<T: Scalar>(outputs: &[T]) -> Option<usize> {
    let mut best: Option<(usize, T)> = None;
    for (class, &output) in outputs.iter().enumerate() {
        if is_nan(output) {
            return None;
        }
        if best.is_none_or(|(_, best)| output > best) {
            best = Some((class, output));
        }
    }
    best.map(|(class, _)| class)
}

/// How many of the outputs are larger than that of `class`, or as large and before it; `None` if an output is NaN.
pub(super) fn rank<T: Scalar>(outputs: &[T], class: usize) -> Option<usize> {
    if outputs.iter().any(|&value| is_nan(value)) {
        return None;
    }
    let before = outputs[..class].iter().filter(|&&value| value >= outputs[class]).count();
    let after = outputs[class + 1..].iter().filter(|&&value| value > outputs[class]).count();
    Some(before + after)
}

fn is_nan<T: Scalar>(value: T) -> bool {
    value.partial_cmp(&value).is_none()
}

/// Whether `class` is the [`predicted_class`] of one lane of a lane group.
pub(crate) fn is_predicted_in_lane<T: Scalar, const L: usize>(outputs: &[T], lane: usize, class: usize) -> bool {
    let output = |class: usize| at(outputs, class * L + lane);
    let own = output(class);
    // Nothing compares with NaN, so that one anywhere makes this false.
    !is_nan(own)
        && (0..class).all(|other| output(other) < own)
        && (class + 1..outputs.len() / L).all(|other| output(other) <= own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lane_agrees_with_one_sample() {
        let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1.0];
        for outputs in values.iter().flat_map(|&a| values.iter().flat_map(move |&b| values.map(|c| [a, b, c]))) {
            let lanes = outputs.map(|output| [9.0, output]);
            for class in 0..3 {
                let expected = predicted_class(&outputs) == Some(class);
                assert_eq!(
                    is_predicted_in_lane::<_, 2>(lanes.as_flattened(), 1, class),
                    expected,
                    "{outputs:?} {class}"
                );
            }
        }
    }

    #[test]
    fn the_first_of_the_largest_is_predicted() {
        assert_eq!(predicted_class(&[0.0, 1.0, 1.0]), Some(1));
        assert_eq!(predicted_class(&[f64::NEG_INFINITY; 2]), Some(0));
        assert_eq!(predicted_class(&[f64::INFINITY; 2]), Some(0));
        assert_eq!(predicted_class::<f32>(&[]), None);
        assert_eq!(predicted_class(&[f32::NAN]), None);
    }
}
