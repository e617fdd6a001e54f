//! The layer kinds: one file each, with the same verbs.
//!
//! A rule reads the layer's arguments, checks them against the shape that comes in, and states the facts from which
//! everything else follows: what comes out, which parameters there are, and which call of the runtime does the work.
//! A new kind is a file here with a [`LayerRule`], or a row of the table of `activations`, and a word in [`FAMILIES`]:
//! `docs/adding.md` has the rest.

mod activations;
mod batch_norm;
mod blocks;
mod call;
mod convolution;
mod dense;
mod dropout;
mod embedding;
mod facts;
mod flatten;
mod initializers;
mod layer_norm;
mod own;
mod pooling;
mod prelu;
mod rule;
mod signature;
mod slice;
mod softmax;
mod window;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use crate::wording::list;

pub use blocks::{BLOCKS, braces};
pub use call::{Call, Surroundings, read_size, text};
pub use facts::{
    Action, AtInference, CausalWindow, Facts, Fuses, GeometryConstant, InStream, Keeps, Output, Parameter,
    ParameterKind, Part, Reads, Saved, Start, Value, View,
};
pub use initializers::Initializer;
use rule::LayerRule;

/// Kinds that belong together.
struct Family {
    /// What they are, for messages.
    name: &'static str,
    rules: &'static [&'static dyn LayerRule],
}

/// Every layer kind.
const FAMILIES: &[Family] = &[
    Family {
        name: "layers with weights",
        rules: &[&dense::Dense, &convolution::CONV1D, &convolution::CONV2D, &embedding::Embedding],
    },
    Family {
        name: "pooling and shapes",
        rules: &[
            &pooling::MAX_POOL1D,
            &pooling::MAX_POOL2D,
            &pooling::AVG_POOL1D,
            &pooling::AVG_POOL2D,
            &flatten::Flatten,
            &slice::Slice,
        ],
    },
    Family {
        name: "activations",
        rules: &[
            &activations::RELU,
            &activations::LEAKY_RELU,
            &prelu::PRelu,
            &activations::GELU,
            &activations::SILU,
            &activations::SIGMOID,
            &activations::TANH,
            &softmax::Softmax,
        ],
    },
    Family {
        name: "normalisation and noise",
        rules: &[&batch_norm::BatchNorm, &layer_norm::LayerNorm, &dropout::Dropout],
    },
    Family { name: "types of your own", rules: &[&own::Own] },
];

fn rules() -> impl Iterator<Item = &'static dyn LayerRule> {
    FAMILIES.iter().flat_map(|family| family.rules.iter().copied())
}

/// The rule for a kind.
pub fn rule(kind: &str) -> Option<&'static dyn LayerRule> {
    rules().find(|rule| rule.kind() == kind)
}

/// Every kind of layer and block, and its arguments.
#[cfg(test)]
pub fn signatures() -> Vec<signature::Signature> {
    rules().map(LayerRule::signature).chain(BLOCKS.iter().copied()).collect()
}

/// The names of all kinds.
pub fn kinds() -> Vec<&'static str> {
    rules().map(LayerRule::kind).collect()
}

/// All kinds of layers and blocks, a line for each family.
pub fn families() -> Vec<String> {
    let line = |name: &str, kinds: &[&str]| format!("{name}: {}", list(kinds));
    let layers = FAMILIES.iter().map(|family| {
        let kinds: Vec<&str> = family.rules.iter().map(|rule| rule.kind()).collect();
        line(family.name, &kinds)
    });
    let blocks: Vec<&str> = BLOCKS.iter().map(|block| block.kind).collect();
    layers.chain([line("blocks", &blocks)]).collect()
}
