//! The layers with everything that depends on their neighbours: types, initialisation, receptive field.

use proc_macro2::Ident;
use syn::Attribute;

use crate::checked::{CheckedLayer, Producer};
use crate::layers::{Action, AtInference, Fuses, InStream, Initializer, Parameter, Part, Reads, Start, View};
use crate::names;
use crate::size::Size;

/// A layer, decided.
pub struct PlannedLayer {
    /// The names of the blocks that hold it, and its own.
    pub path: Vec<Ident>,
    /// Its field of the trace.
    pub name: Ident,
    pub kind: String,
    /// As the user typed it, without the name.
    pub text: String,
    pub docs: Vec<Attribute>,
    pub frozen: bool,
    pub part: Part,
    /// Where its input comes from; several where branches meet.
    pub producers: Vec<Producer>,
    /// Values of one sample from each source.
    pub branches: Vec<Size>,
    /// The shape from the first source.
    pub input: Vec<Size>,
    pub output: Vec<Size>,
    /// The type of its parameters; there is none without parameters.
    pub parameters_type: Ident,
    /// The type of its constants, if its action has a geometry.
    pub geometry_type: Ident,
    pub fields: Vec<Field>,
    /// How much of the input one output value depends on, along each axis of the network's input.
    pub receptive_field: Vec<Size>,
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

    /// The values of one sample from the producers before this one.
    pub fn offset(&self, branch: usize) -> Size {
        Size::sum(&self.branches[..branch])
    }

    /// Whether it leaves the values alone at inference.
    pub fn does_nothing_at_inference(&self) -> bool {
        self.part.action == Action::Nothing || self.part.at_inference == AtInference::Nothing
    }

    /// Numbers that it keeps of earlier columns in a network that is run frame by frame.
    pub fn stream_state(&self) -> Size {
        match &self.part.in_stream {
            InStream::Causal(window) => window.state(),
            InStream::Never | InStream::ByColumn(_) => Size::ZERO,
        }
    }

    /// Blocks and own name: `block1.conv2`.
    pub fn label(&self) -> String {
        names::dotted(&self.path)
    }

    /// Whether there is something here for an optimizer to change.
    pub fn is_trained(&self) -> bool {
        !self.frozen && self.fields.iter().any(|field| field.parameter.is_trained())
    }

    /// How many numbers an optimizer changes.
    pub fn trained_parameters(&self) -> Size {
        if self.frozen {
            return Size::ZERO;
        }
        let trained = |field: &&Field| field.parameter.is_trained();
        let lens: Vec<Size> = self.fields.iter().filter(trained).map(|field| field.parameter.len()).collect();
        Size::sum(lens.iter())
    }
}

pub fn plan(network: &Ident, input: &[Size], layers: Vec<CheckedLayer>) -> Vec<PlannedLayer> {
    let defaults: Vec<Initializer> = (0..layers.len()).map(|place| default_initializer(&layers, place)).collect();
    let mut fields_of_view = FieldsOfView::new(input);
    let mut planned: Vec<PlannedLayer> = Vec::new();
    for (layer, default) in layers.into_iter().zip(defaults) {
        let facts = layer.facts;
        let shape = |producer: &Producer| match *producer {
            Producer::Input => input.to_vec(),
            Producer::Layer(layer) => planned[layer].output.clone(),
        };
        let shapes: Vec<Vec<Size>> = layer.producers.iter().map(shape).collect();
        // One of several inputs is an image by itself.
        let own = (facts.part.action == Action::Slice).then(|| FieldOfView::of_input(layer.output.sizes()));
        planned.push(PlannedLayer {
            parameters_type: names::layer_type(network, &layer.path, &layer.mark),
            geometry_type: names::geometry_type(network, &layer.path, &layer.mark),
            name: names::trace_field(&layer.path, &layer.mark),
            path: layer.path,
            kind: layer.kind,
            text: layer.text,
            docs: layer.docs,
            frozen: layer.frozen,
            part: if layer.frozen { frozen(facts.part) } else { facts.part },
            receptive_field: fields_of_view.behind(&layer.producers, &facts.view, own),
            producers: layer.producers,
            branches: shapes.iter().map(Size::product).collect(),
            input: shapes.into_iter().next().unwrap_or_default(),
            output: layer.output.sizes().to_vec(),
            fields: facts.parameters.into_iter().map(|parameter| with_initializer(parameter, &default)).collect(),
            multiply_adds: facts.multiply_adds,
        });
    }
    planned
}

/// A frozen layer that would need the batch goes by what it knows: it is a layer like others.
fn frozen(part: Part) -> Part {
    if part.batch.is_none() { part } else { Part { batch: None, reads: Reads::NOTHING, fuses: Fuses::NOTHING, ..part } }
}

fn with_initializer(parameter: Parameter, default: &Initializer) -> Field {
    let initializer = match &parameter.start {
        Start::Weights { initializer, .. } => Some(initializer.clone().unwrap_or_else(|| default.clone())),
        Start::Zeros | Start::Ones | Start::Constant(_) | Start::Own => None,
    };
    Field { parameter, initializer }
}

/// What suits the weights of a layer: `docs/initialisation.md` has the comparison. The last ones start smaller, so that
/// the outputs do too.
fn default_initializer(layers: &[CheckedLayer], place: usize) -> Initializer {
    let has_weights = |layer: &CheckedLayer| {
        layer.facts.parameters.iter().any(|parameter| matches!(parameter.start, Start::Weights { .. }))
    };
    let next = |place: usize| {
        let reads = |layer: &CheckedLayer| layer.producers.contains(&Producer::Layer(place));
        (place + 1..layers.len()).find(|&next| reads(&layers[next]))
    };
    let mut behind = std::iter::successors(next(place), |&place| next(place)).map(|place| &layers[place]);
    if behind.any(has_weights) { Initializer::xavier_normal() } else { Initializer::pytorch_uniform() }
}

/// The parts of the input that the values depend on.
struct FieldsOfView {
    /// Of the input.
    input: FieldOfView,
    layers: Vec<FieldOfView>,
}

/// The part of the input that one value depends on, along each of its axes.
#[derive(Clone)]
struct FieldOfView {
    seen: Vec<Size>,
    /// How far apart in the input two neighbours are.
    jump: Vec<Size>,
    /// The axes of the input, or of the one of several; none if it is flat.
    axes: Vec<Size>,
}

impl FieldOfView {
    /// Of each value of an input.
    fn of_input(shape: &[Size]) -> Self {
        let axes = shape.get(1..).unwrap_or_default().to_vec();
        let one = vec![Size::ONE; axes.len()];
        Self { seen: one.clone(), jump: one, axes }
    }

    /// Where branches meet, the larger is meant.
    fn and(mut self, mut other: Self) -> Self {
        if self.axes.len() < other.axes.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for (seen, other) in self.seen.iter_mut().zip(other.seen) {
            if seen.number() < other.number() {
                *seen = other;
            }
        }
        self
    }
}

impl FieldsOfView {
    fn new(input: &[Size]) -> Self {
        Self { input: FieldOfView::of_input(input), layers: Vec::new() }
    }

    /// Each window adds what it covers less one, in steps of the strides before it. One of several inputs begins with a
    /// field of its `own`.
    fn behind(&mut self, producers: &[Producer], view: &View, own: Option<FieldOfView>) -> Vec<Size> {
        let fields = producers.iter().map(|producer| match *producer {
            Producer::Input => own.clone().unwrap_or_else(|| self.input.clone()),
            Producer::Layer(layer) => self.layers[layer].clone(),
        });
        let mut field = fields.reduce(FieldOfView::and).unwrap_or_else(|| self.input.clone());
        match view {
            View::Same => {}
            View::Window { extent, stride } if extent.len() == field.axes.len() => {
                for axis in 0..extent.len() {
                    let more = extent[axis].minus(&Size::ONE).times(&field.jump[axis]);
                    field.seen[axis] = field.seen[axis].plus(&more);
                    field.jump[axis] = field.jump[axis].times(&stride[axis]);
                }
            }
            // A layer of the user's own may have given the values other axes, and has seen everything.
            View::Window { .. } => {}
            View::Everything => field.seen.clone_from(&field.axes),
        }
        self.layers.push(field.clone());
        field.seen
    }
}
