//! Layers of the user's own.

use castnet::LayerInfo;

use super::graph::Graph;
use crate::proto::AttributeProto;

/// A layer of the user's own that is to be written: what is known of it, and the graph that it is added to.
pub struct OwnLayer<'a> {
    pub(super) layer: &'static LayerInfo,
    pub(super) type_name: &'static str,
    pub(super) input: &'a str,
    pub(super) input_shape: &'static [usize],
    pub(super) parameters: &'a [f32],
    pub(super) graph: &'a mut Graph,
}

impl OwnLayer<'_> {
    /// Its name, its output's shape, and the like.
    pub fn info(&self) -> &'static LayerInfo {
        self.layer
    }

    /// Its type, as it is written in the declaration: `Half::<3>`.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The name of the value that it reads.
    pub fn input(&self) -> &str {
        self.input
    }

    /// The shape of that in a sample, without the axis of the batch.
    pub fn input_shape(&self) -> &'static [usize] {
        self.input_shape
    }

    /// Its parameters.
    pub fn parameters(&self) -> &[f32] {
        self.parameters
    }

    /// Adds numbers that are there from the beginning, the last axis fastest, and returns the name of the value.
    pub fn constant(&mut self, name: &str, dims: &[usize], numbers: &[f32]) -> String {
        self.graph.floats(&format!("{}.{name}", self.layer.name), dims, numbers.iter().copied())
    }

    /// Adds a node that reads these values, and returns the name of the one that it makes. A value is made before it is read.
    pub fn node(&mut self, operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        self.graph.node(self.layer.name, operator, inputs, attributes)
    }
}
