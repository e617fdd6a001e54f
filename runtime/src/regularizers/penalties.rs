//! Weights that are small, or zero.

use super::Regularizer;
use crate::{Error, Scalar, Segment};

/// The L1 penalty: `loss += factor * sum |w|`, whose gradient is `factor * sign(w)`, a subgradient: 0 at 0.
///
/// Weights that say little come close to zero and go to and fro around it, by steps of the learning rate times the factor.
/// [`ProximalL1`] leaves them at zero.
///
/// ```
/// use castnet::regularizers::{L1, Regularizer};
/// use castnet::prelude::*;
///
/// network! { struct Plane { input: [3], dense(1, bias = false) } }
///
/// let (mut plane, mut gradient): (Plane, Plane) = (castnet::zeroed(), castnet::zeroed());
/// plane.parameters_mut().copy_from_slice(&[2.0, -4.0, 0.0]);
/// assert_eq!(L1 { factor: 0.25 }.add_to_gradient(&plane, &mut gradient), 0.25 * 6.0);
/// assert_eq!(gradient.parameters(), [0.25, -0.25, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    /// What the sum is multiplied by; from 0.
    pub factor: f64,
}

/// The L1 penalty by proximal steps, which make true zeros: `loss += factor * sum |w|`, and after each step of learning rate `r`
/// `w = sign(w) max(0, |w| - r factor)`.
///
/// The gradient is that of the rest of the loss: a proximal gradient method (Daubechies, Defrise and De Mol 2004; Parikh and Boyd
/// 2014, "Proximal Algorithms", section 4.2). With a rule that has a step of its own for each parameter, such as
/// Adam, the threshold is still `r factor`, as the decay of AdamW is the same for all; groups do not change it.
///
/// ```
/// use castnet::regularizers::{ProximalL1, Regularizer};
/// use castnet::prelude::*;
///
/// network! { struct Plane { input: [3], dense(1, bias = false) } }
///
/// let mut plane: Plane = castnet::zeroed();
/// plane.parameters_mut().copy_from_slice(&[2.0, -4.0, 0.1]);
/// ProximalL1 { factor: 0.5 }.constrain_network(&mut plane, 0.5);
/// assert_eq!(plane.parameters(), [1.75, -3.75, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProximalL1 {
    /// What the sum is multiplied by; from 0.
    pub factor: f64,
}

/// The L2 penalty as a term of the loss: `loss += factor / 2 * sum w^2`, whose gradient is `factor * w`.
///
/// It is what the `weight_decay` of [`Sgd`](crate::optimizers::Sgd) adds to the gradient, and so do PyTorch's optimizers but AdamW;
/// here it is in the loss too. [`WeightDecay`] is not in the gradient.
///
/// ```
/// use castnet::regularizers::{L2, Regularizer};
/// use castnet::prelude::*;
///
/// network! { struct Plane { input: [2], dense(1, bias = false) } }
///
/// let (mut plane, mut gradient): (Plane, Plane) = (castnet::zeroed(), castnet::zeroed());
/// plane.parameters_mut().copy_from_slice(&[2.0, -4.0]);
/// assert_eq!(L2 { factor: 0.5 }.add_to_gradient(&plane, &mut gradient), 0.5 / 2.0 * 20.0);
/// assert_eq!(gradient.parameters(), [1.0, -2.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    /// What half of the sum of squares is multiplied by; from 0.
    pub factor: f64,
}

/// L2 and L1 together: `loss += l1 * sum |w| + l2 / 2 * sum w^2` (Zou and Hastie 2005, "Regularization and variable selection via
/// the elastic net"), with the subgradient of [`L1`]. `(ProximalL1 { .. }, L2 { .. })` is the elastic net that makes true zeros.
///
/// scikit-learn's `alpha` and `l1_ratio` are `l1 = alpha * l1_ratio`, `l2 = alpha * (1 - l1_ratio)`.
///
/// ```
/// use castnet::regularizers::{ElasticNet, Regularizer};
/// use castnet::prelude::*;
///
/// network! { struct Plane { input: [2], dense(1, bias = false) } }
///
/// let (mut plane, mut gradient): (Plane, Plane) = (castnet::zeroed(), castnet::zeroed());
/// plane.parameters_mut().copy_from_slice(&[2.0, -4.0]);
/// assert_eq!(ElasticNet { l1: 1.0, l2: 0.5 }.add_to_gradient(&plane, &mut gradient), 6.0 + 5.0);
/// assert_eq!(gradient.parameters(), [2.0, -3.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElasticNet {
    /// The factor of [`L1`]; from 0.
    pub l1: f64,
    /// The factor of [`L2`]; from 0.
    pub l2: f64,
}

/// L2 as decay: after each step of learning rate `r`, `w = w - r factor w`. There is no term in the loss, and nothing of it in what
/// an optimizer remembers (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization").
///
/// It makes any optimizer what [`AdamW`](crate::optimizers::AdamW) is to Adam, but that it follows the step: AdamW decays first.
///
/// ```
/// use castnet::regularizers::{Regularizer, WeightDecay};
/// use castnet::prelude::*;
///
/// network! { struct Plane { input: [2], dense(1, bias = false) } }
///
/// let mut plane: Plane = castnet::zeroed();
/// plane.parameters_mut().copy_from_slice(&[2.0, -4.0]);
/// WeightDecay { factor: 0.5 }.constrain_network(&mut plane, 0.5);
/// assert_eq!(plane.parameters(), [1.5, -3.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightDecay {
    /// How much of a weight is taken away in a step of learning rate 1; from 0.
    pub factor: f64,
}

pub(super) fn check_factor(setting: &'static str, value: f64) -> Result<(), Error> {
    let is_right = value >= 0.0 && value.is_finite();
    if is_right { Ok(()) } else { Err(Error::Setting { setting, value, expected: "a finite number from 0 on" }) }
}

/// The sum of a function of each number. Eight sums side by side: the processor need not wait for one addition after the other,
/// and their order is always the same.
fn sum<T: Scalar>(numbers: &[T], of: impl Fn(f64) -> f64) -> f64 {
    let mut sums = [0.0; 8];
    for chunk in numbers.chunks(8) {
        for (sum, number) in sums.iter_mut().zip(chunk) {
            *sum += of(number.to_f64());
        }
    }
    sums.iter().sum()
}

fn sign<T: Scalar>(number: T) -> T {
    if number > T::ZERO {
        T::ONE
    } else if number < T::ZERO {
        -T::ONE
    } else {
        T::ZERO
    }
}

impl Regularizer for ElasticNet {
    fn check(&self) -> Result<(), Error> {
        check_factor("l1", self.l1)?;
        check_factor("l2", self.l2)
    }

    fn penalize<T: Scalar>(&self, _: &Segment, parameters: &[T], gradient: &mut [T]) -> f64 {
        let [l1, l2] = [self.l1, self.l2].map(T::from_f64);
        for (slope, &parameter) in gradient.iter_mut().zip(parameters) {
            *slope += l1 * sign(parameter) + l2 * parameter;
        }
        sum(parameters, |number| self.l1 * Scalar::abs(number) + self.l2 / 2.0 * number * number)
    }
}

impl Regularizer for L1 {
    fn check(&self) -> Result<(), Error> {
        check_factor("factor", self.factor)
    }

    fn penalize<T: Scalar>(&self, _: &Segment, parameters: &[T], gradient: &mut [T]) -> f64 {
        let factor = T::from_f64(self.factor);
        for (slope, &parameter) in gradient.iter_mut().zip(parameters) {
            *slope += factor * sign(parameter);
        }
        self.factor * sum(parameters, Scalar::abs)
    }
}

impl Regularizer for L2 {
    fn check(&self) -> Result<(), Error> {
        check_factor("factor", self.factor)
    }

    fn penalize<T: Scalar>(&self, _: &Segment, parameters: &[T], gradient: &mut [T]) -> f64 {
        let factor = T::from_f64(self.factor);
        for (slope, &parameter) in gradient.iter_mut().zip(parameters) {
            *slope += factor * parameter;
        }
        self.factor / 2.0 * sum(parameters, |number| number * number)
    }
}

impl Regularizer for ProximalL1 {
    const CONSTRAINS: bool = true;

    fn check(&self) -> Result<(), Error> {
        check_factor("factor", self.factor)
    }

    fn penalize<T: Scalar>(&self, _: &Segment, parameters: &[T], _: &mut [T]) -> f64 {
        self.factor * sum(parameters, Scalar::abs)
    }

    fn constrain<T: Scalar>(&self, _: &Segment, parameters: &mut [T], rate: f64) {
        let threshold = T::from_f64(rate * self.factor);
        for parameter in parameters {
            let left = parameter.abs() - threshold;
            *parameter = if left > T::ZERO { sign(*parameter) * left } else { T::ZERO };
        }
    }
}

impl Regularizer for WeightDecay {
    const CONSTRAINS: bool = true;

    fn check(&self) -> Result<(), Error> {
        check_factor("factor", self.factor)
    }

    fn constrain<T: Scalar>(&self, _: &Segment, parameters: &mut [T], rate: f64) {
        // More than all of a weight cannot be taken away.
        let left = T::from_f64((1.0 - rate * self.factor).max(0.0));
        parameters.iter_mut().for_each(|parameter| *parameter *= left);
    }
}
