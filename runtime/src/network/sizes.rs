//! The sizes of a network as types.

use typenum::Unsigned;

use crate::Infer;

/// The sizes of a network as types of [`typenum`](crate::typenum), for bounds: between networks, or on what there is room for.
///
/// Every network without const parameters has them. One with const parameters has them where typenum has types for the
/// values of these and for the constants that it names: numbers up to 1024, and powers of 2 and 10.
///
/// ```
/// use castnet::typenum::{IsLessOrEqual, True, U64};
/// use castnet::{Sizes, network};
///
/// network! {
///     struct Actor<const OBSERVATION: usize> {
///         input: [OBSERVATION],
///         dense(4), tanh,
///         dense(2),
///     }
/// }
///
/// network! {
///     struct Critic {
///         input: [6],
///         dense(1),
///     }
/// }
///
/// /// What a critic judges is what an actor sees, and an actor fits a small machine.
/// fn deploy<A, C>()
/// where
///     A: Sizes<ParameterCount: IsLessOrEqual<U64, Output = True>>,
///     C: Sizes<InputLen = A::InputLen>,
/// {
/// }
/// deploy::<Actor<6>, Critic>();
/// ```
pub trait Sizes: Infer {
    /// [`INPUT_LEN`](Infer::INPUT_LEN) as a type.
    type InputLen: Unsigned;
    /// [`OUTPUT_LEN`](Infer::OUTPUT_LEN) as a type.
    type OutputLen: Unsigned;
    /// [`PARAMETER_COUNT`](crate::Parameters::PARAMETER_COUNT) as a type.
    type ParameterCount: Unsigned;
}
