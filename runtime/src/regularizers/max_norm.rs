//! Units whose weights have a largest norm.

use super::Regularizer;
use crate::{Error, Scalar, Segment};

/// Scales the weights of each unit or filter down to a norm after a step, if theirs is larger: `w = w norm / |w|`.
///
/// The norm is the Euclidean one of all that a unit multiplies its inputs by: a row of a dense layer's weights, a filter of a
/// convolution. Srebro and Shraibman 2005; Srivastava et al. 2014, "Dropout", section 5.1; Keras' `MaxNorm` over all axes but
/// that of the units. No term is added to the loss.
///
/// ```
/// use castnet::regularizers::{MaxNorm, Regularizer};
/// use castnet::prelude::*;
///
/// network! { struct Two { input: [2], dense(2, bias = false) } }
///
/// let mut two: Two = castnet::zeroed();
/// // Rows (30, 40) and (0.3, 0.4), stored column by column.
/// two.parameters_mut().copy_from_slice(&[30.0, 0.3, 40.0, 0.4]);
/// MaxNorm { norm: 5.0 }.constrain_network(&mut two, 0.1);
/// assert_eq!(two.parameters(), [3.0, 0.3, 4.0, 0.4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxNorm {
    /// The largest norm; more than 0.
    pub norm: f64,
}

impl Regularizer for MaxNorm {
    const CONSTRAINS: bool = true;

    fn check(&self) -> Result<(), Error> {
        let is_right = self.norm > 0.0 && self.norm.is_finite();
        let wrong = Error::Setting { setting: "norm", value: self.norm, expected: "a finite number greater than 0" };
        if is_right { Ok(()) } else { Err(wrong) }
    }

    fn constrain<T: Scalar>(&self, segment: &Segment, parameters: &mut [T], _rate: f64) {
        let [rows, _] = segment.matrix();
        for row in 0..rows {
            let numbers = || parameters.iter().skip(row).step_by(rows).map(|number| number.to_f64());
            // In a unit in which no square is lost.
            let largest = numbers().map(Scalar::abs).fold(0.0, f64::max);
            let squares: f64 = numbers().map(|number| number / largest).map(|part| part * part).sum();
            let factor = self.norm / largest / Scalar::sqrt(squares);
            // Not if all are zero.
            if factor < 1.0 {
                let numbers = parameters.iter_mut().skip(row).step_by(rows);
                numbers.for_each(|number| *number = T::from_f64(number.to_f64() * factor));
            }
        }
    }
}
