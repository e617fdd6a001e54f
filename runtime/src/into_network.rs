//! What a network may be held by.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::Deref;

use crate::Parameters;

/// What becomes a pointer `P` to a network: a pointer itself (`&N`, `&mut N`, `Box<N>`, `Arc<N>`, `&'static N`), and a
/// reference to a `Box` or an `Arc`, so that `&network` and `&mut network` are right for what [`Parameters::init`] returns.
///
/// ```
/// use std::sync::Arc;
///
/// use castnet::{IntoNetwork, prelude::*};
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         dense(1),
///     }
/// }
///
/// fn parameters<'a, N: Network<Scalar = f32>>(network: impl IntoNetwork<&'a N>) -> &'a [f32] {
///     network.into_network().parameters()
/// }
///
/// let boxed = Line::init(&mut StdRng::seed_from_u64(1));
/// let shared = Arc::new(*boxed);
/// assert_eq!(parameters(&boxed), parameters(&*boxed));
/// assert_eq!(parameters(&shared), parameters(&boxed));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no pointer to a network",
    note = "a network is passed as `&network`, or in a `Box` or an `Arc` where it is to be kept"
)]
pub trait IntoNetwork<P> {
    /// The pointer.
    fn into_network(self) -> P;
}

impl<P: Deref<Target: Parameters>> IntoNetwork<P> for P {
    fn into_network(self) -> P {
        self
    }
}

impl<'a, N: Parameters> IntoNetwork<&'a N> for &'a Box<N> {
    fn into_network(self) -> &'a N {
        self
    }
}

impl<'a, N: Parameters> IntoNetwork<&'a mut N> for &'a mut Box<N> {
    fn into_network(self) -> &'a mut N {
        self
    }
}

impl<'a, N: Parameters> IntoNetwork<&'a N> for &'a Arc<N> {
    fn into_network(self) -> &'a N {
        self
    }
}
