//! Where each value lives in training, and the steps that compute it.
//!
//! A layer that moves values has a buffer of its own. One that works in place does so in the buffer before it, unless
//! somebody still needs what stands there: the layer that wrote it, for its backward pass, another layer that reads it,
//! or the user, whose input it is. Then the values are copied to a buffer of their own first.

use proc_macro2::{Ident, Span};

use super::graph::{Graph, INPUT};
use super::layer::PlannedLayer;
use super::storage::{Region, Storages};
use crate::layers::{Action, Keeps};
use crate::size::Size;

/// The trace's buffers and the steps by stage.
pub struct ForwardPlan {
    /// Fields of the trace. The first one is the input.
    pub buffers: Vec<TraceField>,
    pub stages: Vec<Vec<ForwardStep>>,
    /// Per layer the storage that it writes.
    pub outputs: Vec<usize>,
    /// Per layer the storages that it reads.
    pub inputs: Vec<Vec<usize>>,
    storages: Storages,
    output: usize,
}

/// A field of the trace.
pub struct TraceField {
    pub name: Ident,
    /// Values of one sample.
    pub values: Size,
    /// For documentation.
    pub meaning: String,
}

/// Layers and storages by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardStep {
    Move {
        layer: usize,
        input: usize,
        output: usize,
        /// The layer that follows, if it is an activation that works in the same place.
        activation: Option<usize>,
    },
    InPlace {
        layer: usize,
        buffer: usize,
    },
    Copy {
        from: usize,
        to: usize,
    },
    /// To what stands there.
    Add {
        from: usize,
        to: usize,
    },
    /// Into the output of a `concat`, behind the branches before this one.
    Insert {
        layer: usize,
        branch: usize,
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
        /// As for a `Move`.
        activation: Option<usize>,
    },
}

impl ForwardPlan {
    /// The field of the trace that the network's output is in.
    pub fn output(&self) -> &TraceField {
        self.place(self.output).0
    }

    /// How many storages there are.
    #[cfg(test)]
    pub fn storages(&self) -> usize {
        self.storages.len()
    }

    /// The field of the trace that a storage is in, and where in it.
    pub fn place(&self, storage: usize) -> (&TraceField, Region<usize>) {
        let region = self.storages.region(storage);
        let place = self.storages.roots().position(|(root, _)| root == region.within);
        (&self.buffers[place.unwrap_or(0)], region)
    }
}

pub fn plan(input: &[Size], layers: &[PlannedLayer], graph: &Graph) -> ForwardPlan {
    let mut walk = ForwardWalk {
        layers,
        graph,
        storages: Storages::new(graph, Size::product(input)),
        stages: vec![Vec::new()],
        is_kept: vec![false; graph.consumers.len()],
        inputs: Vec::new(),
        outputs: Vec::new(),
    };
    for (index, layer) in layers.iter().enumerate() {
        walk.layer(index, layer);
    }
    let ForwardWalk { storages, stages, inputs, outputs, .. } = walk;
    let buffers = storages.roots().map(|(_, storage)| match storage.layer {
        Some(layer) => {
            let layer = &layers[layer];
            let meaning = format!("Output of `{}`, `{}`", layer.text, crate::shape::list(&layer.output));
            TraceField { name: layer.name.clone(), values: storage.values.clone(), meaning }
        }
        None => {
            let meaning = format!("The samples, `{}`", crate::shape::list(input));
            TraceField { name: Ident::new("input", Span::call_site()), values: storage.values.clone(), meaning }
        }
    });
    let output = storages.of(graph.output());
    ForwardPlan { buffers: buffers.collect(), stages, outputs, inputs, output, storages }
}

struct ForwardWalk<'a> {
    layers: &'a [PlannedLayer],
    graph: &'a Graph,
    storages: Storages,
    stages: Vec<Vec<ForwardStep>>,
    /// Whether a value must stay for the backward pass of the layer that made it.
    is_kept: Vec<bool>,
    inputs: Vec<Vec<usize>>,
    outputs: Vec<usize>,
}

impl ForwardWalk<'_> {
    fn layer(&mut self, index: usize, layer: &PlannedLayer) {
        let graph = self.graph;
        let inputs: Vec<usize> = graph.inputs[index].iter().map(|&value| self.storages.of(value)).collect();
        let input = inputs.first().copied().unwrap_or(0);
        match layer.part.action {
            Action::Move => {
                let output = self.create(index, layer);
                if layer.part.batch.is_some() {
                    self.step(ForwardStep::Collect { layer: index, input });
                    self.stages.push(Vec::new());
                    self.step(ForwardStep::Batch { layer: index, input, output, activation: None });
                } else {
                    self.step(ForwardStep::Move { layer: index, input, output, activation: None });
                }
                self.is_kept[graph.outputs[index]] = layer.part.reads.output;
            }
            Action::InPlace { .. } => {
                let buffer = self.reuse_or_copy(index, layer, 0);
                self.in_place(index, layer, buffer);
                self.is_kept[graph.outputs[index]] = layer.part.keeps == Keeps::Output;
            }
            Action::Add => self.add(index, layer, &inputs),
            Action::Concat => self.concat(index, layer, &inputs),
            Action::Slice => self.slice(index, layer, input),
            Action::Nothing => {}
        }
        self.inputs.push(inputs);
        self.outputs.push(self.storages.of(graph.outputs[index]));
    }

    /// Whether what a layer reads may be overwritten.
    fn is_free(&self, value: usize) -> bool {
        value != INPUT && !self.is_kept[value] && !self.graph.is_viewed[value] && self.graph.has_one_consumer(value)
    }

    fn create(&mut self, index: usize, layer: &PlannedLayer) -> usize {
        self.storages.create(self.graph, index, layer.outputs())
    }

    /// A storage for the output that already holds one of the inputs.
    fn reuse_or_copy(&mut self, index: usize, layer: &PlannedLayer, input: usize) -> usize {
        let value = self.graph.inputs[index][input];
        let from = self.storages.of(value);
        if self.is_free(value) {
            return self.storages.put(self.graph, index, from);
        }
        let to = self.create(index, layer);
        self.step(ForwardStep::Copy { from, to });
        to
    }

    /// An activation joins the step that has just written what it works on.
    fn in_place(&mut self, index: usize, layer: &PlannedLayer, buffer: usize) {
        let layers = self.layers;
        match self.stages.last_mut().and_then(|stage| stage.last_mut()) {
            Some(
                ForwardStep::Move { layer: before, output, activation, .. }
                | ForwardStep::Batch { layer: before, output, activation, .. },
            ) if layer.part.is_activation()
                && layers[*before].part.fuses.forward
                && *output == buffer
                && activation.is_none() =>
            {
                *activation = Some(index);
            }
            _ => self.step(ForwardStep::InPlace { layer: index, buffer }),
        }
    }

    /// Adds to the first branch that may be overwritten, or to a copy.
    fn add(&mut self, index: usize, layer: &PlannedLayer, inputs: &[usize]) {
        let values = &self.graph.inputs[index];
        let first = values.iter().position(|&value| self.is_free(value)).unwrap_or(0);
        let to = self.reuse_or_copy(index, layer, first);
        for (branch, &from) in inputs.iter().enumerate() {
            if branch != first {
                self.step(ForwardStep::Add { from, to });
            }
        }
    }

    /// Branches that are not in their place yet are copied there.
    fn concat(&mut self, index: usize, layer: &PlannedLayer, inputs: &[usize]) {
        let output = self.create(index, layer);
        let mut is_kept = false;
        for (branch, &value) in self.graph.inputs[index].iter().enumerate() {
            if self.storages.place(value, output, &layer.offset(branch)) {
                is_kept |= self.is_kept[value];
            } else {
                self.step(ForwardStep::Insert { layer: index, branch, from: inputs[branch], to: output });
            }
        }
        self.is_kept[self.graph.outputs[index]] = is_kept;
    }

    /// A part is read where it stands, but for the network's output, which has a place of its own.
    fn slice(&mut self, index: usize, layer: &PlannedLayer, input: usize) {
        let from = self.storages.view(self.graph, index, input, layer.part.before.clone(), layer.outputs());
        if self.graph.outputs[index] == self.graph.output() {
            let to = self.create(index, layer);
            self.step(ForwardStep::Copy { from, to });
        }
    }

    fn step(&mut self, step: ForwardStep) {
        if let Some(stage) = self.stages.last_mut() {
            stage.push(step);
        }
    }
}
