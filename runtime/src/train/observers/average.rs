//! Networks that follow another one.

use pulp::{Simd, WithSimd};

use crate::simd::dispatch::dispatch;
use crate::simd::lanes::zip_in_place;
use crate::{Parameters, Role, Scalar};

/// Moves the trainable parameters of `average` by `part` of the way to those of `network`; all else is copied. With a part of
/// 1 everything is.
pub(super) fn approach<N: Parameters>(average: &mut N, network: &N, part: f64) {
    let (average, now) = (average.parameters_mut(), network.parameters());
    for segment in N::SEGMENTS {
        let range = segment.offset..segment.offset + segment.len;
        let (average, now) = (&mut average[range.clone()], &now[range]);
        if part == 1.0 || segment.role != Role::Trainable {
            average.copy_from_slice(now);
        } else {
            dispatch::<1, _>(Approach { average, now, part: N::Scalar::from_f64(part) });
        }
    }
}

/// `average += part * (now - average)`.
struct Approach<'a, T> {
    average: &'a mut [T],
    now: &'a [T],
    part: T,
}

impl<T: Scalar> WithSimd for Approach<'_, T> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let part = T::splat(simd, self.part);
        zip_in_place(
            simd,
            self.average,
            self.now,
            #[inline(always)]
            |average, now| T::mul_add_lanes(simd, part, T::sub_lanes(simd, now, average), average),
        );
    }
}
