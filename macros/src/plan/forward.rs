//! Where each value lives in training, and the steps that compute it.
//!
//! A layer that moves values has a buffer of its own. One that works in place does so in the buffer before it, unless
//! somebody still needs what stands there: the layer that wrote it, for its backward pass, or the user, whose input it
//! is. Then the values are copied to a buffer of their own first.

use proc_macro2::{Ident, Span};

use super::layer::PlannedLayer;
use crate::layers::Action;
use crate::size::Size;

/// The trace's buffers and the steps by stage.
pub struct ForwardPlan {
    /// The first one is the input.
    pub buffers: Vec<Buffer>,
    pub stages: Vec<Vec<ForwardStep>>,
    /// Per layer the buffers that it reads and writes, by index.
    pub places: Vec<[usize; 2]>,
}

/// A field of the trace.
pub struct Buffer {
    pub name: Ident,
    /// Values of one sample.
    pub values: Size,
    /// For documentation.
    pub meaning: String,
}

/// Layers and buffers by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardStep {
    Move {
        layer: usize,
        input: usize,
        output: usize,
    },
    InPlace {
        layer: usize,
        buffer: usize,
    },
    Copy {
        from: usize,
        to: usize,
    },
    /// Statistics of one lane group, at the end of a stage.
    Collect {
        layer: usize,
        input: usize,
    },
    /// What the statistics were collected for, at the beginning of the next.
    Batch {
        layer: usize,
        input: usize,
        output: usize,
    },
}

impl ForwardPlan {
    /// The buffer of the network's output.
    pub fn output(&self) -> &Buffer {
        let last = self.places.last().map_or(0, |[_, output]| *output);
        &self.buffers[last]
    }
}

pub fn plan(input: &[Size], layers: &[PlannedLayer]) -> ForwardPlan {
    let mut walk = Walk::new(input);
    for (index, layer) in layers.iter().enumerate() {
        walk.layer(index, layer);
    }
    ForwardPlan { buffers: walk.buffers, stages: walk.stages, places: walk.places }
}

struct Walk {
    buffers: Vec<Buffer>,
    stages: Vec<Vec<ForwardStep>>,
    places: Vec<[usize; 2]>,
    current: usize,
    /// Whether the values in the current buffer must stay.
    is_needed: bool,
}

impl Walk {
    fn new(input: &[Size]) -> Self {
        let name = Ident::new("input", Span::call_site());
        let meaning = format!("The samples, `{}`", crate::shape::list(input));
        let input = Buffer { name, values: Size::product(input), meaning };
        Self { buffers: vec![input], stages: vec![Vec::new()], places: Vec::new(), current: 0, is_needed: true }
    }

    fn layer(&mut self, index: usize, layer: &PlannedLayer) {
        let input = self.current;
        match &layer.action {
            Action::Move { needs_output, .. } => {
                let output = self.buffer(layer);
                self.step(ForwardStep::Move { layer: index, input, output });
                self.is_needed = *needs_output;
            }
            Action::InPlace { needs_output, .. } => {
                if self.is_needed {
                    let to = self.buffer(layer);
                    self.step(ForwardStep::Copy { from: input, to });
                }
                self.step(ForwardStep::InPlace { layer: index, buffer: self.current });
                self.is_needed = *needs_output;
            }
            Action::Batch { .. } => {
                let output = self.buffer(layer);
                self.step(ForwardStep::Collect { layer: index, input });
                self.stages.push(Vec::new());
                self.step(ForwardStep::Batch { layer: index, input, output });
                self.is_needed = false;
            }
            Action::Nothing => {}
        }
        self.places.push([input, self.current]);
    }

    /// A new buffer for the layer's output, which becomes the current one.
    fn buffer(&mut self, layer: &PlannedLayer) -> usize {
        let meaning = format!("Output of `{}`, `{}`", layer.text, crate::shape::list(&layer.output));
        self.buffers.push(Buffer { name: layer.name.clone(), values: layer.outputs(), meaning });
        self.current = self.buffers.len() - 1;
        self.current
    }

    fn step(&mut self, step: ForwardStep) {
        if let Some(stage) = self.stages.last_mut() {
            stage.push(step);
        }
    }
}
