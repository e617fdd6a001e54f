//! Weights at right angles.

use super::Regularizer;
use super::penalties::check_factor;
use crate::{Error, Scalar, Segment};

/// A penalty on weights of units that are not at right angles to each other and of length one:
/// `loss += factor * |W W^T - I|^2`, with the sum of squares of all entries, whose gradient is `4 factor (W W^T - I) W`.
///
/// `W` has a row for each unit or filter. If there are more of them than numbers in a row they cannot be at right angles, and
/// it is the columns that are to be: `|W^T W - I|^2`. Bansal, Chen and Wang 2018, "Can We Gain More from
/// Orthogonality Regularizations in Training Deep CNNs?", section 3.1. It takes as many multiplications as the square of the
/// number of rows times that of columns, twice, and no memory.
///
/// ```
/// use castnet::regularizers::{Orthogonality, Regularizer};
/// use castnet::prelude::*;
///
/// network! { struct Two { input: [3], dense(2, bias = false) } }
///
/// let (mut two, mut gradient): (Two, Two) = (castnet::zeroed(), castnet::zeroed());
/// // Rows (1, 0, 0) and (0, 0, 2): at right angles, but of length two; the square is 4, which is 3 from 1.
/// two.parameters_mut().copy_from_slice(&[1.0, 0.0, 0.0, 0.0, 0.0, 2.0]);
/// assert_eq!(Orthogonality { factor: 0.5 }.add_to_gradient(&two, &mut gradient), 0.5 * 9.0);
/// assert_eq!(gradient.parameters(), [0.0, 0.0, 0.0, 0.0, 0.0, 4.0 * 0.5 * 3.0 * 2.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orthogonality {
    /// What the sum of squares is multiplied by; from 0.
    pub factor: f64,
}

impl Regularizer for Orthogonality {
    fn check(&self) -> Result<(), Error> {
        check_factor("factor", self.factor)
    }

    fn penalize<T: Scalar>(&self, segment: &Segment, parameters: &[T], gradient: &mut [T]) -> f64 {
        let [rows, columns] = segment.matrix();
        // Rows, or columns if these are fewer: how many, and how far it is from one to the next and from number to number.
        let (count, next, step, len) =
            if rows <= columns { (rows, 1, rows, columns) } else { (columns, rows, 1, rows) };
        let place = |vector: usize, index: usize| vector * next + index * step;
        let mut sum = 0.0;
        for (one, other) in (0..count).flat_map(|one| (one..count).map(move |other| (one, other))) {
            let products =
                (0..len).map(|index| parameters[place(one, index)].to_f64() * parameters[place(other, index)].to_f64());
            let (wanted, times) = if one == other { (1.0, 1.0) } else { (0.0, 2.0) };
            let excess = products.sum::<f64>() - wanted;
            sum += times * excess * excess;
            let slope = T::from_f64(4.0 * self.factor * excess);
            for (to, from) in [(one, other), (other, one)].into_iter().take(times as usize) {
                for index in 0..len {
                    let to = place(to, index);
                    gradient[to] += slope * parameters[place(from, index)];
                }
            }
        }
        self.factor * sum
    }
}
