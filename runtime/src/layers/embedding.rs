//! Vectors that are learnt for tokens.

use pulp::Simd;

use super::{Backward, Context, Forward, Layer};
use crate::Scalar;

/// A vector of `UNITS` numbers for each of `LENGTH` tokens, which are whole numbers below `TOKENS`.
///
/// `y[c][l] = W[t[l]][c]`, with `t[l]` the token at place `l`. A token that is none gives NaN; samples with such are an error
/// where they are gathered for training.
///
/// # Shapes
///
/// The tokens are `[LENGTH]`, numbers of the network's scalar; what comes out is `[UNITS, LENGTH]`.
///
/// # Parameters
///
/// `W` is `UNITS x TOKENS`, stored column by column, a column for each token: PyTorch's `Embedding.weight` in the same order.
///
/// # Gradients
///
/// With `dy` the gradient of the loss in `y`: `dW[t]` is the sum of `dy[.][l]` over the places `l` with that token. There is
/// none in the tokens: their gradient is zero. The token of [`padding_index`](Self::padding_index) gives zeros and has no
/// gradient.
///
/// (Bengio, Ducharme, Vincent and Jauvin, *A Neural Probabilistic Language Model*, 2003, section 2.)
///
/// ```
/// use castnet::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Words {
///         input: tokens[5] < 1000,
///         embedding(16),
///         flatten,
///         dense(2),
///     }
/// }
///
/// let words = Words::init(&mut StdRng::seed_from_u64(1));
/// assert_eq!(words.embedding1.weight.shape(), (16, 1000));
/// let scores = words.predict(&castnet::data::tokens([3, 14, 15, 0, 0]));
/// assert!(scores.iter().all(|score| score.is_finite()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedding<const TOKENS: usize, const LENGTH: usize, const UNITS: usize> {
    /// A token that stands where there is none.
    pub padding_index: Option<usize>,
}

impl<const TOKENS: usize, const LENGTH: usize, const UNITS: usize> Embedding<TOKENS, LENGTH, UNITS> {
    /// The token that a number stands for, if it is one.
    #[inline(always)]
    fn token<T: Scalar>(number: T) -> Option<usize> {
        let number = number.to_f64();
        // What is negative or NaN becomes 0, which is another number.
        let token = number as usize;
        (token < TOKENS && token as f64 == number).then_some(token)
    }

    /// Where the vectors of one place begin in a lane group, and how far apart their numbers are.
    const fn stride<const L: usize>() -> usize {
        LENGTH * L
    }
}

impl<T: Scalar, const TOKENS: usize, const LENGTH: usize, const UNITS: usize> Layer<T>
    for Embedding<TOKENS, LENGTH, UNITS>
{
    const INPUT: usize = LENGTH;
    const OUTPUT: usize = UNITS * LENGTH;
    const PARAMETERS: usize = UNITS * TOKENS;
    const MULTIPLY_ADDS: u64 = (UNITS * LENGTH) as u64;

    #[inline]
    fn forward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Forward<'_, T>) {
        for (place, &number) in io.input.iter().enumerate() {
            let outputs = io.output[place..].iter_mut().step_by(Self::stride::<L>());
            match Self::token(number) {
                Some(token) if self.padding_index == Some(token) => outputs.for_each(|output| *output = T::ZERO),
                Some(token) => {
                    let vector = &io.parameters[token * UNITS..][..UNITS];
                    outputs.zip(vector).for_each(|(output, &value)| *output = value);
                }
                None => outputs.for_each(|output| *output = T::from_f64(f64::NAN)),
            }
        }
    }

    #[inline]
    fn backward<S: Simd, const L: usize>(self, _: Context<'_, S>, io: Backward<'_, T>) {
        if let Some(input_gradient) = io.input_gradient {
            input_gradient.fill(T::ZERO);
        }
        let Some(gradient) = io.gradient else { return };
        for (place, &number) in io.read.input.iter().enumerate() {
            let Some(token) = Self::token(number).filter(|&token| self.padding_index != Some(token)) else { continue };
            let slopes = io.output_gradient[place..].iter().step_by(Self::stride::<L>());
            let sums = &mut gradient[token * UNITS..][..UNITS];
            sums.iter_mut().zip(slopes).for_each(|(sum, &slope)| *sum += slope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pass;
    use crate::layers::{Activations, SavedNumbers};

    const LANES: usize = 2;
    type Words = Embedding<4, 3, 2>;

    fn forward(layer: Words, tokens: [f64; 3 * LANES]) -> [f64; 6 * LANES] {
        let mut output = [9.0; 6 * LANES];
        let parameters: [f64; 8] = core::array::from_fn(|place| 1.0 + place as f64);
        let io =
            Forward { parameters: &parameters, input: &tokens, output: &mut output, saved: SavedNumbers::default() };
        let pass = Pass::training(LANES);
        Layer::<f64>::forward::<_, LANES>(layer, Context::new(pulp::Scalar::new(), &pass, 0), io);
        output
    }

    #[test]
    fn a_token_is_its_vector() {
        // Sample 0 is 3, 1, 1 and sample 1 is 0, 2, 3.
        let output = forward(Words::default(), [3.0, 0.0, 1.0, 2.0, 1.0, 3.0]);
        assert_eq!(output, [7.0, 1.0, 3.0, 5.0, 3.0, 7.0, 8.0, 2.0, 4.0, 6.0, 4.0, 8.0]);
        let padded = forward(Words { padding_index: Some(1) }, [3.0, 0.0, 1.0, 2.0, 1.0, 3.0]);
        assert_eq!(padded, [7.0, 1.0, 0.0, 5.0, 0.0, 7.0, 8.0, 2.0, 0.0, 6.0, 0.0, 8.0]);
    }

    #[test]
    fn what_is_no_token_gives_nan() {
        for number in [-1.0, 4.0, 0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            let output = forward(Words::default(), [number, 0.0, 1.0, 2.0, 1.0, 3.0]);
            let is_nan: Vec<usize> = (0..output.len()).filter(|&place| output[place].is_nan()).collect();
            assert_eq!(is_nan, [0, 6], "{number}");
        }
        assert!(forward(Words::default(), [-0.0; 6]).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn the_gradient_adds_up_over_the_places_of_a_token() {
        let backward = |layer: Words| {
            let tokens = [3.0, 0.0, 1.0, 2.0, 1.0, 3.0];
            let mut slopes: [f64; 12] = core::array::from_fn(|place| f64::from(1_u32 << place));
            let (mut gradient, mut of_input) = ([0.5; 8], [7.0; 6]);
            let io = Backward {
                parameters: &[0.0; 8],
                read: Activations::of(layer, &tokens, &[]),
                saved: SavedNumbers::default(),
                output_gradient: &mut slopes,
                input_gradient: Some(&mut of_input),
                gradient: Some(&mut gradient),
            };
            let pass = Pass::training(LANES);
            Layer::<f64>::backward::<_, LANES>(layer, Context::new(pulp::Scalar::new(), &pass, 0), io);
            assert_eq!(of_input, [0.0; 6]);
            gradient.map(|value| value - 0.5)
        };
        // Token 1 stands at places 1 and 2 of sample 0, token 3 at place 0 of sample 0 and place 2 of sample 1.
        assert_eq!(backward(Words::default()), [2.0, 128.0, 20.0, 1280.0, 8.0, 512.0, 33.0, 2112.0]);
        assert_eq!(backward(Words { padding_index: Some(3) })[6..], [0.0, 0.0]);
    }
}
