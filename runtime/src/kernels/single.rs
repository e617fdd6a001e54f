//! Kernels for one sample (`L = 1`): with no other sample to fill a vector, it runs along the outputs.

pub(super) mod pooling;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
mod spread;

use pulp::Simd;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
use pulp::x86::V4;

use super::tile::{load_vectors, tile_rows, with_tile};
use super::{Activation, Before, Then};
use crate::Scalar;
use crate::kernels::geometry::{Conv2dGeometry, conv_axes};
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
use crate::simd::dispatch::avx512_of;
use crate::simd::dispatch::vectorize;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
use crate::simd::lanes::store;
use crate::simd::lanes::{Lanes, MOST_LANES, load, zip_in_place};
use crate::simd::places::{at, from, of_length, of_length_mut, part, put};

/// Vectors of outputs that one pass over the weights computes.
const VECTORS: usize = 8;

/// `output = activation(weight * input + bias)` for one sample.
#[inline(always)]
pub(super) fn dense_forward<T: Scalar, S: Simd, A: Activation<T>, const IN: usize, const OUT: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    vectorize(
        simd,
        #[inline(always)]
        || {
            let (Some(weight), Some(input)) = (of_length(weight, IN * OUT), of_length(input, IN)) else { return };
            let Some(output) = of_length_mut(output, OUT) else { return };
            #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
            if const { size_of::<T>() == size_of::<f32>() && OUT <= 8 }
                && let Some(simd) = avx512_of(simd)
            {
                return spread_forward::<T, A, OUT>(simd, weight, bias, input, output, then);
            }
            if OUT < T::lanes::<S>() {
                return narrow::<T, S, A, OUT>(simd, weight, bias, input, output, then);
            }
            with_tile!(vectors_at_once::<T, S>(OUT), 1, |R, V| {
                let _ = V;
                wide::<T, S, A, OUT, R>(simd, weight, bias, input, output, then)
            });
        },
    );
}

#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
#[inline(always)]
fn spread_forward<T: Scalar, A: Activation<T>, const OUT: usize>(
    simd: V4,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    let (weight, input) = (bytemuck::cast_slice(weight), bytemuck::cast_slice(input));
    let bias = bias.map(|bias| bytemuck::cast_slice(bias));
    let sums = spread::narrow::<OUT>(simd, weight, bias, input);
    let mut vector = [T::splat(simd, T::ZERO)];
    store::<f32, V4>(bytemuck::cast_slice_mut(T::as_scalars_mut::<V4>(&mut vector)), sums);
    then.store_part::<V4>(simd, &mut output[..OUT], vector[0]);
}

const fn vectors_at_once<T: Lanes, S: Simd>(outputs: usize) -> usize {
    let vectors = (outputs * size_of::<T>()).div_ceil(size_of::<T::Vector<S>>());
    if vectors == 0 { 1 } else { vectors.div_ceil(vectors.div_ceil(VECTORS)) }
}

/// Fewer outputs than lanes: every column is part of a vector, in eight chains of additions.
#[inline(always)]
fn narrow<T: Scalar, S: Simd, A: Activation<T>, const OUT: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    const CHAINS: usize = 8;
    let lanes = T::lanes::<S>();
    let mut sums = [T::splat(simd, T::ZERO); CHAINS];
    if let Some(bias) = bias {
        sums[0] = T::partial_load(simd, bias);
    }
    // The columns behind which there is a whole vector, in eights; the others are loaded in part.
    let whole = weight.len().saturating_sub(lanes) / OUT / CHAINS * CHAINS;
    let mut first = 0;
    while first < whole {
        let columns = part(weight, first * OUT, (CHAINS - 1) * OUT + lanes);
        let (Some(columns), Some(inputs)) = (columns, part(input, first, CHAINS)) else { return };
        for chain in 0..CHAINS {
            let column = load::<T, S>(&columns[chain * OUT..]);
            sums[chain] = T::mul_add_lanes(simd, column, T::splat(simd, inputs[chain]), sums[chain]);
        }
        first += CHAINS;
    }
    for (i, &x) in input.iter().enumerate().skip(whole) {
        let column = load_start::<T, S>(simd, from(weight, i * OUT));
        sums[0] = T::mul_add_lanes(simd, column, T::splat(simd, x), sums[0]);
    }
    let mut count = CHAINS;
    while count > 1 {
        count /= 2;
        for chain in 0..count {
            sums[chain] = T::add_lanes(simd, sums[chain], sums[chain + count]);
        }
    }
    then.store_part::<S>(simd, &mut output[..OUT], sums[0]);
}

/// A vector whose first lanes are the start of `slice`; what the others are does not matter, so that all but the last
/// columns of a matrix are loaded whole, with some of the next column.
#[inline(always)]
fn load_start<T: Scalar, S: Simd>(simd: S, slice: &[T]) -> T::Vector<S> {
    if slice.len() >= T::lanes::<S>() { load::<T, S>(slice) } else { T::partial_load(simd, slice) }
}

/// `N` vectors of outputs at a time; where `OUT` is no multiple of a vector the last one overlaps its neighbour.
#[inline(always)]
fn wide<T: Scalar, S: Simd, A: Activation<T>, const OUT: usize, const N: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    let lanes = T::lanes::<S>();
    for first in (0..OUT).step_by(N * lanes) {
        let mut starts = [0; N];
        for v in 0..N {
            starts[v] = (first + v * lanes).min(OUT - lanes);
        }
        // Two chains of additions hide the latency where few vectors do not, and there are registers for them.
        let has_two_chains = const { 2 * N + 2 <= S::REGISTER_COUNT };
        let mut odd = [T::splat(simd, T::ZERO); N];
        let mut even = odd;
        if let Some(bias) = bias {
            for v in 0..N {
                even[v] = load::<T, S>(from(bias, starts[v]));
            }
        }
        for (columns, inputs) in weight.chunks_exact(2 * OUT).zip(input.chunks_exact(2)) {
            let (first_column, second_column) = columns.split_at(OUT);
            add_column::<T, S, N>(simd, first_column, inputs[0], &starts, &mut even);
            let sums = if has_two_chains { &mut odd } else { &mut even };
            add_column::<T, S, N>(simd, second_column, inputs[1], &starts, sums);
        }
        if input.len() % 2 == 1 {
            let column = from(weight, (input.len() - 1) * OUT);
            add_column::<T, S, N>(simd, column, at(input, input.len() - 1), &starts, &mut even);
        }
        for v in 0..N {
            let sum = T::add_lanes(simd, even[v], odd[v]);
            then.store::<S, 1>(simd, output, starts[v], &[sum]);
        }
    }
}

/// `sums[v] += column[starts[v]..] * x`.
#[inline(always)]
fn add_column<T: Scalar, S: Simd, const N: usize>(
    simd: S,
    column: &[T],
    x: T,
    starts: &[usize; N],
    sums: &mut [T::Vector<S>; N],
) {
    let x = T::splat(simd, x);
    for v in 0..N {
        sums[v] = T::mul_add_lanes(simd, load::<T, S>(from(column, starts[v])), x, sums[v]);
    }
}

/// `input_gradient = weight^T * output_gradient`, times the derivative of the activation that the input comes from, for one
/// sample: one dot product per input.
#[inline(always)]
pub(super) fn dense_input_gradient<T: Scalar, S: Simd, A: Activation<T>, const OUT: usize>(
    simd: S,
    weight: &[T],
    output_gradient: &[T],
    before: Before<'_, T, A>,
    input_gradient: &mut [T],
) {
    vectorize(
        simd,
        #[inline(always)]
        || {
            for (column, gradient) in weight.chunks_exact(OUT).zip(&mut *input_gradient) {
                *gradient = dot::<T, S>(simd, column, output_gradient);
            }
            before.apply(simd, input_gradient);
        },
    );
}

/// `weight_gradient += output_gradient * input^T` and `bias_gradient += output_gradient` for one sample.
#[inline(always)]
pub(super) fn dense_weight_gradient<T: Scalar, S: Simd, const OUT: usize>(
    simd: S,
    input: &[T],
    output_gradient: &[T],
    weight_gradient: &mut [T],
    bias_gradient: Option<&mut [T]>,
) {
    vectorize(
        simd,
        #[inline(always)]
        || {
            for (column, &x) in weight_gradient.chunks_exact_mut(OUT).zip(input) {
                let x = T::splat(simd, x);
                zip_in_place::<T, S>(
                    simd,
                    column,
                    output_gradient,
                    #[inline(always)]
                    |sum, dy| T::mul_add_lanes(simd, dy, x, sum),
                );
            }
            if let Some(bias_gradient) = bias_gradient {
                zip_in_place::<T, S>(
                    simd,
                    bias_gradient,
                    output_gradient,
                    #[inline(always)]
                    |sum, dy| T::add_lanes(simd, sum, dy),
                );
            }
        },
    );
}

#[inline(always)]
fn dot<T: Scalar, S: Simd>(simd: S, a: &[T], b: &[T]) -> T {
    let (a, a_rest) = T::vectors::<S>(a);
    let (b, b_rest) = T::vectors::<S>(b);
    let mut sum = T::mul_lanes(simd, T::partial_load(simd, a_rest), T::partial_load(simd, b_rest));
    for (&a, &b) in a.iter().zip(b) {
        sum = T::mul_add_lanes(simd, a, b, sum);
    }
    T::sum_lanes(simd, sum)
}

/// Direct convolution of one sample. The vector runs along the filters or, where they would fill less than half of it and
/// a row of the output is as long, along that row.
#[inline(always)]
pub(super) fn conv_forward<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    vectorize(
        simd,
        #[inline(always)]
        || {
            if const { runs_along_rows::<T, S, G>() } {
                with_tile!(tile_rows::<S>(G::FILTERS, 2), 2, |R, V| {
                    conv_along_rows::<T, S, A, G, R, V>(simd, weight, bias, input, output, then)
                })
            } else {
                // Not the tile for 32 registers: the positions of one near the border are computed one by one.
                with_tile!(
                    tile_rows::<pulp::Scalar>(conv_axes::<G>()[1].output, filter_vectors::<T, S, G>()),
                    filter_vectors::<T, S, G>(),
                    |R, V| conv_rows::<T, S, A, G, R, V>(simd, weight, bias, input, output, then)
                )
            }
        },
    );
}

/// Neighbours in a row of the output must have neighbours under each tap.
const fn runs_along_rows<T: Lanes, S: Simd, G: Conv2dGeometry>() -> bool {
    let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
    let is_plain = G::STRIDE[1] == 1 && G::PADDING[2] == 0 && G::PADDING[3] == 0;
    is_plain && 2 * G::FILTERS <= lanes && conv_axes::<G>()[1].output >= lanes
}

/// `R` filters by `V` vectors of positions of a row at a time; the last vectors overlap those before them.
#[inline(always)]
fn conv_along_rows<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let [channels, height, width] = G::INPUT;
    let lanes = T::lanes::<S>();
    for row in 0..rows.output {
        let (first_kh, end_kh) = rows.taps(row);
        for column in (0..columns.output).step_by(V * lanes) {
            let mut starts = [0; V];
            for v in 0..V {
                starts[v] = (column + v * lanes).min(columns.output - lanes);
            }
            for first in (0..G::FILTERS).step_by(R).map(|first| first.min(G::FILTERS - R)) {
                let mut sums = [[T::splat(simd, T::ZERO); V]; R];
                if let Some(bias) = bias {
                    for r in 0..R {
                        sums[r] = [T::splat(simd, at(bias, first + r)); V];
                    }
                }
                for channel in 0..channels {
                    for kh in first_kh..end_kh {
                        let place = (channel * height + rows.position(row, kh)) * width;
                        let Some(inputs) = part(input, place, width) else { return };
                        for kw in 0..G::KERNEL[1] {
                            let tap = (channel * G::KERNEL[0] + kh) * G::KERNEL[1] + kw;
                            let Some(filters) = part(weight, tap * G::FILTERS + first, R) else { return };
                            let mut positions = [T::splat(simd, T::ZERO); V];
                            for v in 0..V {
                                positions[v] = load::<T, S>(from(inputs, starts[v] + kw * columns.dilation));
                            }
                            for r in 0..R {
                                let filter = T::splat(simd, filters[r]);
                                for v in 0..V {
                                    sums[r][v] = T::mul_add_lanes(simd, positions[v], filter, sums[r][v]);
                                }
                            }
                        }
                    }
                }
                for r in 0..R {
                    let start = ((first + r) * rows.output + row) * columns.output;
                    for v in 0..V {
                        then.store::<S, 1>(simd, output, start + starts[v], &[sums[r][v]]);
                    }
                }
            }
        }
    }
}

const fn filter_vectors<T: Lanes, S: Simd, G: Conv2dGeometry>() -> usize {
    if G::FILTERS * size_of::<T>() >= 2 * size_of::<T::Vector<S>>() { 2 } else { 1 }
}

#[inline(always)]
fn conv_rows<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let lanes = V * T::lanes::<S>();
    for row in 0..rows.output {
        for first in (0..columns.output).step_by(R).map(|first| first.min(columns.output - R)) {
            let taps = columns.taps(first);
            let alike = (1..R).all(|r| columns.taps(first + r) == taps);
            for filter in (0..G::FILTERS).step_by(lanes).map(|filter| filter.min(G::FILTERS.saturating_sub(lanes))) {
                if alike {
                    conv_tile::<T, S, A, G, R, V>(simd, weight, bias, input, output, then, [row, first, filter]);
                } else {
                    for column in first..first + R {
                        conv_tile::<T, S, A, G, 1, V>(simd, weight, bias, input, output, then, [row, column, filter]);
                    }
                }
            }
        }
    }
}

/// `R` positions of a row, whose windows lose the same taps to padding, by `V` vectors of filters.
#[inline(always)]
fn conv_tile<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    input: &[T],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
    [row, column, filter]: [usize; 3],
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let [channels, height, width] = G::INPUT;
    let (first_kh, end_kh) = rows.taps(row);
    let (first_kw, end_kw) = columns.taps(column);
    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
    if let Some(bias) = bias {
        sums = [load_filters::<T, S, G, V>(simd, bias, filter); R];
    }
    for channel in 0..channels {
        for kh in first_kh..end_kh {
            let Some(inputs) = part(input, (channel * height + rows.position(row, kh)) * width, width) else { return };
            for kw in first_kw..end_kw {
                let tap = (channel * G::KERNEL[0] + kh) * G::KERNEL[1] + kw;
                let filters = load_filters::<T, S, G, V>(simd, from(weight, tap * G::FILTERS), filter);
                let position = columns.position(column, kw);
                for r in 0..R {
                    let x = T::splat(simd, at(inputs, position + r * G::STRIDE[1]));
                    for v in 0..V {
                        sums[r][v] = T::mul_add_lanes(simd, filters[v], x, sums[r][v]);
                    }
                }
            }
        }
    }
    for r in 0..R {
        let position = row * columns.output + column + r;
        scatter_filters::<T, S, A, G, V>(simd, &sums[r], [filter, position], output, then);
    }
}

/// `V` vectors of filters from `filter` on; fewer filters than lanes are padded with anything.
#[inline(always)]
fn load_filters<T: Scalar, S: Simd, G: Conv2dGeometry, const V: usize>(
    simd: S,
    filters: &[T],
    filter: usize,
) -> [T::Vector<S>; V] {
    if G::FILTERS < T::lanes::<S>() {
        return [load_start::<T, S>(simd, filters); V];
    }
    load_vectors::<T, S, V>(simd, from(filters, filter))
}

/// Writes the activation of each lane to its filter's image, from `filter` on.
#[inline(always)]
fn scatter_filters<T: Scalar, S: Simd, A: Activation<T>, G: Conv2dGeometry, const V: usize>(
    simd: S,
    vectors: &[T::Vector<S>; V],
    [filter, position]: [usize; 2],
    output: &mut [T],
    then: &mut Then<'_, T, A>,
) {
    let [rows, columns] = const { conv_axes::<G>() };
    let (lanes, image) = (T::lanes::<S>(), rows.output * columns.output);
    for (v, &vector) in vectors.iter().enumerate() {
        then.scatter::<S>(
            simd,
            vector,
            output,
            #[inline(always)]
            |target, vector| {
                let mut values = [T::ZERO; MOST_LANES];
                T::partial_store(simd, &mut values[..lanes], vector);
                for (lane, &value) in values[..lanes.min(G::FILTERS)].iter().enumerate() {
                    put(target, (filter + v * lanes + lane) * image + position, value);
                }
            },
        );
    }
}
