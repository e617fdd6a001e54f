//! Inverted dropout.

use pulp::Simd;

use super::{Context, InPlace, Keeps};
use crate::random::scatter;
use crate::simd::dispatch::vectorize;
use crate::{Pass, Scalar};

/// In training, sets each value to zero with a probability and divides the others by the probability of staying; at
/// inference does nothing (Srivastava et al., *Dropout*, 2014, section 10, "inverted").
///
/// Which values fall is a function of (seed, step, sample, layer, feature) alone: neither the number of threads nor the
/// way a batch is cut into lane groups changes it, and the backward pass computes it again instead of storing it.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Probability that a value is dropped: `0 <= probability < 1`.
    pub probability: f64,
}

impl Dropout {
    /// Multiplies each value by its mask: zero, or one over the probability of staying.
    fn apply<T: Scalar, S: Simd, const L: usize>(self, at: Context<'_, S>, values: &mut [T]) {
        let Context { simd, pass, layer } = at;
        if !pass.training || self.probability == 0.0 {
            return;
        }
        let scale = T::from_f64(1.0 / (1.0 - self.probability));
        let threshold = (self.probability * 4_294_967_296.0) as u32;
        let keys: [u32; L] = core::array::from_fn(|lane| key(pass, lane, layer));
        vectorize(
            simd,
            #[inline(always)]
            || {
                for (feature, lanes) in values.chunks_exact_mut(L).enumerate() {
                    let offset = (feature as u32).wrapping_mul(0x9e37_79b9);
                    for (value, key) in lanes.iter_mut().zip(keys) {
                        let kept = mix(key.wrapping_add(offset)) >= threshold;
                        *value = if kept { *value * scale } else { T::ZERO };
                    }
                }
            },
        );
    }
}

/// The random key of one sample, step and layer. Lanes without a sample draw as the last one with one does.
fn key(pass: &Pass, lane: usize, layer: u32) -> u32 {
    let sample = pass.first_sample + lane.min(pass.real.saturating_sub(1)) as u64;
    let mixed =
        [pass.step, sample, u64::from(layer)].into_iter().fold(scatter(pass.seed), |key, part| scatter(key ^ part));
    (mixed >> 32) as u32
}

/// Scatters the bits of a counter: the finalizer of MurmurHash3 (Appleby, 2011).
#[inline(always)]
fn mix(mut bits: u32) -> u32 {
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}

impl<T: Scalar> InPlace<T> for Dropout {
    const KEEPS: Keeps = Keeps::Nothing;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, values: &mut [T], _kept: &mut [T]) {
        self.apply::<T, S, L>(at, values);
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, _kept: &[T], gradient: &mut [T]) {
        self.apply::<T, S, L>(at, gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const PASS: Pass = Pass { seed: 7, step: 3, ..Pass::training(4) };

    fn dropped(probability: f64, pass: &Pass) -> Vec<f64> {
        let mut values = vec![1.0; 4000];
        let at = Context::new(pulp::Scalar::new(), pass, 0);
        InPlace::<f64>::forward::<_, 4>(Dropout { probability }, at, &mut values, &mut []);
        values
    }

    #[test]
    fn gradients() {
        check::in_place(Dropout { probability: 0.4 });
    }

    #[test]
    fn keeps_the_mean() {
        let values = dropped(0.25, &PASS);
        let zeros = values.iter().filter(|&&value| value == 0.0).count();
        assert!((900..1100).contains(&zeros), "{zeros} of 4000 dropped");
        assert!(values.iter().all(|&value| value == 0.0 || value == 1.0 / 0.75));
    }

    #[test]
    fn does_nothing_at_inference() {
        assert!(dropped(0.5, &Pass::inference(4)).iter().all(|&value| value == 1.0));
    }

    #[test]
    fn depends_on_the_sample_and_not_on_its_lane() {
        let values = dropped(0.5, &PASS);
        let moved = dropped(0.5, &Pass { first_sample: 1, ..PASS });
        for (feature, next) in values.chunks(4).zip(moved.chunks(4)) {
            assert_eq!(feature[1..], next[..3]);
        }
        assert_ne!(values, dropped(0.5, &Pass { step: 4, ..PASS }));
        assert_ne!(values, dropped(0.5, &Pass { seed: 8, ..PASS }));
    }

    #[test]
    fn no_seed_has_the_masks_of_another() {
        use std::collections::BTreeSet;
        let masks = |seed| (0..64).map(move |step| key(&Pass { seed, step, ..PASS }, 0, 0)).collect::<BTreeSet<_>>();
        assert_eq!(masks(3).len(), 64);
        for seed in [0, 1, 2, 4, 7] {
            assert!(masks(3).is_disjoint(&masks(seed)), "seeds 3 and {seed}");
        }
        assert_ne!(key(&PASS, 0, 1), key(&PASS, 0, 2), "layers");
    }

    #[test]
    fn lanes_without_a_sample_draw_as_the_last_one_with_one() {
        let pass = Pass { real: 2, ..PASS };
        assert_eq!(key(&pass, 3, 0), key(&pass, 1, 0));
        assert_ne!(key(&pass, 1, 0), key(&pass, 0, 0));
    }
}
