//! Weight decay, as part of the gradient or apart from it.

use pulp::Simd;

use crate::Scalar;

/// The weight decay of one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decay<T> {
    /// What the gradient has of a parameter.
    in_gradient: T,
    /// What is taken from a parameter, as a negative factor.
    apart: T,
}

impl<T: Scalar> Decay<T> {
    /// The L2 penalty's gradient, or if `decoupled` a part of the parameter for each unit of the learning rate.
    pub fn new(rate: f64, decay: f64, decoupled: bool) -> Self {
        let (in_gradient, apart) = if decoupled { (0.0, -rate * decay) } else { (decay, 0.0) };
        Self { in_gradient: T::from_f64(in_gradient), apart: T::from_f64(apart) }
    }

    /// The gradient with its part, and what is kept of the parameter.
    #[inline(always)]
    pub fn apply<S: Simd>(
        &self,
        simd: S,
        parameter: T::Vector<S>,
        gradient: T::Vector<S>,
    ) -> (T::Vector<S>, T::Vector<S>) {
        let gradient = T::mul_add_lanes(simd, T::splat(simd, self.in_gradient), parameter, gradient);
        // A product with `1 - r * weight_decay` would be off by the same rounding error in every step.
        (gradient, T::mul_add_lanes(simd, T::splat(simd, self.apart), parameter, parameter))
    }
}

/// Bounds of what [`Decay::apply`] gives.
pub(super) fn bounds(rate: f64, decay: f64, decoupled: bool, gradient: f64, parameter: f64) -> (f64, f64) {
    if !decoupled {
        return (gradient + decay * parameter, parameter);
    }
    let decay = rate * decay;
    // Without a multiply-add, the product is there by itself.
    (gradient, ((1.0 - decay).abs() * parameter).max(decay).max(decay * parameter))
}
