//! The way of the gradient from the output to the input.
//!
//! A layer that moves values reads its output's gradient in one buffer and writes its input's to another; one that works
//! in place leaves it where it was. Where a value has several consumers, the first one that is met leaves a gradient and
//! the others add theirs. Room whose gradient nobody needs any more is free for the next one: a straight line of layers goes
//! to and fro between two places. What leads to no layer with something to train is computed only on request.

use proc_macro2::TokenStream;

use super::arena::{Arrangement, Need, arrange};
use super::forward::ForwardPlan;
use super::graph::{Graph, INPUT};
use super::layer::PlannedLayer;
use super::storage::Region;
use crate::layers::Action;
use crate::size::Size;

/// The gradient buffers and the steps by stage, stage 0 first.
pub struct BackwardPlan {
    pub stages: Vec<Vec<BackwardStep>>,
    /// Values of one sample in each gradient buffer.
    pub buffers: Vec<Size>,
    /// Where the output's gradient stands at first.
    pub output_gradient: Region<usize>,
    /// Where the input's gradient stands at last.
    pub input_gradient: Region<usize>,
    /// What the buffers have room for.
    #[cfg(test)]
    pub needs: Vec<Need>,
}

/// What a layer does about the gradient in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputGradient {
    Computed,
    /// If the user asks for the gradient in the network's input.
    OnRequest,
}

/// One step, and whether it is done only if the user asks for the gradient in the network's input.
#[derive(Clone, Debug)]
pub struct BackwardStep {
    pub on_request: bool,
    pub work: BackwardWork,
}

/// Layers by number, activations by storage.
#[derive(Clone, Debug)]
pub enum BackwardWork {
    Move {
        layer: usize,
        input: usize,
        output: usize,
        from: Region<usize>,
        to: Region<usize>,
        input_gradient: InputGradient,
        /// The layer that made the input, if it is an activation whose gradient takes the same place.
        activation: Option<usize>,
    },
    InPlace {
        layer: usize,
        output: usize,
        at: Region<usize>,
    },
    /// Sums of one lane group, at the end of a stage.
    Collect {
        layer: usize,
        input: usize,
        at: Region<usize>,
    },
    /// What the sums were collected for, at the beginning of the next.
    Batch {
        layer: usize,
        input: usize,
        at: Region<usize>,
    },
    Copy {
        from: Region<usize>,
        to: Region<usize>,
    },
    /// To what stands there.
    Add {
        from: Region<usize>,
        to: Region<usize>,
    },
    /// Nothing depends on the values whose gradient stands there.
    Clear {
        at: Region<usize>,
    },
}

pub fn plan(
    root: &TokenStream,
    scalar: &str,
    output: Size,
    layers: &[PlannedLayer],
    graph: &Graph,
    forward: &ForwardPlan,
) -> BackwardPlan {
    let mut walk = BackwardWalk {
        layers,
        graph,
        forward,
        stages: vec![Vec::new()],
        steps: 0,
        rooms: Vec::new(),
        gradients: vec![None; graph.consumers.len()],
        is_wanted: graph.is_behind(|layer| layers[layer].is_trained()),
    };
    let first = walk.allocate(output);
    walk.gradients[graph.output()] = Some(first.clone());
    for index in (0..layers.len()).rev() {
        walk.layer(index);
    }
    walk.stages.reverse();
    let input = walk.gradients[INPUT].clone().unwrap_or_else(|| first.clone());
    let needs: Vec<Need> = walk.rooms.iter().map(|room| room.need(walk.steps)).collect();
    let arrangement = arrange(root, scalar, &needs);
    let mut stages = walk.stages;
    for step in stages.iter_mut().flatten() {
        step.work.regions().into_iter().for_each(|region| arrangement.settle(region));
    }
    let [output_gradient, input_gradient] = [first, input].map(|mut region| {
        arrangement.settle(&mut region);
        region
    });
    BackwardPlan {
        stages,
        buffers: arrangement.buffers,
        output_gradient,
        input_gradient,
        #[cfg(test)]
        needs,
    }
}

impl Arrangement {
    /// A part of a room becomes one of a buffer.
    fn settle(&self, region: &mut Region<usize>) {
        let (buffer, before) = &self.places[region.within];
        region.within = *buffer;
        region.offset = before.plus(&region.offset);
    }
}

impl BackwardWork {
    /// What it reads and writes.
    fn regions(&mut self) -> Vec<&mut Region<usize>> {
        match self {
            Self::Move { from, to, .. } | Self::Copy { from, to } | Self::Add { from, to } => vec![from, to],
            Self::InPlace { at, .. } | Self::Collect { at, .. } | Self::Batch { at, .. } | Self::Clear { at } => {
                vec![at]
            }
        }
    }
}

struct BackwardWalk<'a> {
    layers: &'a [PlannedLayer],
    graph: &'a Graph,
    forward: &'a ForwardPlan,
    stages: Vec<Vec<BackwardStep>>,
    /// How many steps there are.
    steps: usize,
    rooms: Vec<Room>,
    /// Where the gradient in each value stands, as far as it is known yet.
    gradients: Vec<Option<Region<usize>>>,
    /// Per value, whether something is trained on the way to it.
    is_wanted: Vec<bool>,
}

/// What a gradient stands in as long as it is needed.
struct Room {
    values: Size,
    /// How many regions of it are in use.
    users: usize,
    first: usize,
    /// The last step that needs it, as soon as there are no users any more.
    last: usize,
}

impl Room {
    /// What is in use at the end stays so.
    fn need(&self, steps: usize) -> Need {
        let last = if self.users == 0 { self.last } else { steps };
        Need { values: self.values.clone(), span: [self.first, last] }
    }
}

impl BackwardWalk<'_> {
    fn layer(&mut self, index: usize) {
        let layer = &self.layers[index];
        if layer.part.action == Action::Nothing {
            return;
        }
        let (value, inputs) = (self.graph.outputs[index], &self.graph.inputs[index]);
        // Every value is read by somebody, who has left a gradient.
        let Some(at) = self.gradients[value].take() else { return };
        let (input, output) = (self.forward.inputs[index][0], self.forward.outputs[index]);
        let (is_wanted, source) = (self.is_wanted[value], inputs[0]);
        let source_is_wanted = self.is_wanted[source];
        match layer.part.action {
            Action::Move if layer.part.batch.is_some() => {
                // The sums serve its own parameters too; its input's gradient does not.
                self.step(!is_wanted, BackwardWork::Collect { layer: index, input, at: at.clone() });
                self.stages.push(Vec::new());
                self.step(!source_is_wanted, BackwardWork::Batch { layer: index, input, at: at.clone() });
                self.give(source, at);
            }
            Action::Move => {
                let to = self.allocate(layer.inputs());
                let input_gradient =
                    if is_wanted && !source_is_wanted { InputGradient::OnRequest } else { InputGradient::Computed };
                let work = BackwardWork::Move {
                    layer: index,
                    input,
                    output,
                    from: at.clone(),
                    to: to.clone(),
                    input_gradient,
                    activation: None,
                };
                self.step(!is_wanted, work);
                self.release(&at);
                self.give(source, to);
            }
            Action::InPlace { .. } => {
                self.in_place(index, output, &at);
                self.give(source, at);
            }
            Action::Add => {
                for &source in inputs[1..].iter().rev() {
                    self.lend(source, &at);
                }
                self.give(source, at);
            }
            Action::Concat => self.divide(index, at),
            Action::Slice => self.spread(index, at),
            Action::Nothing => {}
        }
    }

    /// An activation joins the step that has just written the gradient in its output, if both are asked for together.
    fn in_place(&mut self, index: usize, output: usize, at: &Region<usize>) {
        let on_request = !self.is_wanted[self.graph.inputs[index][0]];
        if let Some(BackwardStep { on_request: move_on_request, work }) =
            self.stages.last_mut().and_then(|it| it.last_mut())
            && let BackwardWork::Move { layer, input, to, input_gradient, activation, .. } = work
            && self.layers[*layer].part.fuses.backward
            && self.layers[index].part.is_activation()
            && *input == output
            && to.equals(at)
            && activation.is_none()
            && on_request == (*move_on_request || *input_gradient == InputGradient::OnRequest)
        {
            *activation = Some(index);
            return;
        }
        self.step(on_request, BackwardWork::InPlace { layer: index, output, at: at.clone() });
    }

    /// The gradient in each branch is a part of that in the output.
    fn divide(&mut self, index: usize, at: Region<usize>) {
        let layer = &self.layers[index];
        for (branch, &source) in self.graph.inputs[index].iter().enumerate() {
            let part = Region {
                within: at.within,
                offset: at.offset.plus(&layer.offset(branch)),
                values: layer.branches[branch].clone(),
            };
            self.rooms[at.within].users += 1;
            if self.graph.has_one_consumer(source) {
                self.give(source, part);
            } else {
                // Others will add to it, maybe from other parts of the same room.
                self.lend(source, &part);
                self.release(&part);
            }
        }
        self.release(&at);
    }

    /// The gradient in a part is a part of that in the whole. What no part covers has none.
    fn spread(&mut self, index: usize, at: Region<usize>) {
        let layer = &self.layers[index];
        let (source, own) = (self.graph.inputs[index][0], part(layer));
        let on_request = !self.is_wanted[source];
        let gaps = self.gaps(source, layer.inputs());
        let adds = gaps.is_none() && self.gradients[source].is_some();
        let whole = self.gradients[source].clone().unwrap_or_else(|| {
            let whole = self.allocate(layer.inputs());
            let rest = || gaps_between(&[part(layer)], layer.inputs()).unwrap_or_default();
            for gap in gaps.unwrap_or_else(rest) {
                self.step(on_request, BackwardWork::Clear { at: within(&whole, gap) });
            }
            self.gradients[source] = Some(whole.clone());
            whole
        });
        let (from, to) = (at.clone(), within(&whole, own));
        self.step(on_request, if adds { BackwardWork::Add { from, to } } else { BackwardWork::Copy { from, to } });
        self.release(&at);
    }

    /// What lies between the parts of a value, if nobody reads the whole, and no number is in two parts.
    fn gaps(&self, value: usize, values: Size) -> Option<Vec<[Size; 2]>> {
        let consumers = self.graph.consumers[value].iter().map(|&consumer| &self.layers[consumer]);
        let parts = consumers.map(|layer| (layer.part.action == Action::Slice).then(|| part(layer)));
        let mut parts: Vec<[Size; 2]> = parts.collect::<Option<_>>()?;
        parts.sort_by_key(|[begin, _]| begin.number());
        gaps_between(&parts, values)
    }

    /// Hands a region over: what is in it becomes the gradient in a value, or is added to that.
    fn give(&mut self, value: usize, from: Region<usize>) {
        match &self.gradients[value] {
            None => self.gradients[value] = Some(from),
            Some(to) => {
                let work = BackwardWork::Add { from: from.clone(), to: to.clone() };
                self.step(!self.is_wanted[value], work);
                self.release(&from);
            }
        }
    }

    /// Like [`BackwardWalk::give`], but the region stays in use.
    fn lend(&mut self, value: usize, from: &Region<usize>) {
        let from = from.clone();
        let on_request = !self.is_wanted[value];
        if let Some(to) = self.gradients[value].clone() {
            self.step(on_request, BackwardWork::Add { from, to });
            return;
        }
        let to = self.allocate(from.values.clone());
        self.gradients[value] = Some(to.clone());
        self.step(on_request, BackwardWork::Copy { from, to });
    }

    /// A room for what the next step writes.
    fn allocate(&mut self, values: Size) -> Region<usize> {
        self.rooms.push(Room { values: values.clone(), users: 1, first: self.steps, last: self.steps });
        Region { within: self.rooms.len() - 1, offset: Size::ZERO, values }
    }

    /// The last step was the last one that needs the region.
    fn release(&mut self, region: &Region<usize>) {
        let room = &mut self.rooms[region.within];
        room.users -= 1;
        room.last = self.steps.saturating_sub(1).max(room.first);
    }

    fn step(&mut self, on_request: bool, work: BackwardWork) {
        if let Some(stage) = self.stages.last_mut() {
            stage.push(BackwardStep { on_request, work });
            self.steps += 1;
        }
    }
}

/// Where the part that a layer takes begins and ends.
fn part(layer: &PlannedLayer) -> [Size; 2] {
    let begin = layer.part.before.clone();
    let end = begin.plus(&layer.outputs());
    [begin, end]
}

fn within(whole: &Region<usize>, [begin, end]: [Size; 2]) -> Region<usize> {
    Region { within: whole.within, offset: whole.offset.plus(&begin), values: end.minus(&begin) }
}

/// What lies between parts that follow each other, of so many values; `None` if they overlap, or may.
fn gaps_between(parts: &[[Size; 2]], values: Size) -> Option<Vec<[Size; 2]>> {
    let (mut gaps, mut end) = (Vec::new(), Size::ZERO);
    for [begin, next] in parts.iter().cloned().chain([[values.clone(), values]]) {
        match (end.number(), begin.number()) {
            _ if end.equals(&begin) == Some(true) => {}
            (Some(before), Some(behind)) if before > behind => return None,
            (None, _) | (_, None) if parts.len() > 1 => return None,
            _ => gaps.push([end, begin]),
        }
        end = next;
    }
    Some(gaps)
}
