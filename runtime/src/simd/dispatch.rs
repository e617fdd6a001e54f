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
    (&simd as &dyn std::any::Any).downcast_ref::<pulp::x86::V4>().copied()
}

/// AVX2, if the instruction set has it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn avx2_of<S: Simd>(simd: S) -> Option<pulp::x86::V3> {
    #[cfg(feature = "avx512")]
    if let Some(simd) = half_of(simd) {
        return Some(simd);
    }
    (&simd as &dyn std::any::Any).downcast_ref::<pulp::x86::V3>().copied()
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Simd, WithSimd};

    use crate::Pass;
    use crate::layers::{Activations, Dense, Layer};

    type Odd = Dense<19, 13, true>;
    const LANES: usize = 16;

    /// Output, input gradient and gradient of a layer, on the instruction set that it is called for.
    struct Run<'a>(&'a [f32]);

    impl WithSimd for Run<'_> {
        type Output = Vec<f32>;
        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let count = <Odd as Layer<f32>>::PARAMETERS;
            let (parameters, input) = (&self.0[..count], &self.0[count..][..19 * LANES]);
            let (mut output, mut input_gradient) = (vec![0.0; 13 * LANES], vec![0.0; 19 * LANES]);
            let mut gradient = vec![0.0; count];
            let (layer, pass) = (Odd::new(), Pass::training(LANES));
            layer.forward::<S, LANES>(simd, &pass, parameters, input, &mut output);
            for value in &mut output {
                *value = value.tanh();
            }
            let (activations, mut output_gradient) = (Activations { input, output: &output }, output.clone());
            layer.backward::<S, LANES>(
                simd,
                &pass,
                parameters,
                activations,
                &mut output_gradient,
                Some(&mut input_gradient),
                Some(&mut gradient),
            );
            [output, input_gradient, gradient].concat()
        }
    }

    #[test]
    fn instruction_sets_agree() {
        let numbers: Vec<f32> = (0..2_000).map(|place| (place as f32 * 0.7).sin() * 0.5).collect();
        let expected = Arch::Scalar.dispatch(Run(&numbers));
        let mut others = vec![Arch::new().dispatch(Run(&numbers))];
        #[cfg(target_arch = "x86_64")]
        {
            others.extend(pulp::x86::V2::try_new().map(|simd| Simd::vectorize(simd, Run(&numbers))));
            others.extend(pulp::x86::V3::try_new().map(|simd| Simd::vectorize(simd, Run(&numbers))));
        }
        for other in others {
            for (a, b) in other.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-4, "{a}, expected {b}");
            }
        }
    }
}
