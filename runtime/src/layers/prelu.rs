//! A rectifier whose negative slope is learnt.

use pulp::Simd;

use super::{Backward, Context, Forward, Layer};
use crate::Scalar;
use crate::kernels::tile::in_lanes;
use crate::simd::lanes::{load, store};

/// `y = x` where it is positive, `a x` elsewhere, with a slope `a` that is learnt (He, Zhang, Ren, Sun, *Delving Deep into
/// Rectifiers*, 2015, equation 1).
///
/// # Shapes
///
/// `CHANNELS * SPATIAL` values, of which `SPATIAL` at a time share a slope. One slope for all is `CHANNELS = 1`.
///
/// # Parameters
///
/// The slopes, `CHANNELS`.
///
/// # Gradients
///
/// `dx = dy` where `x` is positive, `a dy` elsewhere; `da` is the sum of `x dy` over where `x` is not positive.
///
/// ```
/// use castnet::layers::{Layer, PRelu};
///
/// assert_eq!(<PRelu<6, 144> as Layer<f32>>::PARAMETERS, 6);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PRelu<const CHANNELS: usize, const SPATIAL: usize>;

impl<const CHANNELS: usize, const SPATIAL: usize> PRelu<CHANNELS, SPATIAL> {
    /// The layer.
    pub const fn new() -> Self {
        Self
    }
}

impl<T: Scalar, const CHANNELS: usize, const SPATIAL: usize> Layer<T> for PRelu<CHANNELS, SPATIAL> {
    const INPUT: usize = CHANNELS * SPATIAL;
    const OUTPUT: usize = CHANNELS * SPATIAL;
    const PARAMETERS: usize = CHANNELS;
    const MULTIPLY_ADDS: u64 = (CHANNELS * SPATIAL) as u64;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        let (simd, channel) = (at.simd, SPATIAL * L);
        in_lanes!(T, S, L, simd => {
            let channels = io.input.chunks_exact(channel).zip(io.output.chunks_exact_mut(channel));
            for ((input, output), &slope) in channels.zip(io.parameters) {
                let (zero, slope) = (T::splat(simd, T::ZERO), T::splat(simd, slope));
                for place in (0..channel).step_by(T::lanes::<S>()) {
                    let x = load::<T, S>(&input[place..]);
                    let y = T::select_greater(simd, zero, x, T::mul_lanes(simd, slope, x), x);
                    store::<T, S>(&mut output[place..], y);
                }
            }
        });
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        let (simd, channel) = (at.simd, SPATIAL * L);
        let Backward { parameters, read, output_gradient, mut input_gradient, mut gradient, .. } = io;
        in_lanes!(T, S, L, simd => {
            let channels = read.input.chunks_exact(channel).zip(output_gradient.chunks_exact(channel));
            for (c, (input, output_gradient)) in channels.enumerate() {
                let (zero, slope) = (T::splat(simd, T::ZERO), T::splat(simd, parameters[c]));
                let mut sum = zero;
                for place in (0..channel).step_by(T::lanes::<S>()) {
                    let (x, dy) = (load::<T, S>(&input[place..]), load::<T, S>(&output_gradient[place..]));
                    if let Some(input_gradient) = &mut input_gradient {
                        let dx = T::select_greater(simd, x, zero, dy, T::mul_lanes(simd, slope, dy));
                        store::<T, S>(&mut input_gradient[c * channel + place..], dx);
                    }
                    let negative = T::select_greater(simd, x, zero, zero, x);
                    sum = T::mul_add_lanes(simd, negative, dy, sum);
                }
                if let Some(gradient) = &mut gradient {
                    gradient[c] += T::sum_lanes(simd, sum);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn gradients() {
        check::layer(PRelu::<1, 1>::new());
        check::layer(PRelu::<1, 7>::new());
        check::layer(PRelu::<5, 1>::new());
        check::layer(PRelu::<3, 6>::new());
    }

    #[test]
    fn values() {
        let mut output = [f64::NAN; 4];
        check::forward::<_, _, 1>(
            PRelu::<2, 2>::new(),
            pulp::Scalar::new(),
            &[0.25, -1.0],
            &[-2.0, 3.0, -2.0, 3.0],
            &mut output,
        );
        assert_eq!(output, [-0.5, 3.0, 2.0, 3.0]);
    }
}
