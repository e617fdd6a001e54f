//! From samples as they lie in memory, one after the other, to lanes: as they are, or through a dense layer.
//!
//! The dense layer's vector runs along its outputs. What has to be transposed are then the outputs, which are fewer than the
//! inputs.

use pulp::Simd;

use super::tile::{load_vectors, opaque};
use crate::Scalar;
use crate::kernels::Activation;
use crate::kernels::transpose::{OCTET, transpose_octet};
use crate::simd::dispatch::vectorize;
use crate::simd::lanes::{Lanes, load, store};

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
    let in_octets = if L.is_multiple_of(OCTET) { real - real % OCTET } else { 0 };
    vectorize(
        simd,
        #[inline(always)]
        || {
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
                    column[sample] = value;
                }
            }
            if real < L {
                for column in columns {
                    column[real..].fill(T::ZERO);
                }
            }
        },
    );
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

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;
    use crate::Pass;
    use crate::layers::{Dense, Layer, Sigmoid};

    /// Compares a layer's output for so many samples with that for lanes; tells whether it read the samples as they lay.
    struct Compare<T, const L: usize, const IN: usize, const OUT: usize>(usize, std::marker::PhantomData<T>);

    impl<T: Scalar, const L: usize, const IN: usize, const OUT: usize> WithSimd for Compare<T, L, IN, OUT> {
        type Output = bool;
        fn with_simd<S: Simd>(self, simd: S) -> bool {
            let (real, layer, pass) = (self.0, Dense::<IN, OUT, true>::new(), Pass::inference(L));
            let numbers: Vec<T> =
                (0..OUT * IN + OUT + IN * L).map(|place| T::from_f64((place as f64 * 0.7).sin() * 0.2)).collect();
            let (parameters, samples) = numbers.split_at(OUT * IN + OUT);
            let mut lanes = vec![T::ZERO; IN * L];
            for sample in 0..real {
                for feature in 0..IN {
                    lanes[feature * L + sample] = samples[sample * IN + feature];
                }
            }
            let (mut expected, mut output) = (vec![T::ZERO; OUT * L], vec![T::from_f64(f64::NAN); OUT * L]);
            layer.forward_activated::<S, _, L>(simd, &pass, parameters, &lanes, &mut expected, Sigmoid);
            let mut room = vec![T::from_f64(f64::NAN); IN * L];
            let samples = &samples[..real * IN];
            layer.forward_samples::<T, S, _, L>(simd, &pass, parameters, samples, &mut room, &mut output, Sigmoid);
            for (place, (found, expected)) in output.iter().zip(&expected).enumerate() {
                let difference = (found.to_f64() - expected.to_f64()).abs();
                assert!(place % L >= real || difference < 1e-5, "lane {}: {difference}", place % L);
            }
            room[0].to_f64().is_nan()
        }
    }

    fn compare<T: Scalar, const L: usize, const IN: usize, const OUT: usize>() -> bool {
        let mut reads_samples = false;
        for real in [1, 3, L / 2, L - 1, L].into_iter().filter(|&real| (1..=L).contains(&real)) {
            Arch::Scalar.dispatch(Compare::<T, L, IN, OUT>(real, std::marker::PhantomData));
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V3::try_new() {
                Simd::vectorize(simd, Compare::<T, L, IN, OUT>(real, std::marker::PhantomData));
            }
            reads_samples |= Arch::new().dispatch(Compare::<T, L, IN, OUT>(real, std::marker::PhantomData));
        }
        reads_samples
    }

    #[test]
    fn samples_as_they_lie_and_side_by_side_have_the_same_outputs() {
        let has_vectors = !matches!(Arch::new(), Arch::Scalar);
        assert_eq!(compare::<f32, 16, 200, 64>(), has_vectors);
        assert_eq!(compare::<f64, 32, 70, 32>(), has_vectors);
        // With some instruction sets.
        compare::<f32, 8, 70, 31>();
        compare::<f32, 16, 33, 16>();
        assert!(!compare::<f32, 16, 3, 16>(), "more outputs than inputs");
        assert!(!compare::<f32, 16, 40, 2>(), "few outputs");
        assert!(!compare::<f32, 1, 70, 32>(), "one lane");
    }
}
