//! Passes over one channel of batch norm: its sums, and the affine maps.
//!
//! Sums are in [`CHAINS`] parts, none of which waits for another: an addition takes four cycles, a load less than one.

use pulp::Simd;

use crate::Scalar;
use crate::kernels::Activation;
use crate::simd::lanes::{load, store};

/// Sums under way at a time.
const CHAINS: usize = 8;

/// The sum of all `values` (`positions * L`) in lanes whose `mask` is one; where it is zero they do not count.
#[inline(always)]
pub(crate) fn sum<T: Scalar, S: Simd, const L: usize>(simd: S, values: &[T], mask: &[T; L]) -> T {
    masked_sum::<T, S, L>(
        simd,
        values,
        mask,
        #[inline(always)]
        |x| x,
    )
}

/// The sum of the squares of the distances from `mean`, likewise.
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

/// `output = activation(scale * input + shift)`.
#[inline(always)]
pub(crate) fn affine<T: Scalar, S: Simd, A: Activation<T>>(
    simd: S,
    input: &[T],
    output: &mut [T],
    [scale, shift]: [T; 2],
    activation: A,
) {
    let (scale, shift) = (T::splat(simd, scale), T::splat(simd, shift));
    for (y, &x) in T::vectors_mut::<S>(output).0.iter_mut().zip(T::vectors::<S>(input).0) {
        *y = activation.value::<S>(simd, T::mul_add_lanes(simd, scale, x, shift));
    }
}

/// `values = activation(scale * values + shift)`.
#[inline(always)]
pub(crate) fn affine_in_place<T: Scalar, S: Simd, A: Activation<T>>(
    simd: S,
    values: &mut [T],
    [scale, shift]: [T; 2],
    activation: A,
) {
    let (scale, shift) = (T::splat(simd, scale), T::splat(simd, shift));
    for x in T::vectors_mut::<S>(values).0 {
        *x = activation.value::<S>(simd, T::mul_add_lanes(simd, scale, *x, shift));
    }
}

/// `gradient = mask (scale * gradient + slope * input + constant)`.
#[inline(always)]
pub(crate) fn combine<T: Scalar, S: Simd, const L: usize>(
    simd: S,
    input: &[T],
    gradient: &mut [T],
    coefficients: [T; 3],
    mask: &[T; L],
) {
    let [scale, slope, constant] = coefficients.map(
        #[inline(always)]
        |coefficient| T::splat(simd, coefficient),
    );
    for (input, gradient) in input.chunks_exact(L).zip(gradient.chunks_exact_mut(L)) {
        for lane in (0..L).step_by(T::lanes::<S>()) {
            let gradient = &mut gradient[lane..];
            let sum = T::mul_add_lanes(simd, slope, load::<T, S>(&input[lane..]), constant);
            let dx = T::mul_add_lanes(simd, scale, load::<T, S>(gradient), sum);
            store::<T, S>(gradient, T::mul_lanes(simd, dx, load::<T, S>(&mask[lane..])));
        }
    }
}
