//! What can be wrong with weights.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use castnet_safetensors::{Dtype, Fault};

use crate::Shape;

/// Weights that cannot be taken. The network is as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// No safetensors file, or a damaged one.
    #[error(transparent)]
    Format(#[from] Fault),
    /// A file of other tensors than the network's.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A number that the network's type cannot hold.
    #[error(
        "`{name}` has {value:e}, which is beyond what the network's numbers can hold: \
         correct the file, or declare the network on `f64`"
    )]
    Range {
        /// The tensor, as in the file.
        name: String,
        /// The number.
        value: f64,
    },
    /// A network of `flatten` in the order of Keras.
    #[error(
        "`{layer}` flattens an image of {image}, which Keras does position by position: say which layer reads it, with \
         `.flattened(\"..\", &{image})` for its name"
    )]
    Flattened {
        /// The layer that flattens.
        layer: &'static str,
        /// The shape of the image; `[]` if it is not known.
        image: Shape,
    },
    /// A flattened image that no layer of that name reads, or that is not said to be of a file of Keras.
    #[error(
        "`.flattened(\"{layer}\", &{image})` is about no layer of the network that reads as many features, or the file is not \
         said to be of `.keras()`: correct the name of the layer or the shape"
    )]
    Image {
        /// The name.
        layer: String,
        /// The shape of the image.
        image: Shape,
    },
}

/// All that does not fit between the tensors of a file and a network.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The name of the network.
    pub network: &'static str,
    /// What does not fit: first what is of the network, in its order, then what is left over, in the file's order. Of the
    /// latter, the first five hundred.
    pub misfits: Vec<Misfit>,
    /// How many more are left over.
    pub more: usize,
}

/// A tensor that does not fit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Misfit {
    /// The network has it, the file does not.
    Missing {
        /// Its name, as it should be in the file.
        name: String,
        /// Its shape.
        shape: Shape,
    },
    /// The file has it, the network does not.
    LeftOver {
        /// Its name in the file.
        name: String,
        /// Its shape.
        shape: Shape,
    },
    /// It has another shape.
    Shape {
        /// Its name in the file.
        name: String,
        /// Its shape in the file.
        found: Shape,
        /// Its shape in the network, as the file should have it.
        expected: Shape,
    },
    /// It has numbers of another type.
    Type {
        /// Its name in the file.
        name: String,
        /// The type in the file.
        found: Dtype,
        /// The network's.
        expected: Dtype,
    },
    /// The file has it twice.
    Twice {
        /// The second name in the file.
        name: String,
    },
}

impl Display for Misfit {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, shape } => write!(formatter, "`{name}` {shape} is missing"),
            Self::LeftOver { name, shape } => write!(formatter, "`{name}` {shape} is left over"),
            Self::Shape { name, found, expected } => {
                write!(formatter, "`{name}` is {found} in the file, {expected} in the network")
            }
            Self::Type { name, found, expected } => {
                write!(formatter, "`{name}` is of {found} in the file, of {expected} in the network")
            }
            Self::Twice { name } => write!(formatter, "`{name}` is there twice"),
        }
    }
}

impl Display for Mismatch {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "the file does not fit `{}`:", self.network)?;
        for misfit in &self.misfits {
            write!(formatter, "\n  {misfit}")?;
        }
        if self.more > 0 {
            write!(formatter, "\n  and {} more are left over", self.more)?;
        }
        let mut helps = Vec::new();
        if let Some((from, to)) = self.other_name() {
            helps.push(format!("`.rename(\"{from}\", \"{to}\")` gives a tensor its name in the network"));
        }
        let has = |is: fn(&Misfit) -> bool| self.misfits.iter().any(is);
        if has(|misfit| matches!(misfit, Misfit::Type { found, .. } if found.is_convertible())) {
            helps.push("`.convert()` converts numbers of another type".into());
        }
        if has(|misfit| matches!(misfit, Misfit::Missing { .. })) {
            helps.push("`.allow_missing(..)` leaves as they are those that may be missing".into());
        }
        if has(|misfit| matches!(misfit, Misfit::LeftOver { .. })) {
            helps.push("`.ignore(..)` passes over those that may be left over".into());
        }
        if has(|misfit| matches!(misfit, Misfit::LeftOver { name, .. } if name.ends_with("kernel"))) {
            helps.push("`.keras()` reads the names and the order of Keras".into());
        }
        if helps.is_empty() {
            helps.push("take the file of this network, or declare the network of this file".into());
        }
        write!(formatter, "\nhelp: {}", helps.join("\nhelp: "))
    }
}

impl Mismatch {
    /// The layers of the first tensor that is missing and of the only one left over that could be it, by its shape and the
    /// end of its name.
    fn other_name(&self) -> Option<(&str, &str)> {
        self.misfits.iter().find_map(|misfit| {
            let Misfit::Missing { name: to, shape } = misfit else { return None };
            let (to, field) = to.rsplit_once('.')?;
            let mut others = self.misfits.iter().filter_map(|misfit| match misfit {
                Misfit::LeftOver { name, shape: found } if found == shape => {
                    name.rsplit_once('.').filter(|(_, end)| *end == field).map(|(from, _)| from)
                }
                _ => None,
            });
            let from = others.next()?;
            others.next().is_none().then_some((from, to))
        })
    }
}

impl core::error::Error for Mismatch {}
