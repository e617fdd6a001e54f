//! Activations, value by value. Where the derivative can be written in the output, nothing else is kept.

use pulp::Simd;

use super::{Before, Context, InPlace, Keeps};
use crate::Scalar;
use crate::kernels::Activation;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::map_in_place;

/// `max(0, x)` (Nair & Hinton, 2010). The derivative at 0 is taken to be 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relu;

/// `x` where it is positive, `slope * x` elsewhere (Maas, Hannun, Ng, 2013).
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    /// The derivative for negative inputs; not negative.
    pub slope: f64,
}

/// `1 / (1 + exp(-x))`; the derivative is `y (1 - y)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

/// `(exp(x) - exp(-x)) / (exp(x) + exp(-x))`; the derivative is `1 - y^2`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl<T: Scalar> Activation<T> for Relu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        let zero = T::splat(simd, T::ZERO);
        // Not a maximum: NaN must stay NaN.
        T::select_greater(simd, zero, x, zero, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, y: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        let zero = T::splat(simd, T::ZERO);
        T::select_greater(simd, y, zero, dy, zero)
    }
}

impl<T: Scalar> Activation<T> for LeakyRelu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        let (zero, slope) = (T::splat(simd, T::ZERO), T::splat(simd, T::from_f64(self.slope)));
        T::select_greater(simd, zero, x, T::mul_lanes(simd, slope, x), x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, y: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        let (zero, slope) = (T::splat(simd, T::ZERO), T::splat(simd, T::from_f64(self.slope)));
        T::select_greater(simd, y, zero, dy, T::mul_lanes(simd, slope, dy))
    }
}

impl<T: Scalar> Activation<T> for Sigmoid {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        let (zero, one) = (T::splat(simd, T::ZERO), T::splat(simd, T::ONE));
        let exp = T::exp_lanes(simd, T::sub_lanes(simd, zero, x));
        T::div_lanes(simd, one, T::add_lanes(simd, one, exp))
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, y: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        let one = T::splat(simd, T::ONE);
        T::mul_lanes(simd, dy, T::mul_lanes(simd, y, T::sub_lanes(simd, one, y)))
    }
}

impl<T: Scalar> Activation<T> for Tanh {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        T::tanh_lanes(simd, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, y: T::Vector<S>, dy: T::Vector<S>) -> T::Vector<S> {
        let one = T::splat(simd, T::ONE);
        T::mul_lanes(simd, dy, T::sub_lanes(simd, one, T::mul_lanes(simd, y, y)))
    }
}

/// `x P(N <= x)` with a standard normal `N` (Hendrycks & Gimpel, *Gaussian Error Linear Units*, 2016, equation 2), exactly,
/// not by the approximation with tanh. The derivative is `P(N <= x) + x exp(-x^2 / 2) / sqrt(2 pi)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gelu;

impl<T: Scalar> Activation<T> for Gelu {
    const KEEPS: Keeps = Keeps::Beside;

    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        let [below, _] = T::normal_lanes(simd, x);
        gated::<T, S>(simd, x, below)
    }

    #[inline(always)]
    fn value_and_kept<S: Simd>(self, simd: S, x: T::Vector<S>) -> [T::Vector<S>; 2] {
        let [below, density] = T::normal_lanes(simd, x);
        [gated::<T, S>(simd, x, below), T::add_lanes(simd, gated::<T, S>(simd, x, density), below)]
    }
}

/// `x sigmoid(x)`, also called swish (Ramachandran, Zoph, Le, *Searching for Activation Functions*, 2017). The derivative is
/// `sigmoid(x) (1 + x (1 - sigmoid(x)))`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silu;

impl<T: Scalar> Activation<T> for Silu {
    const KEEPS: Keeps = Keeps::Beside;

    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        gated::<T, S>(simd, x, Sigmoid.value_of::<T, S>(simd, x))
    }

    #[inline(always)]
    fn value_and_kept<S: Simd>(self, simd: S, x: T::Vector<S>) -> [T::Vector<S>; 2] {
        let one = T::splat(simd, T::ONE);
        let sigmoid = Sigmoid.value_of::<T, S>(simd, x);
        let y = gated::<T, S>(simd, x, sigmoid);
        // sigmoid + y (1 - sigmoid)
        [y, T::mul_add_lanes(simd, y, T::sub_lanes(simd, one, sigmoid), sigmoid)]
    }
}

impl Sigmoid {
    /// [`Activation::value`], whatever the scalar.
    #[inline(always)]
    fn value_of<T: Scalar, S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S> {
        Activation::<T>::value::<S>(self, simd, x)
    }
}

/// `x gate`; zero where the gate is shut, however large `x` is.
#[inline(always)]
fn gated<T: Scalar, S: Simd>(simd: S, x: T::Vector<S>, gate: T::Vector<S>) -> T::Vector<S> {
    let zero = T::splat(simd, T::ZERO);
    T::select_equal(simd, gate, zero, zero, T::mul_lanes(simd, x, gate))
}

/// An activation as a layer of its own, for where no neighbour applies it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elementwise<A>(pub A);

impl<T: Scalar, A: Activation<T>> InPlace<T> for Elementwise<A> {
    const KEEPS: Keeps = A::KEEPS;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, values: &mut [T], kept: &mut [T]) {
        let simd = at.simd;
        vectorize(
            simd,
            #[inline(always)]
            || {
                if const { matches!(A::KEEPS, Keeps::Beside) } && !kept.is_empty() {
                    return map_beside::<T, S, A>(simd, values, kept, self.0);
                }
                map_in_place::<T, S>(
                    simd,
                    values,
                    #[inline(always)]
                    |x| self.0.value::<S>(simd, x),
                );
            },
        );
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, kept: &[T], gradient: &mut [T]) {
        let simd = at.simd;
        vectorize(
            simd,
            #[inline(always)]
            || Before { activation: self.0, kept }.apply::<S>(simd, gradient),
        );
    }
}

/// Replaces `values` by those of the activation, and writes what it keeps.
#[inline(always)]
fn map_beside<T: Scalar, S: Simd, A: Activation<T>>(simd: S, values: &mut [T], kept: &mut [T], activation: A) {
    let (vectors, rest) = T::vectors_mut::<S>(values);
    let (kept, kept_rest) = T::vectors_mut::<S>(kept);
    for (vector, kept) in vectors.iter_mut().zip(kept) {
        [*vector, *kept] = activation.value_and_kept::<S>(simd, *vector);
    }
    if !rest.is_empty() {
        let [value, kept] = activation.value_and_kept::<S>(simd, T::partial_load(simd, rest));
        T::partial_store(simd, rest, value);
        T::partial_store(simd, kept_rest, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::Pass;

    #[test]
    fn gradients() {
        check::in_place(Elementwise(Relu));
        check::in_place(Elementwise(LeakyRelu { slope: 0.01 }));
        check::in_place(Elementwise(LeakyRelu { slope: 0.3 }));
        check::in_place(Elementwise(Sigmoid));
        check::in_place(Elementwise(Tanh));
        check::in_place(Elementwise(Gelu));
        check::in_place(Elementwise(Silu));
    }

    /// The activation of some numbers, all of them in one lane each.
    fn values<T: Scalar, const N: usize, A: Activation<T>>(activation: A, mut values: [T; N]) -> [T; N] {
        let pass = Pass::training(1);
        Elementwise(activation).forward::<_, 1>(Context::new(pulp::Scalar::new(), &pass, 0), &mut values, &mut []);
        values
    }

    #[test]
    fn known_values() {
        let x = [-2.0_f64, 0.0, 0.5];
        assert_eq!(values(Relu, x), [0.0, 0.0, 0.5]);
        assert_eq!(values(LeakyRelu { slope: 0.1 }, x), [-0.2, 0.0, 0.5]);
        assert_eq!(values(Tanh, x), x.map(f64::tanh));
        assert_eq!(values(Sigmoid, x)[1], 0.5);
        // PyTorch 2: `torch.nn.functional.gelu` and `silu` in float64.
        for (found, expected) in values(Gelu, x).iter().zip([-0.045_500_263_896_358_39, 0.0, 0.345_731_230_637_006_55])
        {
            assert!((found - expected).abs() < 1e-15, "{found}, expected {expected}");
        }
        for (found, expected) in values(Silu, x).iter().zip([-0.238_405_844_044_235_1, 0.0, 0.311_229_665_600_927_3]) {
            assert!((found - expected).abs() < 1e-15, "{found}, expected {expected}");
        }
    }

    #[test]
    fn nan_stays_nan_and_infinity_has_its_limit() {
        fn check<A: Activation<f32>>(activation: A, limits: [f32; 2]) {
            let found = values(activation, [f32::NAN, f32::NEG_INFINITY, f32::INFINITY]);
            assert!(found[0].is_nan());
            assert_eq!(found[1..], limits);
        }
        check(Relu, [0.0, f32::INFINITY]);
        check(LeakyRelu { slope: 0.1 }, [f32::NEG_INFINITY, f32::INFINITY]);
        check(Sigmoid, [0.0, 1.0]);
        check(Tanh, [-1.0, 1.0]);
        check(Gelu, [0.0, f32::INFINITY]);
        check(Silu, [0.0, f32::INFINITY]);
    }
}
