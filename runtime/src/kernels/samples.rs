//! From samples as they lie in memory, one after the other, to lanes: as they are, or through a dense layer.
//!
//! The dense layer's vector runs along its outputs. What has to be transposed are then the outputs, which are fewer than the
//! inputs.

use pulp::Simd;

use super::Activation;
use super::tile::{load_vectors, opaque};
use crate::Scalar;
use crate::kernels::transpose::{OCTET, transpose_octet};
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{Lanes, load, store};
use crate::simd::places::{from_mut, put};

/// Writes `real` samples side by side, up to `L`: feature `i` of sample `s`, which is `row(s)[i]`, to `lanes[i * L + s]`. The
/// other lanes become zero.
#[inline(always)]
pub(crate) fn side_by_side<'a, T: Scalar, S: Simd, const L: usize>(
    simd: S,
    real: usize,
    row: impl Fn(usize) -> &'a [T],
    lanes: &mut [T],
) {
    let columns = lanes.as_chunks_mut::<L>().0;
    vectorize(
        simd,
        #[inline(always)]
        || {
            let in_octets = if L.is_multiple_of(OCTET) { real - real % OCTET } else { 0 };
            for first in (0..in_octets).step_by(OCTET) {
                let mut rows: [&[T]; OCTET] = [&[]; OCTET];
                for r in 0..OCTET {
                    rows[r] = row(first + r);
                }
                let columns = &mut columns[..rows[0].len()];
                transpose_octet(
                    simd,
                    rows,
                    #[inline(always)]
                    |feature, values| columns[feature][first..][..OCTET].copy_from_slice(values),
                );
            }
            for sample in in_octets..real {
                for (column, &value) in columns.iter_mut().zip(row(sample)) {
                    put(column, sample, value);
                }
            }
            if real < L {
                for column in columns {
                    from_mut(column, real).fill(T::ZERO);
                }
            }
        },
    );
}

/// The numbers of a sample.
#[inline(always)]
pub(crate) fn row<T, R: AsRef<[T]>>(samples: &[R], sample: usize) -> &[T] {
    if cfg!(feature = "alloc") { samples[sample].as_ref() } else { samples.get(sample).map_or(&[], AsRef::as_ref) }
}

/// Whether it is worth it to read samples as they lie, by [`forward`]: there are much fewer outputs than inputs, and they
/// nearly fill whole tiles of vectors.
pub(crate) const fn reads_as_they_lie<T: Lanes, S: Simd>(lanes: usize, inputs: usize, outputs: usize) -> bool {
    let vector = size_of::<T::Vector<S>>() / size_of::<T>();
    let width = output_vectors::<T, S>(outputs) * vector;
    let computed = outputs.div_ceil(width) * width;
    lanes.is_multiple_of(OCTET)
        && vector > 1
        && outputs >= vector
        && inputs >= 2 * outputs
        && 8 * computed <= 9 * outputs
}

/// Vectors of outputs in a tile: two of eight samples, whose 16 sums hide the latency of a multiply-add, where there are 32
/// registers; of 16 registers, three of four samples.
const fn output_vectors<T: Lanes, S: Simd>(outputs: usize) -> usize {
    let vectors = outputs * size_of::<T>() / size_of::<T::Vector<S>>();
    let most = if S::REGISTER_COUNT >= 32 { 2 } else { 3 };
    if vectors >= most { most } else { 1 }
}

/// `output = activation(weight * sample + bias)` of each sample: `weight` is `OUT * IN`, `samples` `IN` for each of up to `L`,
/// `output` `OUT * L`. What is in the other lanes afterwards says nothing.
#[inline(always)]
pub(crate) fn forward<T: Scalar, S: Simd, A: Activation<T>, const L: usize, const IN: usize, const OUT: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    samples: &[T],
    output: &mut [T],
    activation: A,
) {
    vectorize(
        simd,
        #[inline(always)]
        || {
            if const { output_vectors::<T, S>(OUT) == 2 } {
                forward_octets::<T, S, A, L, IN, OUT, 8, 2>(simd, weight, bias, samples, output, activation)
            } else if const { output_vectors::<T, S>(OUT) == 3 } {
                forward_octets::<T, S, A, L, IN, OUT, 4, 3>(simd, weight, bias, samples, output, activation)
            } else {
                forward_octets::<T, S, A, L, IN, OUT, 8, 1>(simd, weight, bias, samples, output, activation)
            }
        },
    );
}

/// Most outputs of a tile: three vectors.
const MOST_OUTPUTS: usize = 48;

/// Tiles of `R` samples by `V` vectors of outputs, brought together to eight samples; the last overlaps the one before.
#[inline(always)]
fn forward_octets<
    T: Scalar,
    S: Simd,
    A: Activation<T>,
    const L: usize,
    const IN: usize,
    const OUT: usize,
    const R: usize,
    const V: usize,
>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    samples: &[T],
    output: &mut [T],
    activation: A,
) {
    let width = V * T::lanes::<S>();
    let mut block = [[T::ZERO; MOST_OUTPUTS]; OCTET];
    let real = samples.len() / IN;
    for first in (0..real).step_by(OCTET) {
        for start in (0..OUT).step_by(width).map(|start| start.min(OUT - width)) {
            for next in (0..OCTET).step_by(R) {
                let mut rows: [&[T]; R] = [&[]; R];
                for r in 0..R {
                    // The last sample again, where there are less than eight.
                    rows[r] = &samples[(first + next + r).min(real - 1) * IN..][..IN];
                }
                let sums = tile::<T, S, IN, OUT, R, V>(simd, &weight[start..], bias, &rows, start);
                for r in 0..R {
                    for v in 0..V {
                        let place = &mut block[next + r][v * T::lanes::<S>()..];
                        store::<T, S>(place, activation.value::<S>(simd, sums[r][v]));
                    }
                }
            }
            let mut rows: [&[T]; OCTET] = [&[]; OCTET];
            for r in 0..OCTET {
                rows[r] = &block[r][..width];
            }
            transpose_octet(
                simd,
                rows,
                #[inline(always)]
                |place, column| output[(start + place) * L + first..][..OCTET].copy_from_slice(column),
            );
        }
    }
}

/// The sums of `R` samples for `V` vectors of outputs from `start` on, which `weight` begins with.
#[inline(always)]
fn tile<T: Scalar, S: Simd, const IN: usize, const OUT: usize, const R: usize, const V: usize>(
    simd: S,
    weight: &[T],
    bias: Option<&[T]>,
    samples: &[&[T]; R],
    start: usize,
) -> [[T::Vector<S>; V]; R] {
    let width = V * T::lanes::<S>();
    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
    if let Some(bias) = bias {
        sums = [load_vectors::<T, S, V>(simd, &bias[start..]); R];
    }
    let weight = &weight[..(IN - 1) * OUT + width];
    let mut rows = *samples;
    for r in 0..R {
        rows[r] = &rows[r][..IN];
    }
    for i in 0..opaque(IN) {
        let column = &weight[i * OUT..][..width];
        let mut vectors = [T::splat(simd, T::ZERO); V];
        for v in 0..V {
            vectors[v] = load::<T, S>(&column[v * T::lanes::<S>()..]);
        }
        for r in 0..R {
            let x = T::splat(simd, rows[r][i]);
            for v in 0..V {
                sums[r][v] = T::mul_add_lanes(simd, vectors[v], x, sums[r][v]);
            }
        }
    }
    sums
}
