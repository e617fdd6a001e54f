//! The layers with everything that depends on their neighbours: types, initialisation, receptive field.

use proc_macro2::Ident;
use syn::Attribute;

use crate::check::CheckedLayer;
use crate::layers::{Action, Activation, ChangedBy, Initializer, Parameter, Start, View};
use crate::names;
use crate::size::Size;

/// A layer, decided.
pub struct PlannedLayer {
    pub name: Ident,
    pub kind: String,
    /// As the user typed it, without the name.
    pub text: String,
    pub docs: Vec<Attribute>,
    pub frozen: bool,
    pub action: Action,
    pub input: Vec<Size>,
    pub output: Vec<Size>,
    /// The type of its parameters; there is none without parameters.
    pub parameters_type: Ident,
    /// The type of its constants, if its action has a geometry.
    pub geometry_type: Ident,
    pub fields: Vec<Field>,
    /// Height and width of what one output value depends on, for images.
    pub receptive_field: Option<[Size; 2]>,
    pub multiply_adds: Size,
}

/// A field of a layer's struct.
pub struct Field {
    pub parameter: Parameter,
    /// Decided for weights, `None` for the rest.
    pub initializer: Option<Initializer>,
}

impl PlannedLayer {
    /// Values of one sample that go in.
    pub fn inputs(&self) -> Size {
        Size::product(&self.input)
    }

    /// Values of one sample that come out.
    pub fn outputs(&self) -> Size {
        Size::product(&self.output)
    }

    /// Whether there is something here for an optimizer to change.
    pub fn is_trained(&self) -> bool {
        !self.frozen && self.fields.iter().any(|field| field.parameter.changed_by == ChangedBy::Optimizer)
    }

    /// How many numbers an optimizer changes.
    pub fn trained_parameters(&self) -> Size {
        if self.frozen {
            return Size::ZERO;
        }
        let trained = |field: &&Field| field.parameter.changed_by == ChangedBy::Optimizer;
        let lens: Vec<Size> = self.fields.iter().filter(trained).map(|field| field.parameter.len()).collect();
        Size::sum(lens.iter())
    }
}

pub fn plan(network: &Ident, input: &[Size], layers: Vec<CheckedLayer>) -> Vec<PlannedLayer> {
    let defaults: Vec<Initializer> = (0..layers.len()).map(|place| default_initializer(&layers[place + 1..])).collect();
    let mut fields_of_view = FieldOfView::new(input);
    let mut shape = input.to_vec();
    let mut planned = Vec::new();
    for (layer, default) in layers.into_iter().zip(defaults) {
        let output = layer.output.sizes().to_vec();
        let facts = layer.facts;
        planned.push(PlannedLayer {
            parameters_type: names::layer_type(network, &layer.name),
            geometry_type: names::geometry_type(network, &layer.name),
            name: layer.name,
            kind: layer.kind,
            text: layer.text,
            docs: layer.docs,
            frozen: layer.frozen,
            action: facts.action,
            input: std::mem::replace(&mut shape, output.clone()),
            output,
            fields: facts.parameters.into_iter().map(|parameter| field(parameter, &default)).collect(),
            receptive_field: fields_of_view.behind(&facts.view),
            multiply_adds: facts.multiply_adds,
        });
    }
    planned
}

fn field(parameter: Parameter, default: &Initializer) -> Field {
    let initializer = match &parameter.start {
        Start::Weights { initializer, .. } => Some(initializer.clone().unwrap_or_else(|| default.clone())),
        Start::Zeros | Start::Ones => None,
    };
    Field { parameter, initializer }
}

/// What suits a layer that is followed by `layers`: decided by the first activation before the next weights.
fn default_initializer(layers: &[CheckedLayer]) -> Initializer {
    let has_weights = |layer: &&CheckedLayer| {
        layer.facts.parameters.iter().any(|parameter| matches!(parameter.start, Start::Weights { .. }))
    };
    let activation = layers.iter().take_while(|layer| !has_weights(layer)).find_map(|layer| layer.facts.activation);
    match activation {
        Some(Activation::Rectifying) => Initializer::he_normal(),
        Some(Activation::Other) | None => Initializer::xavier_uniform(),
    }
}

/// The part of the input image that one value depends on, on its way through the layers.
struct FieldOfView {
    /// Of the input; `None` if it is flat.
    image: Option<[Size; 2]>,
    seen: [Size; 2],
    /// How far apart in the input two neighbours are.
    jump: [Size; 2],
}

impl FieldOfView {
    fn new(input: &[Size]) -> Self {
        let image = match input {
            [_, height, width] => Some([height.clone(), width.clone()]),
            _ => None,
        };
        let one = || [Size::ONE, Size::ONE];
        Self { image, seen: one(), jump: one() }
    }

    /// Each window adds its size less one, in steps of the strides before it.
    fn behind(&mut self, view: &View) -> Option<[Size; 2]> {
        let image = self.image.clone()?;
        match view {
            View::Same => {}
            View::Window { kernel, stride } => {
                for axis in 0..2 {
                    let more = kernel[axis].minus(&Size::ONE).times(&self.jump[axis]);
                    self.seen[axis] = self.seen[axis].plus(&more);
                    self.jump[axis] = self.jump[axis].times(&stride[axis]);
                }
            }
            View::Everything => self.seen = image,
        }
        Some(self.seen.clone())
    }
}
