//! Inference keeps nothing: values go to and fro between two buffers, and the last move writes the output.

use proc_macro2::TokenStream;

use super::largest;
use super::layer::PlannedLayer;
use crate::layers::Action;
use crate::size::Size;

/// The workspace's buffers and the steps.
pub struct InferencePlan {
    pub steps: Vec<InferenceStep>,
    /// Values of one sample in each buffer, if it is used.
    pub first: Option<Size>,
    pub second: Option<Size>,
}

/// Where values stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Input,
    Output,
    First,
    Second,
}

/// Layers by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InferenceStep {
    Move {
        layer: usize,
        from: Place,
        to: Place,
    },
    InPlace {
        layer: usize,
        place: Place,
    },
    Batch {
        layer: usize,
        place: Place,
    },
    /// Of as many values as the layer at this index takes.
    Copy {
        layer: usize,
        to: Place,
    },
    /// A network that does nothing at inference.
    Pass,
}

pub fn plan(root: &TokenStream, input: &[Size], layers: &[PlannedLayer]) -> InferencePlan {
    let last_move = layers.iter().rposition(|layer| matches!(layer.action, Action::Move { .. }));
    let mut walk = Walk { steps: Vec::new(), place: Place::Input, last_move, sizes: [Vec::new(), Vec::new()] };
    for (index, layer) in layers.iter().enumerate() {
        walk.layer(index, layer);
    }
    if walk.place == Place::Input {
        debug_assert!(layers.iter().all(|layer| layer.outputs().equals(&Size::product(input)) != Some(false)));
        walk.steps.push(InferenceStep::Pass);
    }
    let [first, second] = &walk.sizes;
    InferencePlan { first: largest(root, first), second: largest(root, second), steps: walk.steps }
}

struct Walk {
    steps: Vec<InferenceStep>,
    place: Place,
    /// The layer that writes the output, if any moves values.
    last_move: Option<usize>,
    /// What each buffer holds in turn.
    sizes: [Vec<Size>; 2],
}

impl Walk {
    fn layer(&mut self, index: usize, layer: &PlannedLayer) {
        match &layer.action {
            Action::Move { .. } => {
                let from = self.place;
                self.go(index, layer.outputs());
                self.steps.push(InferenceStep::Move { layer: index, from, to: self.place });
            }
            Action::InPlace { at_inference: true, .. } => {
                let place = self.off_the_input(index, layer);
                self.steps.push(InferenceStep::InPlace { layer: index, place });
            }
            Action::Batch { .. } => {
                let place = self.off_the_input(index, layer);
                self.steps.push(InferenceStep::Batch { layer: index, place });
            }
            Action::InPlace { .. } | Action::Nothing => {}
        }
    }

    /// Where values may be overwritten: the input is the caller's.
    fn off_the_input(&mut self, index: usize, layer: &PlannedLayer) -> Place {
        if self.place == Place::Input {
            self.go(index, layer.inputs());
            self.steps.push(InferenceStep::Copy { layer: index, to: self.place });
        }
        self.place
    }

    /// To the output if nothing moves the values any more, else to the buffer that does not hold them.
    fn go(&mut self, index: usize, values: Size) {
        self.place = match (self.last_move, self.place) {
            (None, _) => Place::Output,
            (Some(last), _) if index >= last => Place::Output,
            (_, Place::First) => Place::Second,
            _ => Place::First,
        };
        match self.place {
            Place::First => self.sizes[0].push(values),
            Place::Second => self.sizes[1].push(values),
            Place::Input | Place::Output => {}
        }
    }
}
