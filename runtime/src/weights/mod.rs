//! Weights in files: safetensors, with the names and the order of numbers of PyTorch.
//!
//! A network is saved and loaded with one line each, and PyTorch's `load_state_dict` takes what was saved, as this takes a
//! `state_dict`:
//!
//! ```
//! use castnet::prelude::*;
//! use rand::{SeedableRng, rngs::StdRng};
//!
//! network! {
//!     struct Controller {
//!         input: [3],
//!         hidden: dense(8), tanh,
//!         action: dense(2),
//!     }
//! }
//!
//! let controller = Controller::init(&mut StdRng::seed_from_u64(1));
//! # let folder = tempfile_folder();
//! # let path = folder.join("controller.safetensors");
//! controller.save(&path)?;
//! let loaded = Controller::load(&path)?;
//! assert_eq!(loaded.predict(&[0.1, 0.2, 0.3]), controller.predict(&[0.1, 0.2, 0.3]));
//! # std::fs::remove_file(&path)?;
//! # fn tempfile_folder() -> std::path::PathBuf { std::env::temp_dir() }
//! # Ok::<(), castnet::data::FileError>(())
//! ```
//!
//! In Python:
//!
//! ```python
//! from safetensors.torch import load_file, save_file
//! model.load_state_dict(load_file("controller.safetensors"))
//! save_file(model.state_dict(), "controller.safetensors")
//! ```
//!
//! [`Weights`] says what else may be in a file: other names, tensors that are missing or left over, numbers of another type,
//! the order of Keras. One error lists all that does not fit, and the network is as it was then.
//!
//! # What is in a file
//!
//! Every [`Segment`](crate::Segment) is a tensor, under the layer's name in the declaration and the field's, within blocks
//! `block1.conv1.weight`.
//!
//! | layer | tensors |
//! | --- | --- |
//! | dense | `weight` `[out, in]`, `bias` `[out]` |
//! | convolutions | `weight` `[out, in, height, width]`, `bias` `[out]` |
//! | batch norm | `weight`, `bias`, `running_mean`, `running_var`, all `[channels]` |
//! | layer norm | `weight`, `bias`, in the shape of a sample |
//! | prelu | `weight` `[slopes]` |
//! | a layer of your own | `parameters`, all in one |
//!
//! All are row by row, the last axis fastest. `num_batches_tracked`, which PyTorch's batch norm counts and does not use,
//! is passed over, and so is what a [checkpoint](crate::train::Checkpoint) has beside the network: names that begin with `castnet/`.
//!
//! # With serde
//!
//! The feature `serde` has networks implement `Serialize` and `Deserialize`, so that a network may be a part of something larger
//! in a format of your own. A network is a map from the names above to lists of numbers, in the same order; a name or a length
//! that is not the network's is an error. What an optimizer remembers ([`RuleState`](crate::optimizers::RuleState)) is its count
//! of steps and a map of such maps. A network on which you derive one of the traits yourself is left alone.
//!
//! # Files that cannot be trusted
//!
//! Whatever is in a file, reading it does not panic, and takes the memory of its header and that of the network, no matter
//! what sizes the header states. A network that is loaded from a stream of unknown length may take twice that for the
//! header.

mod error;
#[cfg(feature = "std")]
mod files;
mod layout;
mod load;
mod names;
mod numbers;
mod report;
mod safetensors;
mod save;
#[cfg(feature = "serde")]
#[path = "serde.rs"]
mod serde_format;
mod settings;
mod source;
#[cfg(feature = "std")]
mod stream;
mod transfer;

pub use castnet_safetensors::{Dtype, Fault};
pub use error::{Misfit, Mismatch, WeightsError};
pub(crate) use layout::Layout;
pub(crate) use names::Names;
pub(crate) use numbers::store;
pub use report::Report;
pub use safetensors::Safetensors;
pub(crate) use save::write_numbers;
#[cfg(feature = "serde")]
pub(crate) use serde_format::IntoNetwork;
#[cfg(feature = "serde")]
pub use serde_format::{deserialize, deserialize_boxed, serialize};
pub use settings::Weights;
pub(crate) use transfer::take_from;
