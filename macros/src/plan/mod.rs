//! [`CheckedNetwork`] to [`Plan`]: names, types, buffers, and the steps of each pass.
//!
//! A plan is data. What it decides can be tested without looking at generated code, and what generates code decides
//! nothing.

mod arena;
mod backward;
mod forward;
mod graph;
mod inference;
mod layer;
mod storage;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Token, Visibility};

use crate::checked::{CheckedBlock, CheckedHead, CheckedInput, CheckedNetwork, Producer};
use crate::deferred::{Assertion, UserConstant};
use crate::layers::{Action, AtInference};
use crate::names;
use crate::shape::Shape;
use crate::size::Size;

use graph::Graph;

pub use backward::{BackwardPlan, BackwardStep, BackwardWork, InputGradient};
pub use forward::{ForwardPlan, ForwardStep};
pub use inference::{InferencePlan, InferenceStep, Place};
pub use layer::{Field, PlannedLayer};
pub use storage::Region;

/// A network, decided.
pub struct Plan {
    /// The path of the crate `castnet`.
    pub root: TokenStream,
    pub attributes: Vec<Attribute>,
    pub visibility: Visibility,
    /// The user's `struct`.
    pub keyword: Token![struct],
    /// `::core::primitive::f32`, `::core::primitive::f64` or `::castnet::Dual`.
    pub scalar: TokenStream,
    /// `f32`, `f64` or `Dual`.
    pub number: String,
    /// The const parameters.
    pub parameters: Vec<Ident>,
    pub names: Names,
    pub input: Vec<Size>,
    /// How many tokens there are, if they are the one input.
    pub limit: Option<Size>,
    /// The inputs, if there are several.
    pub inputs: Vec<PlannedPart>,
    pub output: Vec<Size>,
    /// The heads, and the last layer of each that changes numbers.
    pub heads: Vec<(PlannedPart, Option<usize>)>,
    pub layers: Vec<PlannedLayer>,
    /// The blocks that have parameters, outer ones first.
    pub blocks: Vec<PlannedBlock>,
    pub forward: ForwardPlan,
    pub backward: BackwardPlan,
    pub inference: InferencePlan,
    /// The user's constant expressions.
    pub constants: Vec<UserConstant>,
    pub assertions: Vec<Assertion>,
}

/// A struct of the fields of the layers in a block.
pub struct PlannedBlock {
    pub path: Vec<Ident>,
    /// As the user typed it, without what is in it.
    pub text: String,
    pub docs: Vec<Attribute>,
    /// The type of its parameters.
    pub parameters_type: Ident,
}

/// One of several inputs, or a head.
pub struct PlannedPart {
    pub name: Ident,
    pub docs: Vec<Attribute>,
    /// Values of one sample before it.
    pub before: Size,
    pub shape: Vec<Size>,
    /// How many tokens there are, if it is an input of tokens.
    pub limit: Option<Size>,
}

/// Names of what is generated once.
pub struct Names {
    pub network: Ident,
    pub trace: Ident,
    pub workspace: Ident,
    /// One sample of several inputs.
    pub input: Ident,
    /// What it becomes in several heads.
    pub output: Ident,
    /// Generic parameters; their usual names unless a const parameter of the network has one.
    pub lanes: Ident,
    pub simd: Ident,
    pub random: Ident,
}

impl Plan {
    /// Zero, in the scalar.
    pub fn zero(&self) -> TokenStream {
        let (root, scalar) = (&self.root, &self.scalar);
        if self.number == "Dual" { quote!(<#scalar as #root::Scalar>::ZERO) } else { quote!(0.0) }
    }

    /// One, in the scalar.
    pub fn one(&self) -> TokenStream {
        let (root, scalar) = (&self.root, &self.scalar);
        if self.number == "Dual" { quote!(<#scalar as #root::Scalar>::ONE) } else { quote!(1.0) }
    }

    /// What so many numbers take.
    pub fn bytes(&self, numbers: &Size) -> Size {
        numbers.times(&Size::Number(arena::bytes(&self.number)))
    }

    /// The layers that need the whole batch, in their order: each ends a stage.
    pub fn batch_layers(&self) -> impl Iterator<Item = &PlannedLayer> {
        self.layers.iter().filter(|layer| layer.part.batch.is_some())
    }
}

pub fn plan(network: CheckedNetwork) -> Plan {
    let CheckedNetwork { root, attributes, visibility, name, scalar, parameters, input, layers, blocks, .. } = network;
    let CheckedNetwork { constants, assertions, keyword, inputs, heads, .. } = network;
    let inputs = inputs.into_iter().map(|CheckedInput { name, docs, before, shape, .. }| PlannedPart {
        limit: shape.as_ref().and_then(Shape::limit).cloned(),
        shape: shape.unwrap_or_else(Shape::unknown).sizes().to_vec(),
        name,
        docs,
        before,
    });
    let inputs = inputs.collect();
    let has_parameters = |block: &CheckedBlock| block.has_parameters(&layers);
    let planned = |CheckedBlock { path, mark, text, docs }| PlannedBlock {
        parameters_type: names::layer_type(&name, &path, &mark),
        path,
        text,
        docs,
    };
    let blocks = blocks.into_iter().filter(has_parameters).map(planned).collect();
    let layers = layer::plan(&name, input.sizes(), layers);
    let limit = input.limit().cloned();
    let input = input.sizes().to_vec();
    let output = layers.last().map_or_else(|| input.clone(), |layer| layer.output.clone());
    let heads = planned_heads(heads, &layers);
    let graph = Graph::new(&layers, |layer| layer.part.action == Action::Nothing);
    let forward = forward::plan(&input, &layers, &graph);
    let number = scalar.to_string();
    let backward = backward::plan(&root, &number, Size::product(&output), &layers, &graph, &forward);
    let inference = inference::plan(&root, &number, &input, &layers);
    let names = names(name, &parameters);
    let scalar = if number == "Dual" { quote!(#root::Dual) } else { quote!(::core::primitive::#scalar) };
    Plan {
        root,
        attributes,
        visibility,
        keyword,
        scalar,
        number,
        parameters,
        names,
        input,
        limit,
        inputs,
        output,
        heads,
        layers,
        blocks,
        forward,
        backward,
        inference,
        constants,
        assertions,
    }
}

fn planned_heads(heads: Vec<CheckedHead>, layers: &[PlannedLayer]) -> Vec<(PlannedPart, Option<usize>)> {
    let mut before = Size::ZERO;
    let planned = heads.into_iter().map(|CheckedHead { name, producer, shape }| {
        let part =
            PlannedPart { name, docs: Vec::new(), before: before.clone(), shape: shape.sizes().to_vec(), limit: None };
        before = before.plus(&shape.values());
        (part, last_to_change(producer, layers))
    });
    planned.collect()
}

/// The last layer on the way to some values that changes numbers at inference.
fn last_to_change(mut producer: Producer, layers: &[PlannedLayer]) -> Option<usize> {
    while let Producer::Layer(place) = producer {
        let part = &layers[place].part;
        if part.action != Action::Nothing && part.at_inference != AtInference::Nothing {
            return Some(place);
        }
        producer = layers[place].producers[0];
    }
    None
}

fn names(network: Ident, parameters: &[Ident]) -> Names {
    Names {
        trace: names::trace_type(&network),
        workspace: names::workspace_type(&network),
        input: names::input_type(&network),
        output: names::output_type(&network),
        lanes: fresh("L", parameters),
        simd: fresh("S", parameters),
        random: fresh("R", parameters),
        network,
    }
}

/// `name`, or with as many underscores in front as make it one that no const parameter has.
fn fresh(name: &str, parameters: &[Ident]) -> Ident {
    let mut name = name.to_owned();
    while parameters.iter().any(|parameter| *parameter == name) {
        name.insert(0, '_');
    }
    Ident::new(&name, Span::call_site())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod verify;
