//! What was taken from a file, or from another network.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use castnet_safetensors::Dtype;

use crate::Shape;

/// What was taken from a file, or from another network ([`Parameters::take_from`](crate::Parameters::take_from)), and what was
/// not.
///
/// ```
/// use castnet::prelude::*;
/// use castnet::weights::Weights;
/// use rand::{SeedableRng, rngs::StdRng};
///
/// network! {
///     struct Line {
///         input: [1],
///         first: dense(1),
///     }
/// }
///
/// let mut line = Line::init(&mut StdRng::seed_from_u64(1));
/// let file = line.to_safetensors();
/// let report = Weights::new().rename("first", "last").allow_missing("first").ignore("first").parse_into(&mut line, &file)?;
/// assert_eq!(report.to_string(), "0 tensors taken; kept as they were: first.weight, first.bias; ignored: first.weight, first.bias");
/// # Ok::<(), castnet::weights::WeightsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The segments that were taken, under their names in the network.
    pub taken: Vec<&'static str>,
    /// Those that were missing and could be: they are as they were. Those of a layer that another network has otherwise, too.
    pub kept: Vec<&'static str>,
    /// Those that another network has in another shape, that shape, and the one here: they are as they were. In a file that is
    /// an error.
    pub other_shapes: Vec<(&'static str, Shape, Shape)>,
    /// Those that were converted, and from what.
    pub converted: Vec<(&'static str, Dtype)>,
    /// Tensors of the file that were passed over, under their names in the file; the first five hundred. Of another network,
    /// the segments that have no counterpart here.
    pub ignored: Vec<String>,
    /// How many more were passed over.
    pub more_ignored: usize,
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} tensors taken", self.taken.len())?;
        if !self.converted.is_empty() {
            write!(formatter, ", {} of them converted", self.converted.len())?;
        }
        if !self.kept.is_empty() {
            write!(formatter, "; kept as they were: {}", self.kept.join(", "))?;
        }
        for (place, (name, there, here)) in self.other_shapes.iter().enumerate() {
            let before = if place == 0 { "; of another shape: " } else { ", " };
            write!(formatter, "{before}{name} ({there} instead of {here})")?;
        }
        if !self.ignored.is_empty() {
            write!(formatter, "; ignored: {}", self.ignored.join(", "))?;
        }
        if self.more_ignored > 0 {
            write!(formatter, " and {} more", self.more_ignored)?;
        }
        Ok(())
    }
}
