//! Which layer reads what.
//!
//! Every layer makes a value, and value 0 is the network's input; where ways through the network part, a value has
//! several consumers. A layer that does nothing makes no value: its output is its input.

use super::layer::PlannedLayer;
use crate::checked::Producer;
use crate::layers::Action;

/// Values by number: 0 is the input.
pub struct Graph {
    /// What each layer reads.
    pub inputs: Vec<Vec<usize>>,
    /// What each layer makes, or passes on.
    pub outputs: Vec<usize>,
    /// The layers that read each value, in the order of their computation. One that adds a value to itself counts twice.
    pub consumers: Vec<Vec<usize>>,
    /// The values a part of which is read where it stands, and those parts: nobody may work where they are.
    pub is_viewed: Vec<bool>,
}

/// The input.
pub const INPUT: usize = 0;

impl Graph {
    pub fn new(layers: &[PlannedLayer], does_nothing: impl Fn(&PlannedLayer) -> bool) -> Self {
        let values = layers.len() + 1;
        let mut graph = Self {
            inputs: Vec::new(),
            outputs: Vec::new(),
            consumers: vec![Vec::new(); values],
            is_viewed: vec![false; values],
        };
        for (index, layer) in layers.iter().enumerate() {
            let value = |producer: &Producer| match *producer {
                Producer::Input => INPUT,
                Producer::Layer(layer) => graph.outputs[layer],
            };
            let inputs: Vec<usize> = layer.producers.iter().map(value).collect();
            let passed_on = inputs.first().copied().filter(|_| does_nothing(layer));
            if passed_on.is_none() {
                inputs.iter().for_each(|&value| graph.consumers[value].push(index));
            }
            let output = passed_on.unwrap_or(index + 1);
            if layer.part.action == Action::Slice {
                inputs.iter().chain([&output]).for_each(|&value| graph.is_viewed[value] = true);
            }
            graph.outputs.push(output);
            graph.inputs.push(inputs);
        }
        graph
    }

    /// The value that is the network's output.
    pub fn output(&self) -> usize {
        self.outputs.last().copied().unwrap_or(INPUT)
    }

    /// Whether one layer alone reads the value.
    pub fn has_one_consumer(&self, value: usize) -> bool {
        self.consumers[value].len() == 1
    }

    /// Whether `layer` is the last one that reads the value, and reads it once.
    pub fn is_last_consumer(&self, layer: usize, value: usize) -> bool {
        let mut readers = self.consumers[value].iter().rev();
        readers.next() == Some(&layer) && readers.next() != Some(&layer)
    }

    /// For each value, whether some layer on the way to it satisfies `is`.
    pub fn is_behind(&self, is: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut behind = vec![false; self.consumers.len()];
        for (layer, inputs) in self.inputs.iter().enumerate() {
            let output = self.outputs[layer];
            behind[output] = behind[output] || is(layer) || inputs.iter().any(|&input| behind[input]);
        }
        behind
    }
}
