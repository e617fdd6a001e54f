//! What stands between a layer of the user's own and a pass.

use pulp::Simd;
use rand::Rng;

use super::{Activation, Activations, Layer};
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
    const OVERWRITES: bool = Y::OVERWRITES;

    #[inline(always)]
    fn forward<S: Simd, const L: usize>(self, simd: S, pass: &Pass, parameters: &[T], input: &[T], output: &mut [T]) {
        self.0.forward::<S, L>(simd, pass, parameters, input, output);
    }

    #[inline(always)]
    fn backward<S: Simd, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        activations: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        gradient: Option<&mut [T]>,
    ) {
        let pass = &Pass { overwrite: pass.overwrite && Y::OVERWRITES, ..*pass };
        self.0.backward::<S, L>(simd, pass, parameters, activations, output_gradient, input_gradient, gradient);
    }

    #[inline(always)]
    fn forward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        input: &[T],
        output: &mut [T],
        activation: A,
    ) {
        self.0.forward_activated::<S, A, L>(simd, pass, parameters, input, output, activation);
    }

    #[inline(always)]
    fn backward_activated<S: Simd, A: Activation<T>, const L: usize>(
        self,
        simd: S,
        pass: &Pass,
        parameters: &[T],
        activations: Activations<'_, T>,
        output_gradient: &mut [T],
        input_gradient: Option<&mut [T]>,
        gradient: Option<&mut [T]>,
        activation: A,
    ) {
        let pass = &Pass { overwrite: pass.overwrite && Y::OVERWRITES, ..*pass };
        self.0.backward_activated::<S, A, L>(
            simd,
            pass,
            parameters,
            activations,
            output_gradient,
            input_gradient,
            gradient,
            activation,
        );
    }

    fn initialize<R: Rng + ?Sized>(self, rng: &mut R, parameters: &mut [T]) {
        self.0.initialize(rng, parameters);
    }
}
