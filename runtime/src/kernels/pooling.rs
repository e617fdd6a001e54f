//! Maximum and mean over windows of an image, for a lane group.

use pulp::Simd;

use super::each::all_finite;
use super::reduction::{Maximum, Mean, Reduction, share};
use super::tile::in_lanes;
use super::{Activation, Before, single};
use crate::Scalar;
use crate::kernels::geometry::{Pool2dGeometry, pool_axes};
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{load, store};
use crate::simd::places::{from, from_mut, part_mut};

/// Calls `window(channel, output row, output column)` for each window, in the order of the output.
#[inline(always)]
fn for_each_window<G: Pool2dGeometry>(mut window: impl FnMut(usize, usize, usize)) {
    let [rows, columns] = const { pool_axes::<G>() };
    for channel in 0..G::INPUT[0] {
        for row in 0..rows.output {
            for column in 0..columns.output {
                window(channel, row, column);
            }
        }
    }
}

/// Index of the input position under a tap of a window, in vectors of a whole lane group.
#[inline(always)]
fn input_index<G: Pool2dGeometry>(channel: usize, row: usize, column: usize, tap: [usize; 2]) -> usize {
    let [_, height, width] = G::INPUT;
    (channel * height + row * G::STRIDE[0] + tap[0]) * width + column * G::STRIDE[1] + tap[1]
}

#[inline(always)]
fn output_index<G: Pool2dGeometry>(channel: usize, row: usize, column: usize) -> usize {
    let [rows, columns] = const { pool_axes::<G>() };
    (channel * rows.output + row) * columns.output + column
}

/// `output` = the maximum of each window.
#[inline]
pub(crate) fn max_forward<T: Scalar, S: Simd, G: Pool2dGeometry, const L: usize>(
    simd: S,
    input: &[T],
    output: &mut [T],
) {
    // Of one sample a look at its numbers is less work than one at each window.
    if const { L == 1 && single::pooling::can_reduce::<G>() } && is_finite(simd, input) {
        return single::pooling::reduce::<T, S, G, Maximum<true>>(simd, input, output);
    }
    reduce::<T, S, G, Maximum<false>, L>(simd, input, output);
}

#[inline(always)]
fn is_finite<T: Scalar, S: Simd>(simd: S, values: &[T]) -> bool {
    vectorize(
        simd,
        #[inline(always)]
        || all_finite::<T, S>(simd, values),
    )
}

/// `output` = the mean of each window.
#[inline]
pub(crate) fn mean_forward<T: Scalar, S: Simd, G: Pool2dGeometry, const L: usize>(
    simd: S,
    input: &[T],
    output: &mut [T],
) {
    reduce::<T, S, G, Mean, L>(simd, input, output);
}

#[inline(always)]
fn reduce<T: Scalar, S: Simd, G: Pool2dGeometry, R: Reduction<T>, const L: usize>(
    simd: S,
    input: &[T],
    output: &mut [T],
) {
    if const { L == 1 && single::pooling::can_reduce::<G>() } {
        return single::pooling::reduce::<T, S, G, R>(simd, input, output);
    }
    in_lanes!(T, S, L, simd => reduce_lanes::<T, S, G, R, L>(simd, input, output));
}

#[inline(always)]
fn reduce_lanes<T: Scalar, S: Simd, G: Pool2dGeometry, R: Reduction<T>, const L: usize>(
    simd: S,
    input: &[T],
    output: &mut [T],
) {
    for_each_window::<G>(
        #[inline(always)]
        |channel, row, column| {
            let Some(target) = part_mut(output, output_index::<G>(channel, row, column) * L, L) else { return };
            for lane in (0..L).step_by(T::lanes::<S>()) {
                let window = from(input, input_index::<G>(channel, row, column, [0, 0]) * L + lane);
                let mut result = load::<T, S>(window);
                for y in 0..G::KERNEL[0] {
                    for x in usize::from(y == 0)..G::KERNEL[1] {
                        result = R::combine_lanes(simd, result, load::<T, S>(from(window, (y * G::INPUT[2] + x) * L)));
                    }
                }
                store::<T, S>(from_mut(target, lane), R::finish_lanes(simd, result, G::KERNEL[0] * G::KERNEL[1]));
            }
        },
    );
}

/// Gives the gradient of each window to the first of its values that is the maximum or NaN, times the derivative of the
/// activation that the input comes from.
#[inline]
pub(crate) fn max_backward<T: Scalar, S: Simd, A: Activation<T>, G: Pool2dGeometry, const L: usize>(
    simd: S,
    input: &[T],
    before: Before<'_, T, A>,
    output: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    if !covers_once::<G>() {
        input_gradient.fill(T::ZERO);
    }
    in_lanes!(T, S, L, simd => {
        max_backward_lanes::<T, S, A, G, L>(simd, input, before, output, output_gradient, input_gradient)
    });
}

/// Whether every value is in just one window, so that its gradient is written and not added to.
const fn covers_once<G: Pool2dGeometry>() -> bool {
    let [_, height, width] = G::INPUT;
    let tiles = height.is_multiple_of(G::KERNEL[0]) && width.is_multiple_of(G::KERNEL[1]);
    tiles && G::STRIDE[0] == G::KERNEL[0] && G::STRIDE[1] == G::KERNEL[1]
}

#[inline(always)]
fn max_backward_lanes<T: Scalar, S: Simd, A: Activation<T>, G: Pool2dGeometry, const L: usize>(
    simd: S,
    input: &[T],
    before: Before<'_, T, A>,
    output: &[T],
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    let zero = T::splat(simd, T::ZERO);
    let infinity = T::splat(simd, T::from_f64(f64::INFINITY));
    for_each_window::<G>(
        #[inline(always)]
        |channel, row, column| {
            let target = output_index::<G>(channel, row, column) * L;
            for lane in (0..L).step_by(T::lanes::<S>()) {
                let maximum = load::<T, S>(from(output, target + lane));
                // Every number of a window that is NaN is less than that, and NaN is not.
                let maximum = T::select_equal(simd, maximum, maximum, maximum, infinity);
                let mut remaining = load::<T, S>(from(output_gradient, target + lane));
                for y in 0..G::KERNEL[0] {
                    for x in 0..G::KERNEL[1] {
                        let index = input_index::<G>(channel, row, column, [y, x]) * L + lane;
                        let value = load::<T, S>(from(input, index));
                        let given = T::select_greater(simd, maximum, value, zero, remaining);
                        let kept = load::<T, S>(from(before.kept, index));
                        let given = before.activation.gradient::<S>(simd, kept, given);
                        remaining = T::select_greater(simd, maximum, value, remaining, zero);
                        let place = from_mut(input_gradient, index);
                        let before = if covers_once::<G>() { zero } else { load::<T, S>(place) };
                        store::<T, S>(place, T::add_lanes(simd, before, given));
                    }
                }
            }
        },
    );
}

/// Spreads the gradient of each window evenly over its values.
#[inline]
pub(crate) fn mean_backward<T: Scalar, S: Simd, G: Pool2dGeometry, const L: usize>(
    simd: S,
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    input_gradient.fill(T::ZERO);
    in_lanes!(T, S, L, simd => mean_backward_lanes::<T, S, G, L>(simd, output_gradient, input_gradient));
}

#[inline(always)]
fn mean_backward_lanes<T: Scalar, S: Simd, G: Pool2dGeometry, const L: usize>(
    simd: S,
    output_gradient: &[T],
    input_gradient: &mut [T],
) {
    let share = T::splat(simd, share(G::KERNEL[0] * G::KERNEL[1]));
    for_each_window::<G>(
        #[inline(always)]
        |channel, row, column| {
            let source = output_index::<G>(channel, row, column) * L;
            for lane in (0..L).step_by(T::lanes::<S>()) {
                let given = T::mul_lanes(simd, load::<T, S>(from(output_gradient, source + lane)), share);
                for y in 0..G::KERNEL[0] {
                    for x in 0..G::KERNEL[1] {
                        let index = input_index::<G>(channel, row, column, [y, x]) * L + lane;
                        let place = from_mut(input_gradient, index);
                        let sum = T::add_lanes(simd, load::<T, S>(place), given);
                        store::<T, S>(place, sum);
                    }
                }
            }
        },
    );
}
