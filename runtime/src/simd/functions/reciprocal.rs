//! `1 / a` of a whole vector.

use pulp::Simd;

#[cfg(doc)]
use super::Functions;
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
use crate::simd::dispatch::avx512_of;

/// For `a` that is neither infinite nor near the ends of its range, as in [`Functions::reciprocal_lanes`].
///
/// AVX-512 estimates to 14 bits, which one step of Newton's method doubles; that leaves the divider to the square roots
/// of Adam, 12.0 against 16.3 cycles for 16 parameters. Elsewhere a division.
#[inline(always)]
pub(super) fn f32s<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
    #[cfg(all(target_arch = "x86_64", feature = "avx512"))]
    if let Some(avx512) = avx512_of(simd) {
        let estimate: S::f32s = bytemuck::cast(avx512.avx512f._mm512_rcp14_ps(bytemuck::cast(a)));
        let excess = simd.mul_add_e_f32s(simd.neg_f32s(estimate), a, simd.splat_f32s(2.0));
        return simd.mul_f32s(estimate, excess);
    }
    simd.div_f32s(simd.splat_f32s(1.0), a)
}

/// A division: networks in `f64` are checked rather than run.
#[inline(always)]
pub(super) fn f64s<S: Simd>(simd: S, a: S::f64s) -> S::f64s {
    simd.div_f64s(simd.splat_f64s(1.0), a)
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use crate::simd::Functions;
    use crate::simd::lanes::map_in_place;

    struct Reciprocals<'a, T>(&'a mut [T]);

    impl<T: Functions> pulp::WithSimd for Reciprocals<'_, T> {
        type Output = ();
        fn with_simd<S: pulp::Simd>(self, simd: S) {
            map_in_place(simd, self.0, |a| T::reciprocal_lanes(simd, a));
        }
    }

    #[test]
    fn reciprocals_are_within_two_units_in_the_last_place() {
        let numbers: Vec<f32> = (0..200_000).map(|place| 1e-20 * 1.000_46_f32.powi(place)).collect();
        assert!(numbers.iter().any(|&number| number > 1e18), "from 1e-20 to 1e18");
        for numbers in numbers.chunks(1_000).filter(|numbers| numbers[0] < 1e18) {
            let mut reciprocals = numbers.to_vec();
            Arch::new().dispatch(Reciprocals(&mut reciprocals));
            for (&number, &reciprocal) in numbers.iter().zip(&reciprocals) {
                let exact = 1.0 / f64::from(number);
                assert!((f64::from(reciprocal) / exact - 1.0).abs() < 2.4e-7, "1 / {number} = {reciprocal}");
            }
        }
        let mut quarter = [4.0_f64];
        Arch::new().dispatch(Reciprocals(&mut quarter));
        assert_eq!(quarter, [0.25]);
    }
}
