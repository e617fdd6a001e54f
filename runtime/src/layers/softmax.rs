//! Softmax as a layer.

use pulp::Simd;

use super::{Context, InPlace, Keeps};
use crate::Scalar;
use crate::kernels::tile::in_lanes;
use crate::simd::lanes::{load, store};

/// `exp(x[i]) / sum over j of exp(x[j])` over all features of a sample, which are made probabilities.
///
/// The largest input is subtracted from all, which changes nothing but that no `exp` overflows. A network that is
/// trained with [`SoftmaxCrossEntropy`](crate::losses::SoftmaxCrossEntropy) ends in logits, not in this layer: the loss has a softmax of its own.
///
/// The gradient in the input is `y[i] (dy[i] - sum over j of dy[j] y[j])`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softmax;

impl<T: Scalar> InPlace<T> for Softmax {
    const KEEPS: Keeps = Keeps::Output;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, values: &mut [T], _kept: &mut [T]) {
        let simd = at.simd;
        in_lanes!(T, S, L, simd => forward_lanes::<T, S, L>(simd, values));
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, kept: &[T], gradient: &mut [T]) {
        let simd = at.simd;
        in_lanes!(T, S, L, simd => backward_lanes::<T, S, L>(simd, kept, gradient));
    }
}

#[inline(always)]
fn forward_lanes<T: Scalar, S: Simd, const L: usize>(simd: S, values: &mut [T]) {
    for lane in (0..L).step_by(T::lanes::<S>()) {
        let mut maximum = load::<T, S>(&values[lane..]);
        for feature in values.chunks_exact(L) {
            maximum = T::max_lanes(simd, maximum, load::<T, S>(&feature[lane..]));
        }
        let mut sum = T::splat(simd, T::ZERO);
        for feature in values.chunks_exact_mut(L) {
            let feature = &mut feature[lane..];
            let exp = T::exp_lanes(simd, T::sub_lanes(simd, load::<T, S>(feature), maximum));
            sum = T::add_lanes(simd, sum, exp);
            store::<T, S>(feature, exp);
        }
        let scale = T::div_lanes(simd, T::splat(simd, T::ONE), sum);
        for feature in values.chunks_exact_mut(L) {
            let feature = &mut feature[lane..];
            let probability = T::mul_lanes(simd, load::<T, S>(feature), scale);
            store::<T, S>(feature, probability);
        }
    }
}

#[inline(always)]
fn backward_lanes<T: Scalar, S: Simd, const L: usize>(simd: S, output: &[T], gradient: &mut [T]) {
    for lane in (0..L).step_by(T::lanes::<S>()) {
        let mut dot = T::splat(simd, T::ZERO);
        for (y, dy) in output.chunks_exact(L).zip(gradient.chunks_exact(L)) {
            dot = T::mul_add_lanes(simd, load::<T, S>(&y[lane..]), load::<T, S>(&dy[lane..]), dot);
        }
        for (y, dy) in output.chunks_exact(L).zip(gradient.chunks_exact_mut(L)) {
            let dy = &mut dy[lane..];
            let difference = T::sub_lanes(simd, load::<T, S>(dy), dot);
            let dx = T::mul_lanes(simd, load::<T, S>(&y[lane..]), difference);
            store::<T, S>(dy, dx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::Pass;

    #[test]
    fn gradients() {
        check::in_place(Softmax);
    }

    #[test]
    fn large_inputs_do_not_overflow() {
        let mut values = [1000.0_f32, 1000.0, -1000.0];
        let pass = Pass::training(1);
        Softmax.forward::<_, 1>(Context::new(pulp::Scalar::new(), &pass, 0), &mut values, &mut []);
        assert_eq!(values, [0.5, 0.5, 0.0]);
    }
}
