//! What stands between a layer of the user's own and a pass.

use pulp::Simd;
use rand::Rng;

use super::{Backward, Context, Forward, Layer, Reads, Saved};
use crate::{Pass, Scalar};

/// A layer that is declared by `layer(..)`.
///
/// It hides [`Pass::overwrite`] from a layer that does not heed it, because such a layer may call others that do, and
/// more than one of them for the same gradient.
#[derive(Clone, Copy, Debug)]
pub struct OwnLayer<Y>(pub Y);

impl<T: Scalar, Y: Layer<T>> Layer<T> for OwnLayer<Y> {
    const INPUT: usize = Y::INPUT;
    const OUTPUT: usize = Y::OUTPUT;
    const PARAMETERS: usize = Y::PARAMETERS;
    const READS: Reads = Y::READS;
    const SAVED: Saved = Y::SAVED;
    const OVERWRITES: bool = Y::OVERWRITES;
    const MULTIPLY_ADDS: u64 = Y::MULTIPLY_ADDS;

    #[inline(always)]
    fn forward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Forward<'_, T>) {
        self.0.forward::<S, L>(at, io);
    }

    #[inline(always)]
    fn backward<S: Simd, const L: usize>(self, at: Context<'_, S>, io: Backward<'_, T>) {
        let pass = &Pass { overwrite: at.pass.overwrite && Y::OVERWRITES, ..*at.pass };
        self.0.backward::<S, L>(Context { pass, ..at }, io);
    }

    fn initialize<R: Rng + ?Sized>(self, rng: &mut R, parameters: &mut [T]) {
        self.0.initialize(rng, parameters);
    }
}
