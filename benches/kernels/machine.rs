//! What the processor can do at best: the multiply-adds of one core, and the bandwidths of its memories.

use std::hint::black_box;
use std::time::Duration;

use castnet::bytemuck;
use castnet::pulp::{Arch, Simd, WithSimd};

use crate::timer;

const TIME: Duration = Duration::from_millis(60);

/// Sizes at which bandwidth is measured, in KiB: within L1, L2, L3 and memory of today's processors.
pub const SIZES: [usize; 5] = [16, 256, 768, 6 * 1024, 64 * 1024];

/// The best figures of this machine so far.
#[derive(Default)]
pub struct Machine {
    /// Multiply-adds count as two; per second.
    pub flops: f64,
    /// Bytes read per second, for each of [`SIZES`].
    pub read: [f64; SIZES.len()],
    /// Bytes read and bytes written per second where each number is changed in place.
    pub update: [f64; SIZES.len()],
}

impl Machine {
    /// Measures everything once more and keeps the better figures.
    pub fn measure(&mut self) {
        let seconds = timer::median(TIME, |count| {
            black_box(Arch::new().dispatch(MultiplyAdds(black_box(count))));
        });
        self.flops = self.flops.max(MultiplyAdds::flops() / seconds);
        for (index, kib) in SIZES.into_iter().enumerate() {
            let mut lines = vec![[1.0_f32; 64]; kib * 1024 / size_of::<[f32; 64]>()];
            let numbers = bytemuck::cast_slice_mut(&mut lines);
            let bytes = size_of_val(numbers) as f64;
            let seconds = timer::median(TIME, |count| Arch::new().dispatch(Read { numbers, count }));
            self.read[index] = self.read[index].max(bytes / seconds);
            let seconds = timer::median(TIME, |count| Arch::new().dispatch(Update { numbers, count }));
            self.update[index] = self.update[index].max(2.0 * bytes / seconds);
        }
    }

    /// The least time in which `read` bytes can be read and `updated` bytes be read and written again, if they take turns
    /// in the smallest memory that holds them all.
    pub fn memory_seconds(&self, read: usize, updated: usize) -> f64 {
        let level = SIZES.iter().position(|kib| read + updated <= kib * 1024).unwrap_or(SIZES.len() - 1);
        read as f64 / self.read[level] + 2.0 * updated as f64 / self.update[level]
    }
}

/// Twelve chains of multiply-adds, enough for two units with a latency of up to six cycles; a hundred links each per call.
struct MultiplyAdds(usize);

impl MultiplyAdds {
    const CHAINS: usize = 12;
    const LINKS: usize = 100;

    fn flops() -> f64 {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        (2 * Self::CHAINS * Self::LINKS * Arch::new().dispatch(Lanes)) as f64
    }
}

impl WithSimd for MultiplyAdds {
    type Output = f32;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (factor, term) = (simd.splat_f32s(0.999), simd.splat_f32s(0.001));
        let mut chains = [simd.splat_f32s(0.0); Self::CHAINS];
        for _ in 0..self.0 * Self::LINKS {
            for chain in &mut chains {
                *chain = simd.mul_add_f32s(*chain, factor, term);
            }
        }
        chains.into_iter().map(|chain| simd.reduce_sum_f32s(chain)).sum()
    }
}

/// Reads all numbers `count` times.
struct Read<'a> {
    numbers: &'a [f32],
    count: usize,
}

impl WithSimd for Read<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for _ in 0..self.count {
            let (vectors, _) = S::as_simd_f32s(black_box(self.numbers));
            let mut sums = [simd.splat_f32s(0.0); 4];
            for four in vectors.chunks_exact(4) {
                for (sum, vector) in sums.iter_mut().zip(four) {
                    *sum = simd.add_f32s(*sum, *vector);
                }
            }
            black_box(sums);
        }
    }
}

/// Changes all numbers `count` times.
struct Update<'a> {
    numbers: &'a mut [f32],
    count: usize,
}

impl WithSimd for Update<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let term = simd.splat_f32s(1.0);
        for _ in 0..self.count {
            let (vectors, _) = S::as_mut_simd_f32s(black_box(&mut *self.numbers));
            for four in vectors.chunks_exact_mut(4) {
                for vector in four {
                    *vector = simd.add_f32s(*vector, term);
                }
            }
        }
    }
}
