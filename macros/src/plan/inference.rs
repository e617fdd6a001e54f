//! Inference keeps nothing: a storage needs room only from its first write to its last read, and the last one is the
//! output.

use proc_macro2::TokenStream;

use super::arena::{Arrangement, Need, arrange};
use super::graph::{Graph, INPUT};
use super::layer::PlannedLayer;
use super::storage::{Region, Storage, Storages};
use crate::layers::{Action, AtInference};
use crate::size::Size;

/// The workspace's buffers and the steps.
pub struct InferencePlan {
    pub steps: Vec<InferenceStep>,
    /// Whether the first step can read samples as they lie, and nothing else reads the input.
    pub reads_samples: bool,
    /// Values of one sample in each buffer.
    pub buffers: Vec<Size>,
    /// Per layer the storage that its output stands in.
    pub outputs: Vec<usize>,
    /// What the buffers have room for.
    #[cfg(test)]
    pub needs: Vec<Need>,
    /// Per storage that lies in no other what it is in, and behind how many values of one sample.
    places: Vec<(Place, Size)>,
    storages: Storages,
}

/// Where values stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Input,
    Output,
    /// The buffer of this number.
    Buffer(usize),
}

/// Layers and storages by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InferenceStep {
    Move {
        layer: usize,
        from: usize,
        to: usize,
        /// The layer that follows, if it is an activation that works in the same place.
        activation: Option<usize>,
    },
    InPlace {
        layer: usize,
        at: usize,
    },
    /// A layer that at inference works where the values stand.
    Replace {
        layer: usize,
        at: usize,
        /// As for a `Move`.
        activation: Option<usize>,
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
    /// A network that does nothing at inference.
    Pass,
}

impl InferencePlan {
    /// How many storages there are.
    #[cfg(test)]
    pub fn storages(&self) -> usize {
        self.storages.len()
    }

    /// Puts what a storage lies in at another offset.
    #[cfg(test)]
    pub fn misplace(&mut self, storage: usize, offset: Size) {
        let within = self.storages.region(storage).within;
        self.places[within].1 = offset;
    }

    pub fn region(&self, storage: usize) -> Region<Place> {
        let Region { within, offset, values } = self.storages.region(storage);
        let (place, before) = &self.places[within];
        Region { within: *place, offset: before.plus(&offset), values }
    }
}

pub fn plan(root: &TokenStream, scalar: &str, input: &[Size], layers: &[PlannedLayer]) -> InferencePlan {
    let graph = &Graph::new(layers, PlannedLayer::does_nothing_at_inference);
    let storages = Storages::new(graph, Size::product(input));
    let mut walk = InferenceWalk { layers, graph, storages, steps: Vec::new(), spans: vec![None] };
    for (index, layer) in layers.iter().enumerate().filter(|(_, layer)| !layer.does_nothing_at_inference()) {
        walk.layer(index, layer);
    }
    let output = walk.storages.of(graph.output());
    if output == 0 {
        walk.steps.push(InferenceStep::Pass);
    }
    let (needing, needs) = walk.needs(output);
    let Arrangement { buffers, places: found } = arrange(root, scalar, &needs);
    let mut places = vec![(Place::Input, Size::ZERO); walk.storages.len()];
    if output != 0 {
        places[output].0 = Place::Output;
    }
    for (storage, (buffer, offset)) in needing.into_iter().zip(found) {
        places[storage] = (Place::Buffer(buffer), offset);
    }
    let outputs = graph.outputs.iter().map(|&value| walk.storages.of(value)).collect();
    let reads_samples = |layer: usize| layers[layer].part.reads_samples;
    let reads_samples = matches!(walk.steps[..], [InferenceStep::Move { layer, from: 0, .. }, ..] if reads_samples(layer))
        && graph.has_one_consumer(INPUT);
    InferencePlan {
        steps: walk.steps,
        reads_samples,
        buffers,
        outputs,
        #[cfg(test)]
        needs,
        places,
        storages: walk.storages,
    }
}

struct InferenceWalk<'a> {
    layers: &'a [PlannedLayer],
    graph: &'a Graph,
    storages: Storages,
    steps: Vec<InferenceStep>,
    /// Per storage the first and the last layer that use it.
    spans: Vec<Option<[usize; 2]>>,
}

impl InferenceWalk<'_> {
    fn layer(&mut self, index: usize, layer: &PlannedLayer) {
        let inputs: Vec<usize> = self.graph.inputs[index].iter().map(|&value| self.storages.of(value)).collect();
        let from = inputs.first().copied().unwrap_or(0);
        match layer.part.action {
            Action::Move if layer.part.at_inference == AtInference::InPlace => {
                let at = self.reuse_or_copy(index, layer, 0);
                self.steps.push(InferenceStep::Replace { layer: index, at, activation: None });
            }
            Action::Move => {
                let to = self.create(index, layer);
                self.steps.push(InferenceStep::Move { layer: index, from, to, activation: None });
            }
            Action::InPlace { .. } => {
                let at = self.reuse_or_copy(index, layer, 0);
                self.in_place(index, layer, at);
            }
            Action::Add => self.add(index, layer, &inputs),
            Action::Concat => self.concat(index, layer, &inputs),
            Action::Slice => self.slice(index, layer, from),
            Action::Nothing => {}
        }
        let output = self.storages.of(self.graph.outputs[index]);
        for storage in inputs.into_iter().chain([output]) {
            self.use_until(storage, index);
        }
    }

    /// An activation joins the step that has just written what it works on.
    fn in_place(&mut self, index: usize, layer: &PlannedLayer, place: usize) {
        let can_join = |before: usize| layer.part.is_activation() && self.layers[before].part.fuses.forward;
        match self.steps.last_mut() {
            Some(InferenceStep::Move { layer: before, to: written, activation, .. })
                if can_join(*before) && *written == place && activation.is_none() =>
            {
                *activation = Some(index);
            }
            Some(InferenceStep::Replace { at: written, activation, .. })
                if layer.part.is_activation() && *written == place && activation.is_none() =>
            {
                *activation = Some(index);
            }
            _ => self.steps.push(InferenceStep::InPlace { layer: index, at: place }),
        }
    }

    fn create(&mut self, index: usize, layer: &PlannedLayer) -> usize {
        let storage = self.storages.create(self.graph, index, layer.outputs());
        self.spans.resize(self.storages.len(), Some([index, index]));
        storage
    }

    fn use_until(&mut self, storage: usize, index: usize) {
        if let Some([_, last]) = &mut self.spans[storage] {
            *last = (*last).max(index);
        }
    }

    /// A storage for the output that already holds one of the inputs. The network's input is the caller's.
    fn reuse_or_copy(&mut self, index: usize, layer: &PlannedLayer, input: usize) -> usize {
        let value = self.graph.inputs[index][input];
        let from = self.storages.of(value);
        if self.is_free(index, value) {
            return self.storages.put(self.graph, index, from);
        }
        let to = self.create(index, layer);
        self.steps.push(InferenceStep::Copy { from, to });
        to
    }

    fn is_free(&self, index: usize, value: usize) -> bool {
        value != INPUT && !self.graph.is_viewed[value] && self.graph.is_last_consumer(index, value)
    }

    fn add(&mut self, index: usize, layer: &PlannedLayer, inputs: &[usize]) {
        let values = &self.graph.inputs[index];
        let first = values.iter().position(|&value| self.is_free(index, value)).unwrap_or(0);
        let to = self.reuse_or_copy(index, layer, first);
        for (branch, &from) in inputs.iter().enumerate() {
            if branch != first {
                self.steps.push(InferenceStep::Add { from, to });
            }
        }
    }

    fn concat(&mut self, index: usize, layer: &PlannedLayer, inputs: &[usize]) {
        let output = self.create(index, layer);
        for (branch, &value) in self.graph.inputs[index].iter().enumerate() {
            if !self.storages.place(value, output, &layer.offset(branch)) {
                self.steps.push(InferenceStep::Insert { layer: index, branch, from: inputs[branch], to: output });
            }
        }
    }

    /// As in training.
    fn slice(&mut self, index: usize, layer: &PlannedLayer, input: usize) {
        let from = self.storages.view(self.graph, index, input, layer.part.before.clone(), layer.outputs());
        self.spans.resize(self.storages.len(), Some([index, index]));
        if self.graph.outputs[index] == self.graph.output() {
            let to = self.create(index, layer);
            self.steps.push(InferenceStep::Copy { from, to });
        }
    }

    /// The storages that lie in no other, but for the input and the output, and what they need.
    fn needs(&self, output: usize) -> (Vec<usize>, Vec<Need>) {
        let mut spans: Vec<Option<[usize; 2]>> = vec![None; self.storages.len()];
        for (storage, span) in self.spans.iter().enumerate() {
            let Some([first, last]) = *span else { continue };
            let root = self.storages.region(storage).within;
            // The input is in none.
            if root == 0 {
                continue;
            }
            spans[root] = Some(spans[root].map_or([first, last], |[from, to]| [from.min(first), to.max(last)]));
        }
        let roots = self.storages.roots().filter(|(storage, _)| *storage != output);
        let needs = roots.filter_map(|(storage, Storage { values, .. })| {
            spans[storage].map(|span| (storage, Need { values: values.clone(), span }))
        });
        needs.unzip()
    }
}
