//! What a program that has networks needs most: `use castnet::prelude::*;`.
//!
//! [`network!`], and the traits that its networks have: [`Parameters`], [`Infer`] and [`Network`], with [`Trace`] for passes
//! by hand and [`Predict`] for what makes outputs otherwise.
//!
//! ```
//! use castnet::prelude::*;
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     struct Small {
//!         input: [3],
//!         dense(2),
//!     }
//! }
//!
//! let small = Small::init(&mut StdRng::seed_from_u64(1));
//! assert_eq!(small.predict(&[0.0; 3]), [0.0; 2]);
//! ```

pub use crate::network;
#[cfg(feature = "safetensors")]
pub use crate::weights::Safetensors;
pub use crate::{Infer, Network, Parameters, Predict, Stream, Trace};
