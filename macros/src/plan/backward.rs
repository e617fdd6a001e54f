//! The way of the gradient from the output to the input.
//!
//! It goes to and fro between two buffers: a layer that moves values reads its output's gradient in one and writes its
//! input's to the other. What stands before the first layer with something to train is computed only on request.

use proc_macro2::TokenStream;

use super::forward::ForwardPlan;
use super::largest;
use super::layer::PlannedLayer;
use crate::layers::Action;
use crate::size::Size;

/// The gradient buffers and the steps by stage, stage 0 first.
pub struct BackwardPlan {
    pub stages: Vec<Vec<BackwardStep>>,
    /// Values of one sample in `gradient_a`, where the output's gradient stands at first.
    pub first: Size,
    /// Values of one sample in `gradient_b`, if it is used.
    pub second: Option<Size>,
    /// Where the input's gradient stands at last.
    pub input_gradient: Slot,
}

/// A gradient buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    First,
    Second,
}

impl Slot {
    fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// What a layer does about the gradient in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputGradient {
    Computed,
    /// If the user asks for the gradient in the network's input.
    OnRequest,
}

/// Layers and buffers by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackwardStep {
    Move {
        layer: usize,
        input: usize,
        output: usize,
        from: Slot,
        to: Slot,
        input_gradient: InputGradient,
    },
    InPlace {
        layer: usize,
        output: usize,
        slot: Slot,
        on_request: bool,
    },
    /// Sums of one lane group, at the end of a stage.
    Collect {
        layer: usize,
        input: usize,
        slot: Slot,
        on_request: bool,
    },
    /// What the sums were collected for, at the beginning of the next.
    Batch {
        layer: usize,
        input: usize,
        slot: Slot,
        on_request: bool,
    },
}

impl BackwardStep {
    /// Whether the step is done only if the user asks for the gradient in the network's input.
    pub fn is_on_request(&self, first_trained: usize) -> bool {
        match self {
            Self::Move { layer, .. } => *layer < first_trained,
            Self::InPlace { on_request, .. } | Self::Collect { on_request, .. } | Self::Batch { on_request, .. } => {
                *on_request
            }
        }
    }
}

/// The place of the first layer with something to train.
pub fn first_trained(layers: &[PlannedLayer]) -> usize {
    layers.iter().position(PlannedLayer::is_trained).unwrap_or(layers.len())
}

pub fn plan(root: &TokenStream, input: &[Size], layers: &[PlannedLayer], forward: &ForwardPlan) -> BackwardPlan {
    let output = layers.last().map_or_else(|| Size::product(input), PlannedLayer::outputs);
    let mut walk = Walk {
        stages: vec![Vec::new()],
        slot: Slot::First,
        sizes: [vec![output], Vec::new()],
        first_trained: first_trained(layers),
    };
    for (index, layer) in layers.iter().enumerate().rev() {
        walk.layer(index, layer, forward.places[index]);
    }
    walk.stages.reverse();
    let [first, second] = &walk.sizes;
    BackwardPlan {
        first: largest(root, first).unwrap_or(Size::ZERO),
        second: largest(root, second),
        stages: walk.stages,
        input_gradient: walk.slot,
    }
}

struct Walk {
    stages: Vec<Vec<BackwardStep>>,
    slot: Slot,
    /// What each buffer holds in turn.
    sizes: [Vec<Size>; 2],
    first_trained: usize,
}

impl Walk {
    fn layer(&mut self, index: usize, layer: &PlannedLayer, [input, output]: [usize; 2]) {
        let on_request = index < self.first_trained;
        let slot = self.slot;
        match &layer.action {
            Action::Move { .. } => {
                self.slot = slot.other();
                let input_gradient =
                    if index == self.first_trained { InputGradient::OnRequest } else { InputGradient::Computed };
                self.step(BackwardStep::Move {
                    layer: index,
                    input,
                    output,
                    from: slot,
                    to: self.slot,
                    input_gradient,
                });
                self.sizes[usize::from(self.slot == Slot::Second)].push(layer.inputs());
            }
            Action::InPlace { .. } => self.step(BackwardStep::InPlace { layer: index, output, slot, on_request }),
            Action::Batch { .. } => {
                self.step(BackwardStep::Collect { layer: index, input, slot, on_request });
                self.stages.push(Vec::new());
                // The sums serve its own parameters too; its input's gradient does not.
                let on_request = index <= self.first_trained;
                self.step(BackwardStep::Batch { layer: index, input, slot, on_request });
            }
            Action::Nothing => {}
        }
    }

    fn step(&mut self, step: BackwardStep) {
        if let Some(stage) = self.stages.last_mut() {
            stage.push(step);
        }
    }
}
