//! Regularizers elsewhere than on weights.

use super::Regularizer;
use crate::{Error, Scalar, Segment};

/// A regularizer on the segments that a function says yes to.
///
/// ```
/// use castnet::regularizers::{L2, On, Regularizer};
/// use castnet::{Segment, prelude::*};
///
/// network! { struct Line { input: [1], dense(1) } }
///
/// let mut line: Line = castnet::zeroed();
/// line.parameters_mut().copy_from_slice(&[1.0, 3.0]);
/// let mut gradient: Line = castnet::zeroed();
/// let everywhere = On { segments: |_: &Segment| true, regularizer: L2 { factor: 0.5 } };
/// assert_eq!(everywhere.add_to_gradient(&line, &mut gradient), 0.5 / 2.0 * (1.0 + 9.0));
/// assert_eq!(gradient.parameters(), [0.5, 1.5]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct On<R, F = fn(&Segment) -> bool> {
    /// Which segments it is on.
    pub segments: F,
    /// What is on them.
    pub regularizer: R,
}

impl<R: Regularizer, F: Fn(&Segment) -> bool + Send + Sync> Regularizer for On<R, F> {
    const CONSTRAINS: bool = R::CONSTRAINS;

    fn is_on(&self, segment: &Segment) -> bool {
        (self.segments)(segment)
    }

    fn check(&self) -> Result<(), Error> {
        self.regularizer.check()
    }

    fn penalize<T: Scalar>(&self, segment: &Segment, parameters: &[T], gradient: &mut [T]) -> f64 {
        self.regularizer.penalize(segment, parameters, gradient)
    }

    fn constrain<T: Scalar>(&self, segment: &Segment, parameters: &mut [T], rate: f64) {
        self.regularizer.constrain(segment, parameters, rate);
    }
}
