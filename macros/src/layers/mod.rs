//! The layer kinds: one file each, with the same verbs.
//!
//! A rule reads the layer's arguments, checks them against the shape that comes in, and states the facts from which
//! everything else follows: what comes out, which parameters there are, and which call of the runtime does the work.
//! A new kind is a file here with a [`LayerRule`] and a line in [`RULES`].

mod activations;
mod avg_pool2d;
mod batch_norm;
mod blocks;
mod call;
mod conv2d;
mod dense;
mod dropout;
mod facts;
mod flatten;
mod initializers;
mod layer_norm;
mod max_pool2d;
mod own;
mod pooling;
mod prelu;
mod rule;
mod signature;
mod softmax;
mod window;

#[cfg(test)]
mod testing;

pub use blocks::{BLOCKS, braces};
pub use call::{Call, Surroundings, read_size, text};
pub use facts::{
    Action, AtInference, Facts, Fuses, GeometryConstant, Keeps, Output, Parameter, Part, Reads, Saved, Start, Value,
    View, WeightHint,
};
pub use initializers::Initializer;
use rule::LayerRule;

/// Every layer kind.
const RULES: &[&dyn LayerRule] = &[
    &dense::Dense,
    &conv2d::Conv2d,
    &max_pool2d::MaxPool2d,
    &avg_pool2d::AvgPool2d,
    &flatten::Flatten,
    &activations::RELU,
    &activations::LEAKY_RELU,
    &activations::GELU,
    &activations::SILU,
    &activations::SIGMOID,
    &activations::TANH,
    &prelu::PRelu,
    &softmax::Softmax,
    &dropout::Dropout,
    &batch_norm::BatchNorm,
    &layer_norm::LayerNorm,
    &own::Own,
];

/// The rule for a kind.
pub fn rule(kind: &str) -> Option<&'static dyn LayerRule> {
    RULES.iter().copied().find(|rule| rule.kind() == kind)
}

/// The names of all kinds.
pub fn kinds() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.kind()).collect()
}
