//! Passes over one channel of batch norm: its sums, and the affine maps.
//!
//! Sums are in [`CHAINS`] parts, none of which waits for another: an addition takes four cycles, a load less than one.

use pulp::Simd;

use crate::Scalar;
use crate::kernels::{Activation, Then};
use crate::simd::lanes::{load, store};

/// Sums under way at a time.
const CHAINS: usize = 8;

/// The mean of all `values` (`positions * L`) in lanes whose `mask` is one, `count` numbers in all; where it is zero they
/// do not count.
///
/// The sum is that of the distances from the first value, so that the mean of equal numbers is just that number.
#[inline(always)]
pub(crate) fn mean<T: Scalar, S: Simd, const L: usize>(simd: S, values: &[T], count: T, mask: &[T; L]) -> T {
    let first = values[0];
    let origin = T::splat(simd, first);
    let sum = masked_sum::<T, S, L>(
        simd,
        values,
        mask,
        #[inline(always)]
        |x| T::sub_lanes(simd, x, origin),
    );
    first + sum / count
}

/// The sum of the squares of the distances from `mean`, over the same numbers.
#[inline(always)]
pub(crate) fn squares<T: Scalar, S: Simd, const L: usize>(simd: S, values: &[T], mean: T, mask: &[T; L]) -> T {
    let mean = T::splat(simd, mean);
    masked_sum::<T, S, L>(
        simd,
        values,
        mask,
        #[inline(always)]
        |x| {
            let difference = T::sub_lanes(simd, x, mean);
            T::mul_lanes(simd, difference, difference)
        },
    )
}

#[inline(always)]
fn masked_sum<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    values: &[T],
    mask: &[T; L],
    map: impl Fn(T::Vector<S>) -> T::Vector<S>,
) -> T {
    let mut total = T::splat(simd, T::ZERO);
    for lane in (0..L).step_by(T::lanes::<S>()) {
        let mask = load::<T, S>(&mask[lane..]);
        let mut sums = [T::splat(simd, T::ZERO); CHAINS];
        let blocks = values.chunks_exact(CHAINS * L);
        let rest = blocks.remainder();
        for block in blocks {
            for chain in 0..CHAINS {
                let value = map(load::<T, S>(&block[chain * L + lane..]));
                sums[chain] = T::mul_add_lanes(simd, value, mask, sums[chain]);
            }
        }
        for position in rest.chunks_exact(L) {
            sums[0] = T::mul_add_lanes(simd, map(load::<T, S>(&position[lane..])), mask, sums[0]);
        }
        total = T::add_lanes(simd, total, total_of::<T, S>(simd, sums));
    }
    T::sum_lanes(simd, total)
}

#[inline(always)]
fn total_of<T: Scalar, S: Simd>(simd: S, sums: [T::Vector<S>; CHAINS]) -> T::Vector<S> {
    let mut total = sums[0];
    for chain in 1..CHAINS {
        total = T::add_lanes(simd, total, sums[chain]);
    }
    total
}

/// The sums of `gradient` and of `gradient (input - mean)`. Masked lanes have no gradient.
#[inline(always)]
pub(crate) fn gradient_sums<T: Scalar, S: Simd>(simd: S, input: &[T], gradient: &[T], mean: T) -> (T, T) {
    let mean = T::splat(simd, mean);
    let (mut sums, mut products) = ([T::splat(simd, T::ZERO); CHAINS], [T::splat(simd, T::ZERO); CHAINS]);
    let (inputs, input_rest) = T::vectors::<S>(input).0.as_chunks::<CHAINS>();
    let (gradients, gradient_rest) = T::vectors::<S>(gradient).0.as_chunks::<CHAINS>();
    for (inputs, gradients) in inputs.iter().zip(gradients) {
        for chain in 0..CHAINS {
            let difference = T::sub_lanes(simd, inputs[chain], mean);
            sums[chain] = T::add_lanes(simd, sums[chain], gradients[chain]);
            products[chain] = T::mul_add_lanes(simd, gradients[chain], difference, products[chain]);
        }
    }
    for (&x, &dy) in input_rest.iter().zip(gradient_rest) {
        sums[0] = T::add_lanes(simd, sums[0], dy);
        products[0] = T::mul_add_lanes(simd, dy, T::sub_lanes(simd, x, mean), products[0]);
    }
    let (sum, product) = (total_of::<T, S>(simd, sums), total_of::<T, S>(simd, products));
    (T::sum_lanes(simd, sum), T::sum_lanes(simd, product))
}

/// What makes the output of the input: `scale (x - mean) + shift`. That order is exact where all values are the mean.
#[derive(Clone, Copy)]
pub(crate) struct Affine<T> {
    pub mean: T,
    pub scale: T,
    pub shift: T,
}

impl<T: Scalar> Affine<T> {
    /// As a function of a vector.
    #[inline(always)]
    fn of_lanes<S: Simd>(self, simd: S) -> impl Fn(T::Vector<S>) -> T::Vector<S> {
        let [mean, scale, shift] = [self.mean, self.scale, self.shift].map(
            #[inline(always)]
            |number| T::splat(simd, number),
        );
        #[inline(always)]
        move |x| T::mul_add_lanes(simd, scale, T::sub_lanes(simd, x, mean), shift)
    }
}

/// `output = then(affine(input))`.
#[inline(always)]
pub(crate) fn affine<T: Scalar, S: Simd, A: Activation<T>>(
    simd: S,
    input: &[T],
    output: &mut [T],
    affine: Affine<T>,
    mut then: Then<'_, T, A>,
) {
    let affine = affine.of_lanes::<S>(simd);
    if then.keeps() {
        for (place, &x) in (0..).step_by(T::lanes::<S>()).zip(T::vectors::<S>(input).0) {
            then.store::<S, 1>(simd, output, place, &[affine(x)]);
        }
        return;
    }
    for (y, &x) in T::vectors_mut::<S>(output).0.iter_mut().zip(T::vectors::<S>(input).0) {
        *y = then.activation.value::<S>(simd, affine(x));
    }
}

/// `values = activation(affine(values))`.
#[inline(always)]
pub(crate) fn affine_in_place<T: Scalar, S: Simd, A: Activation<T>>(
    simd: S,
    values: &mut [T],
    affine: Affine<T>,
    activation: A,
) {
    let affine = affine.of_lanes::<S>(simd);
    for x in T::vectors_mut::<S>(values).0 {
        *x = activation.value::<S>(simd, affine(*x));
    }
}

/// The gradient in the input, from that in the output: `mask (scale dy + slope (x - mean) + constant)`.
#[derive(Clone, Copy)]
pub(crate) struct InputGradient<T> {
    pub scale: T,
    pub slope: T,
    pub mean: T,
    pub constant: T,
}

/// Replaces `gradient`, that in the output, by that in the `input`.
#[inline(always)]
pub(crate) fn input_gradient<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    input: &[T],
    gradient: &mut [T],
    of: InputGradient<T>,
    mask: &[T; L],
) {
    let [scale, slope, mean, constant] = [of.scale, of.slope, of.mean, of.constant].map(
        #[inline(always)]
        |coefficient| T::splat(simd, coefficient),
    );
    for (input, gradient) in input.chunks_exact(L).zip(gradient.chunks_exact_mut(L)) {
        for lane in (0..L).step_by(T::lanes::<S>()) {
            let gradient = &mut gradient[lane..];
            let distance = T::sub_lanes(simd, load::<T, S>(&input[lane..]), mean);
            let sum = T::mul_add_lanes(simd, slope, distance, constant);
            let dx = T::mul_add_lanes(simd, scale, load::<T, S>(gradient), sum);
            store::<T, S>(gradient, T::mul_lanes(simd, dx, load::<T, S>(&mask[lane..])));
        }
    }
}
