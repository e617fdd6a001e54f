//! The sums over the lanes of many vectors at once.
//!
//! One by one, each takes four shuffles and four additions, of which all but the first have less and less to add. Together,
//! a shuffle brings halves of two vectors side by side, and what is added is always a whole vector.

use pulp::Simd;

use crate::Scalar;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
use {super::dispatch::avx512_of, pulp::x86::V4};

/// Writes the sum over the lanes of each vector.
#[inline(always)]
pub(crate) fn sum_each<T: Scalar, S: Simd>(simd: S, vectors: &[T::Vector<S>], sums: &mut [T]) {
    let done = sum_together::<T, S>(simd, vectors, sums);
    for (&vector, sum) in vectors[done..].iter().zip(&mut sums[done..]) {
        *sum = T::sum_lanes(simd, vector);
    }
}

/// [`sum_each`] for as many vectors as it is worth it for; their number is returned.
#[cfg(not(all(target_arch = "x86_64", feature = "avx512")))]
#[inline(always)]
fn sum_together<T: Scalar, S: Simd>(_simd: S, _vectors: &[T::Vector<S>], _sums: &mut [T]) -> usize {
    0
}

/// [`sum_each`] for as many vectors as it is worth it for; their number is returned.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
#[inline(always)]
fn sum_together<T: Scalar, S: Simd>(simd: S, vectors: &[T::Vector<S>], sums: &mut [T]) -> usize {
    let Some(simd) = avx512_of(simd).filter(|_| size_of::<T>() == size_of::<f32>()) else { return 0 };
    let all = vectors.len();
    let (mut vectors, mut sums) = (vectors, sums);
    while vectors.len() >= SIXTEEN / 2 {
        let count = vectors.len().min(SIXTEEN);
        let mut some = [[0.0; SIXTEEN]; SIXTEEN];
        let found: &[f32] = bytemuck::cast_slice(T::as_scalars::<S>(&vectors[..count]));
        some.as_flattened_mut()[..found.len()].copy_from_slice(found);
        let totals = sum_sixteen(simd, some);
        sums[..count].copy_from_slice(&bytemuck::cast_slice(&totals)[..count]);
        (vectors, sums) = (&vectors[count..], &mut sums[count..]);
    }
    all - vectors.len()
}

/// Lanes of a vector of AVX-512 in `f32`.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
const SIXTEEN: usize = 16;

/// The sums of 16 vectors, in their order.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
#[inline(always)]
fn sum_sixteen(simd: V4, vectors: [[f32; SIXTEEN]; SIXTEEN]) -> [f32; SIXTEEN] {
    use core::arch::x86_64::__m512;
    let simd = simd.avx512f;
    let vectors: [__m512; SIXTEEN] = bytemuck::cast(vectors);
    let mut pairs = [simd._mm512_setzero_ps(); 8];
    for p in 0..8 {
        let (a, b) = (vectors[2 * p], vectors[2 * p + 1]);
        pairs[p] = simd._mm512_add_ps(simd._mm512_unpacklo_ps(a, b), simd._mm512_unpackhi_ps(a, b));
    }
    // In each quarter of a vector, the sums of four within that quarter.
    let mut fours = [simd._mm512_setzero_ps(); 4];
    for f in 0..4 {
        let (a, b) = (pairs[2 * f], pairs[2 * f + 1]);
        fours[f] = simd._mm512_add_ps(simd._mm512_shuffle_ps::<0x44>(a, b), simd._mm512_shuffle_ps::<0xee>(a, b));
    }
    let mut eights = [simd._mm512_setzero_ps(); 2];
    for e in 0..2 {
        let (a, b) = (fours[2 * e], fours[2 * e + 1]);
        let (low, high) = (simd._mm512_shuffle_f32x4::<0x44>(a, b), simd._mm512_shuffle_f32x4::<0xee>(a, b));
        eights[e] = simd._mm512_add_ps(low, high);
    }
    let [a, b] = eights;
    let (even, odd) = (simd._mm512_shuffle_f32x4::<0x88>(a, b), simd._mm512_shuffle_f32x4::<0xdd>(a, b));
    bytemuck::cast(simd._mm512_add_ps(even, odd))
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Simd, WithSimd};

    use super::sum_each;
    use crate::Scalar;
    use crate::simd::lanes::load;

    struct Sums<'a, T, const N: usize>(&'a [T]);

    impl<T: Scalar, const N: usize> WithSimd for Sums<'_, T, N> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            let (lanes, mut vectors) = (T::lanes::<S>(), [T::splat(simd, T::ZERO); N]);
            for (vector, values) in vectors.iter_mut().zip(self.0.chunks_exact(lanes)) {
                *vector = load::<T, S>(values);
            }
            let mut sums = [T::ZERO; N];
            sum_each(simd, &vectors, &mut sums);
            for (sum, values) in sums.iter().zip(self.0.chunks_exact(lanes)) {
                assert_eq!(sum.to_f64(), values.iter().map(|value| value.to_f64()).sum::<f64>());
            }
        }
    }

    fn check<T: Scalar, const N: usize>() {
        // Whole numbers, whose sums are exact in any order.
        let numbers: Vec<T> = (0..N * 16).map(|place| T::from_f64(((place * 37) % 101) as f64)).collect();
        Arch::new().dispatch(Sums::<T, N>(&numbers));
        Arch::Scalar.dispatch(Sums::<T, N>(&numbers));
    }

    #[test]
    fn each_vector_has_its_own_sum() {
        check::<f32, 1>();
        check::<f32, 7>();
        check::<f32, 8>();
        check::<f32, 16>();
        check::<f32, 24>();
        check::<f32, 33>();
        check::<f64, 24>();
    }
}
