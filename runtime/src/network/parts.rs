//! Inputs and outputs in parts with names, and what a loss looks at: all outputs of a network, or those of one of its heads.

use core::marker::PhantomData;

use bytemuck::Pod;

use super::{Infer, LayerInfo, Parameters};
use crate::simd::places::part;
use crate::{Error, Scalar};

/// One of several inputs: `input: { image: [1, 28, 28], speed: [3] }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputInfo {
    /// Its name.
    pub name: &'static str,
    /// Index of its first number in a sample.
    pub offset: usize,
    /// How many numbers it has.
    pub len: usize,
    /// `[features]`, `[channels, length]` or `[channels, height, width]`.
    pub shape: &'static [usize],
    /// Of tokens, `tokens[32] < 1000`: how many there are. Each number is a whole one below it.
    pub limit: Option<usize>,
}

/// Whether what should be tokens are some, in the real lanes of a lane group.
pub(crate) fn check_tokens<N: Infer, const L: usize>(real: usize, lanes: &[N::Scalar]) -> Result<(), Error> {
    for input in N::INPUTS {
        let Some(limit) = input.limit else { continue };
        let Some(tokens) = part(lanes, input.offset * L, input.len * L) else { continue };
        for sample in 0..real {
            let numbers = tokens.iter().skip(sample).step_by(L).map(|number| number.to_f64());
            for (place, value) in numbers.enumerate() {
                let is_one = value >= 0.0 && value < limit as f64 && value == (value as usize) as f64;
                if !is_one {
                    return Err(Error::NoSuchToken { sample, input: input.name, place, value, limit });
                }
            }
        }
    }
    Ok(())
}

/// A branch of the `concat` that ends a network: `concat { policy: { dense(4) }, value: { dense(1) } }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadInfo {
    /// Its name.
    pub name: &'static str,
    /// Index of its first number in an output.
    pub offset: usize,
    /// How many numbers it has.
    pub len: usize,
    /// `[features]`, `[channels, length]` or `[channels, height, width]`.
    pub shape: &'static [usize],
    /// Index in [`Infer::LAYERS`] of the last layer that changes numbers on their way here; at inference, dropout and
    /// flatten do not.
    pub last_layer: Option<usize>,
}

/// The last layer that changes what it is given: at inference dropout and flatten do not.
pub(crate) const fn last_to_change(layers: &[LayerInfo]) -> Option<&LayerInfo> {
    match layers {
        [] => None,
        [before @ .., last] if equals(last.kind, "dropout") || equals(last.kind, "flatten") => last_to_change(before),
        [.., last] => Some(last),
    }
}

pub(crate) const fn equals(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// Numbers that a loss compares with a target: the outputs of a network, or of one [`Head`] of it.
///
/// Every [`Infer`] is one. A loss for networks of all kinds is `impl<N: Outputs> Loss<N>`, so that it serves heads too.
pub trait Outputs {
    /// The number type.
    type Scalar: Scalar;
    /// The numbers of one sample.
    type Output: Pod + Send + Sync + AsRef<[Self::Scalar]> + AsMut<[Self::Scalar]>;

    /// How many numbers one sample has.
    const LEN: usize;
    /// The name of the network.
    const NETWORK: &'static str;
    /// The name of the head, if it is one.
    const HEAD: Option<&'static str>;
    /// The last layer that changes numbers on their way here; at inference, dropout and flatten do not.
    const LAST_LAYER: Option<&'static LayerInfo>;
}

impl<N: Infer> Outputs for N {
    type Scalar = N::Scalar;
    type Output = N::Output;

    const LEN: usize = N::OUTPUT_LEN;
    const NETWORK: &'static str = N::NAME;
    const HEAD: Option<&'static str> = None;
    const LAST_LAYER: Option<&'static LayerInfo> = last_to_change(N::LAYERS);
}

/// The outputs of whatever [`Predict`](crate::Predict)s arrays.
impl<T: Scalar, const LEN: usize> Outputs for [T; LEN] {
    type Scalar = T;
    type Output = Self;

    const LEN: usize = LEN;
    const NETWORK: &'static str = "the predictor";
    const HEAD: Option<&'static str> = None;
    const LAST_LAYER: Option<&'static LayerInfo> = None;
}

/// That a network has a head of number `I`, counted from 0: `network!` implements it for each branch of a `concat` that
/// ends the network, if all branches have names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no head of number {I}",
    label = "a network has a head for each branch of the `concat` that ends it, if all branches have names",
    note = "write for instance `concat {{ policy: {{ dense(4) }}, value: {{ dense(1) }} }}`, and as many losses as heads"
)]
pub trait HasHead<const I: usize>: Infer {
    /// The head's numbers for one sample: `[Scalar; LEN]`.
    type Numbers: Pod + Send + Sync + AsRef<[<Self as Parameters>::Scalar]> + AsMut<[<Self as Parameters>::Scalar]>;
}

/// The head of number `I` of the network `N`: no value, but what a loss is for.
///
/// ```
/// use castnet::{Head, Outputs, prelude::*};
///
/// network! {
///     struct Player {
///         input: [6],
///         dense(16), tanh,
///         concat { policy: { dense(4) }, value: { dense(1), tanh } },
///     }
/// }
///
/// assert_eq!((Head::<Player, 0>::LEN, Head::<Player, 1>::LEN), (4, 1));
/// assert_eq!(Head::<Player, 1>::HEAD, Some("value"));
/// assert_eq!(Head::<Player, 1>::LAST_LAYER.map(|layer| layer.kind), Some("tanh"));
/// assert_eq!((Player::HEADS[1].offset, Player::HEADS[1].len), (4, 1));
/// ```
pub struct Head<N, const I: usize>(PhantomData<N>);

impl<N: HasHead<I>, const I: usize> Outputs for Head<N, I> {
    type Scalar = <N as Parameters>::Scalar;
    type Output = N::Numbers;

    const LEN: usize = N::HEADS[I].len;
    const NETWORK: &'static str = N::NAME;
    const HEAD: Option<&'static str> = Some(N::HEADS[I].name);
    const LAST_LAYER: Option<&'static LayerInfo> = match N::HEADS[I].last_layer {
        Some(layer) => Some(&N::LAYERS[layer]),
        None => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Operation;
    use crate::{LayerPlace, Source};

    const fn layer(name: &'static str, kind: &'static str) -> LayerInfo {
        LayerInfo {
            name,
            kind,
            operation: Operation::Dense,
            inputs: &[Source::Input],
            output_shape: &[2],
            parameters: 0,
            receptive_field: &[],
            multiply_adds: 0,
            bytes: 8,
            place: LayerPlace::Output(0),
            state: 0,
        }
    }

    #[test]
    fn layers_that_change_nothing_are_passed_over() {
        let layers = [layer("dense1", "dense"), layer("relu1", "relu"), layer("dropout1", "dropout")];
        assert_eq!(last_to_change(&layers).map(|layer| layer.name), Some("relu1"));
        assert_eq!(last_to_change(&layers[..1]).map(|layer| layer.name), Some("dense1"));
        assert_eq!(last_to_change(&layers[2..]), None);
    }

    #[test]
    fn words_are_equal_as_a_whole() {
        assert!(equals("relu", "relu") && !equals("relu", "relu6") && !equals("relu6", "relu") && equals("", ""));
    }
}
