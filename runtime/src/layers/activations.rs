//! Element-wise activations. Each one's derivative is written in its output, so that the input need not be kept.

use pulp::Simd;

use super::InPlace;
use crate::kernels::Activation;
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{map_in_place, zip_in_place};
use crate::{Pass, Scalar};

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

/// An activation as a layer of its own, for where no neighbour applies it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elementwise<A>(pub A);

impl<T: Scalar, A: Activation<T>> InPlace<T> for Elementwise<A> {
    #[inline]
    fn forward<S: Simd, const L: usize>(self, simd: S, _pass: &Pass, values: &mut [T]) {
        vectorize(
            simd,
            #[inline(always)]
            || {
                map_in_place::<T, S>(
                    simd,
                    values,
                    #[inline(always)]
                    |x| self.0.value::<S>(simd, x),
                )
            },
        );
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, simd: S, _pass: &Pass, output: &[T], gradient: &mut [T]) {
        vectorize(
            simd,
            #[inline(always)]
            || {
                zip_in_place::<T, S>(
                    simd,
                    gradient,
                    output,
                    #[inline(always)]
                    |dy, y| self.0.gradient::<S>(simd, y, dy),
                );
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn gradients() {
        check::in_place(Elementwise(Relu));
        check::in_place(Elementwise(LeakyRelu { slope: 0.01 }));
        check::in_place(Elementwise(LeakyRelu { slope: 0.3 }));
        check::in_place(Elementwise(Sigmoid));
        check::in_place(Elementwise(Tanh));
    }

    #[test]
    fn values() {
        let (simd, pass) = (pulp::Scalar::new(), Pass::training(1));
        let after = |apply: &dyn Fn(&mut [f64])| {
            let mut values = [-2.0, 0.0, 0.5];
            apply(&mut values);
            values
        };
        assert_eq!(after(&|values| Elementwise(Relu).forward::<_, 1>(simd, &pass, values)), [0.0, 0.0, 0.5]);
        assert_eq!(
            after(&|values| Elementwise(LeakyRelu { slope: 0.1 }).forward::<_, 1>(simd, &pass, values)),
            [-0.2, 0.0, 0.5]
        );
        assert_eq!(
            after(&|values| Elementwise(Tanh).forward::<_, 1>(simd, &pass, values)),
            [-2.0_f64, 0.0, 0.5].map(f64::tanh)
        );
        assert_eq!(after(&|values| Elementwise(Sigmoid).forward::<_, 1>(simd, &pass, values))[1], 0.5);
    }

    #[test]
    fn relu_keeps_nan() {
        let mut values = [f32::NAN; 8];
        Elementwise(Relu).forward::<_, 8>(pulp::Scalar::new(), &Pass::training(8), &mut values);
        assert!(values.iter().all(|value| value.is_nan()));
    }
}
