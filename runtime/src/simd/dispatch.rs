//! The choice of an instruction set, once per pass.

use pulp::{Arch, Simd, WithSimd};

/// Runs `operation` for the best instruction set of this processor whose vectors `LANES` samples fill.
///
/// The detection is a load and a comparison after the first call; a build for one processor (`-C target-cpu=native`)
/// has no choice left to make.
#[inline]
pub(crate) fn dispatch<const LANES: usize, O: WithSimd>(operation: O) -> O::Output {
    match Arch::new() {
        // Half-filled registers would waste more than AVX-512 gains.
        #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
        Arch::V4(simd) if LANES != 1 && !LANES.is_multiple_of(16) => Simd::vectorize(*simd, operation),
        #[cfg(target_arch = "x86_64")]
        Arch::Scalar => match pulp::x86::V2::try_new() {
            Some(simd) => Simd::vectorize(simd, operation),
            None => operation.with_simd(pulp::Scalar::new()),
        },
        arch => arch.dispatch(operation),
    }
}

/// Whether the instruction set multiplies and adds in one instruction; SSE does not, and pulp would call a function for
/// each lane. SSE is the one of x86 with 16 bytes in a register.
pub(crate) const fn has_multiply_add<S: Simd>() -> bool {
    !(cfg!(target_arch = "x86_64") && size_of::<S::f32s>() == 16)
}

/// Runs `work` compiled for the instruction set `S`.
///
/// [`Simd::vectorize`] names no kind of closure, so one that only borrows becomes an `FnMut`, which is then called
/// through a shim; the shim is compiled apart, without the instruction set, though the closure is marked
/// `#[inline(always)]`. Where `FnOnce` is asked for, the closure itself is called. A step of LeNet-5 is five times
/// faster for it.
#[inline(always)]
pub(crate) fn vectorize<S: Simd, R>(simd: S, work: impl FnOnce() -> R) -> R {
    simd.vectorize(work)
}

/// The instruction set with vectors of half the length, if there is one as fast: AVX2 for AVX-512.
///
/// The comparison of types is made by the compiler, here and below.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
#[inline(always)]
pub(crate) fn half_of<S: Simd>(simd: S) -> Option<pulp::x86::V3> {
    avx512_of(simd).map(|simd| *simd)
}

/// AVX-512, if that is the instruction set.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
#[inline(always)]
pub(crate) fn avx512_of<S: Simd>(simd: S) -> Option<pulp::x86::V4> {
    (&simd as &dyn core::any::Any).downcast_ref::<pulp::x86::V4>().copied()
}

/// AVX2, if the instruction set has it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn avx2_of<S: Simd>(simd: S) -> Option<pulp::x86::V3> {
    #[cfg(feature = "avx512")]
    if let Some(simd) = half_of(simd) {
        return Some(simd);
    }
    (&simd as &dyn core::any::Any).downcast_ref::<pulp::x86::V3>().copied()
}
