//! The choice of an instruction set, once per pass.

use pulp::{Arch, WithSimd};

/// Runs `operation` for the best instruction set of this processor whose vectors `LANES` samples fill.
///
/// The detection is a load and a comparison after the first call; a build for one processor (`-C target-cpu=native`)
/// has no choice left to make.
#[inline]
pub(crate) fn dispatch<const LANES: usize, O: WithSimd>(operation: O) -> O::Output {
    match Arch::new() {
        // Half-filled registers would waste more than AVX-512 gains.
        #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
        Arch::V4(simd) if LANES != 1 && !LANES.is_multiple_of(16) => pulp::Simd::vectorize(*simd, operation),
        arch => arch.dispatch(operation),
    }
}
