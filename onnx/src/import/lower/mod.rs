//! From a graph to a network: node by node, each to the layers that compute the same.
//!
//! A tensor of the model is a value of the network, seen in another shape and order: a node that only moves numbers makes no
//! layer, and what reads the result puts its weights in the order that they have. So the transposes around the
//! convolutions of a model whose channels stand last are gone, and what an exporter writes for `view`.

mod activations;
mod arithmetic;
mod constants;
mod convolution;
mod dense;
mod help;
mod interface;
mod joining;
mod memory;
mod moving;
mod normalisation;
mod pooling;

mod tokens;

pub use pooling::each_axis;

use std::collections::HashMap;

use super::array::{Array, Element};
use super::graph::{Graph, Node, Size};
use super::net::{Id, Kind, Layer, LayerShape, Net, Order, Weight};
use super::places;
use super::refusal::{Reason, Refusal, Refused, refuse};

/// What a name of the graph stands for.
#[derive(Clone)]
enum Value {
    /// Numbers that do not depend on what comes in.
    Constant(Array),
    /// Numbers of each sample.
    Sample(Sample),
    /// Part of a formula that is an activation as a whole; by itself there is no layer for it.
    Part,
    /// What an operator would have made that was refused.
    Refused,
}

/// A tensor of the model, without its batch axis: numbers of a value of the network.
#[derive(Clone)]
struct Sample {
    shape: Vec<usize>,
    id: Id,
    /// Where the numbers stand in the memory of the value's [root](Net::root).
    order: Order,
    /// Zeros that the model has put around it, along each axis.
    padding: Option<Vec<[usize; 2]>>,
    /// Whether nothing else of the model reads the value, so that its layer may be changed.
    exclusive: bool,
}

impl Sample {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// The shape with the zeros around.
    fn padded_shape(&self) -> Vec<usize> {
        match &self.padding {
            Some(padding) => {
                self.shape.iter().zip(padding).map(|(size, [before, after])| size + before + after).collect()
            }
            None => self.shape.clone(),
        }
    }

    /// The numbers at some places, in another shape.
    fn at(&self, shape: Vec<usize>, places: &[usize]) -> Self {
        Self { shape, order: self.order.of(places), ..self.clone() }
    }
}

/// The first axis of what comes in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// It counts samples, any number of them.
    Free,
    /// It counts so many samples.
    Fixed(usize),
    /// It is part of the one sample.
    None,
}

/// What becomes of a graph.
pub struct Lowered {
    pub net: Net,
    /// What comes out, under the model's names.
    pub outputs: Vec<(String, Id)>,
    /// What differs from the model's interface, in sentences.
    pub notes: Vec<String>,
    /// Whether numbers are of 64 bits.
    pub double: bool,
}

struct Lowering<'a> {
    graph: &'a Graph,
    batch: Batch,
    values: HashMap<&'a str, Value>,
    /// Which node makes a value.
    makers: HashMap<&'a str, &'a Node>,
    /// How often a value is read.
    uses: HashMap<&'a str, usize>,
    net: Net,
    /// The layer that makes features of a value.
    flattened: HashMap<Id, Id>,
    /// Values that concatenate others.
    joined: HashMap<Vec<Id>, Id>,
    refusals: Vec<Refusal>,
}

/// Lowers a graph. `sizes` are shapes for inputs, without the batch axis, in place of what the model says of them.
pub fn lower(graph: &Graph, sizes: &HashMap<String, Vec<usize>>) -> Result<Lowered, Refused> {
    let found = batches(graph, sizes);
    let mut first_error = None;
    for batch in found {
        match Lowering::new(graph, batch).run(sizes) {
            Ok(lowered) => return Ok(lowered),
            Err(refused) => first_error = first_error.or(Some(refused)),
        }
    }
    Err(first_error.unwrap_or_else(|| Refused { refusals: Vec::new() }))
}

/// What the first axis may be, the likeliest first.
fn batches(graph: &Graph, sizes: &HashMap<String, Vec<usize>>) -> Vec<Batch> {
    let first = |input: &super::graph::Input| input.shape.as_ref().and_then(|shape| shape.first().cloned());
    let firsts: Vec<Option<Size>> = graph.inputs.iter().map(first).collect();
    let is_fixed = |size: &Option<Size>| match size {
        Some(Size::Known(size)) => Some(*size),
        _ => None,
    };
    match firsts.first().and_then(is_fixed) {
        Some(size) if sizes.is_empty() && firsts.iter().all(|first| is_fixed(first) == Some(size)) => {
            vec![Batch::Fixed(size), Batch::None]
        }
        Some(_) if sizes.is_empty() && firsts.iter().all(|first| is_fixed(first).is_some()) => vec![Batch::None],
        _ => vec![Batch::Free],
    }
}

impl<'a> Lowering<'a> {
    fn new(graph: &'a Graph, batch: Batch) -> Self {
        let mut uses = HashMap::new();
        let reads = graph.nodes.iter().flat_map(|node| &node.inputs).chain(&graph.outputs);
        reads.for_each(|name| *uses.entry(name.as_str()).or_default() += 1);
        let made = |node: &'a Node| node.outputs.iter().map(move |output| (output.as_str(), node));
        Self {
            graph,
            batch,
            values: graph
                .initializers
                .iter()
                .map(|(name, array)| (name.as_str(), Value::Constant(array.clone())))
                .collect(),
            makers: graph.nodes.iter().flat_map(made).collect(),
            uses,
            net: Net::default(),
            flattened: HashMap::new(),
            joined: HashMap::new(),
            refusals: Vec::new(),
        }
    }

    fn run(mut self, sizes: &HashMap<String, Vec<usize>>) -> Result<Lowered, Refused> {
        for input in &self.graph.inputs {
            let value = match self.input(input, sizes.get(&input.name)) {
                Ok(sample) => Value::Sample(sample),
                Err(reason) => self.refuse(&input.name, "input", None, reason),
            };
            self.values.insert(&input.name, value);
        }
        for node in &self.graph.nodes {
            self.node(node);
        }
        let (mut outputs, mut notes) = (Vec::new(), Vec::new());
        for name in &self.graph.outputs {
            match self.output(name, &mut notes) {
                Ok(Some(id)) => outputs.push((name.clone(), id)),
                Ok(None) => {}
                Err(reason) => drop(self.refuse(name, "output", None, reason)),
            }
        }
        self.notes_of_inputs(&mut notes);
        if outputs.is_empty() && self.refusals.is_empty() {
            let reason = Reason { reason: "nothing comes out".into(), help: "get the file again".into() };
            self.refuse("model", "graph", None, reason);
        }
        if self.refusals.is_empty() {
            let double = self.graph.inputs.iter().any(|input| input.element == Element::Double);
            Ok(Lowered { net: self.net, outputs, notes, double })
        } else {
            Err(Refused { refusals: self.refusals })
        }
    }

    fn refuse(&mut self, node: &str, operator: &str, shape: Option<Vec<usize>>, reason: Reason) -> Value {
        let Reason { reason, help } = reason;
        self.refusals.push(Refusal { node: node.into(), operator: operator.into(), shape, reason, help });
        Value::Refused
    }

    /// Lowers a node, and notes what it makes, or that it is refused.
    fn node(&mut self, node: &'a Node) {
        let reads_refused =
            node.inputs.iter().any(|name| matches!(self.values.get(name.as_str()), Some(Value::Refused)));
        let made =
            if reads_refused { Ok(node.outputs.iter().map(|_| Value::Refused).collect()) } else { self.made(node) };
        let values = made.unwrap_or_else(|reason| {
            let shape = node.inputs.iter().find_map(|name| match self.values.get(name.as_str()) {
                Some(Value::Sample(sample)) => Some(sample.shape.clone()),
                _ => None,
            });
            self.refuse(&node.label(), &node.operator, shape, reason);
            let made = self.as_if(node);
            node.outputs.iter().map(|_| made.clone()).collect()
        });
        for (name, value) in node.outputs.iter().zip(values) {
            self.values.insert(name, value);
        }
    }

    /// What stands for the value of a node that was refused, so that those behind it are looked at too: of what changes each
    /// number by itself the value that it reads, and of what slides a window one of its shape.
    fn as_if(&mut self, node: &'a Node) -> Value {
        let Ok(sample) = self.sample(node, 0) else { return Value::Refused };
        let sample = Sample { padding: None, exclusive: false, ..sample };
        match node.operator.as_str() {
            "Conv" | "MaxPool" | "AveragePool" => match self.window_shape(node, &sample) {
                Ok(shape) => match self.layer(node, Kind::Sum, vec![sample.id], shape.clone(), vec![]) {
                    Ok(id) => Value::Sample(Self::made_by(id, shape)),
                    Err(_) => Value::Refused,
                },
                Err(_) => Value::Refused,
            },
            operator if help::is_activation(operator) => Value::Sample(sample),
            _ => Value::Refused,
        }
    }

    /// The values that a node makes; of those at the end that are not there, nobody may need one.
    fn made(&mut self, node: &'a Node) -> Result<Vec<Value>, Reason> {
        if !node.domain.is_empty() && node.domain != "com.microsoft" || self.is_function(node) {
            return help::domain(node, self.is_function(node));
        }
        let is_sample = |name: &String| matches!(self.values.get(name.as_str()), Some(Value::Sample(_) | Value::Part));
        if !node.inputs.iter().any(is_sample) {
            return constants::fold(self, node).map(|array| vec![Value::Constant(array)]);
        }
        match node.operator.as_str() {
            "Shape" => self.shape_of(node).map(|array| vec![Value::Constant(array)]),
            "Size" => refuse("the number of numbers in a batch is no constant", "write the number"),
            "Split" => self.split(node),
            "Erf" => Ok(vec![Value::Part]),
            _ => self.one(node).map(|value| vec![value]),
        }
    }

    /// The value that a node with one output makes.
    fn one(&mut self, node: &'a Node) -> Result<Value, Reason> {
        if let Some(value) = self.part_of_gelu(node)? {
            return Ok(value);
        }
        let sample = match node.operator.as_str() {
            "Identity" => self.sample(node, 0),
            "Cast" | "CastLike" => self.cast(node),
            "Reshape" => self.reshape(node),
            "Flatten" => self.flatten_operator(node),
            "Squeeze" => self.squeeze(node),
            "Unsqueeze" => self.unsqueeze(node),
            "Transpose" => self.transpose(node),
            "Expand" => self.expand(node),
            "Slice" => self.slice(node),
            "Gather" => self.gather(node),
            "Pad" => self.pad(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.matmul(node),
            "Conv" => self.convolution(node),
            "MaxPool" | "AveragePool" => self.pool(node),
            "GlobalAveragePool" | "GlobalMaxPool" | "ReduceMean" | "ReduceMax" => self.global_pool(node),
            "BatchNormalization" => self.batch_normalization(node),
            "LayerNormalization" => self.layer_normalization(node),
            "Relu" | "Sigmoid" | "Tanh" | "LeakyRelu" | "PRelu" | "Gelu" | "Swish" | "Clip" | "ThresholdedRelu"
            | "Elu" => self.activation(node),
            "Softmax" => self.softmax(node),
            "Dropout" => self.dropout(node),
            "Add" | "Sub" | "Mul" | "Div" | "Neg" | "Sum" | "Mean" | "Max" => self.arithmetic(node),
            "Concat" => self.concat(node),
            _ => help::operator(node),
        };
        self.flat_if_flat(node, sample?).map(Value::Sample)
    }

    /// What the model sees as features from here on becomes features here.
    fn flat_if_flat(&mut self, node: &Node, sample: Sample) -> Result<Sample, Reason> {
        let flattens = matches!(node.operator.as_str(), "Reshape" | "Flatten" | "Squeeze" | "ReduceMean" | "ReduceMax");
        if !flattens || sample.shape.len() != 1 || self.check_numbers(&sample).is_err() {
            return Ok(sample);
        }
        if self.shape(&sample)?.len() == 1 || sample.len() != self.net.len(sample.id) {
            return Ok(sample);
        }
        let (id, order) = self.features(node, &sample)?;
        Ok(Sample { id, order, ..sample })
    }

    fn is_function(&self, node: &Node) -> bool {
        self.graph.functions.contains(&(node.domain.clone(), node.operator.clone()))
    }

    /// What an input of a node stands for; nothing if it is left out.
    fn value(&self, node: &Node, place: usize) -> Result<Option<Value>, Reason> {
        let Some(name) = node.input(place) else { return Ok(None) };
        if let Some(value) = self.values.get(name) {
            return Ok(Some(value.clone()));
        }
        match self.graph.unreadable.get(name) {
            Some(reason) => Err(reason.clone()),
            None if self.makers.contains_key(name) => {
                refuse(format!("it reads `{name}`, and only the first output of a node is there"), help::FIRST_OUTPUT)
            }
            None => refuse(format!("it reads `{name}`, which nothing makes"), "correct the model"),
        }
    }

    /// The tensor that a node reads.
    fn sample(&self, node: &Node, place: usize) -> Result<Sample, Reason> {
        match self.value(node, place)? {
            Some(Value::Sample(mut sample)) => {
                let uses = node.input(place).and_then(|name| self.uses.get(name));
                sample.exclusive &= uses == Some(&1);
                Ok(sample)
            }
            Some(Value::Part) => {
                refuse("it reads the error function, which castnet has within `gelu` only", help::GELU)
            }
            Some(_) => refuse(format!("its input {place} is a constant, and another one is not"), help::CONSTANT_FIRST),
            None => refuse(format!("its input {place} is missing"), "correct the model"),
        }
    }

    /// The same, of one without zeros around it.
    fn unpadded(&self, node: &Node, place: usize) -> Result<Sample, Reason> {
        let sample = self.sample(node, place)?;
        match &sample.padding {
            None => Ok(sample),
            Some(_) => {
                refuse("zeros are put around what it reads, and only a convolution does that in castnet", help::PADDING)
            }
        }
    }

    /// The numbers that a node reads; nothing if they are left out.
    fn optional(&self, node: &Node, place: usize) -> Result<Option<Array>, Reason> {
        match self.value(node, place)? {
            Some(Value::Constant(array)) => Ok(Some(array)),
            Some(_) => refuse(
                format!(
                    "its input {place}, `{}`, is computed from what comes in",
                    node.input(place).unwrap_or_default()
                ),
                "castnet needs a constant there: have it as an initializer",
            ),
            None => Ok(None),
        }
    }

    fn constant(&self, node: &Node, place: usize) -> Result<Array, Reason> {
        match self.optional(node, place)? {
            Some(array) => Ok(array),
            None => refuse(format!("its input {place} is missing"), "correct the model"),
        }
    }

    /// Whole numbers that are a setting in old versions of an operator and an input in new ones.
    fn ints(&self, node: &Node, name: &str, place: usize) -> Result<Option<Vec<i64>>, Reason> {
        match node.ints(name) {
            Some(values) => Ok(Some(values.to_vec())),
            None => Ok(self.optional(node, place)?.map(|array| array.whole())),
        }
    }

    /// An axis of a sample, of one that the model counts with the batch axis.
    fn axis(&self, axis: i64, sample: &Sample) -> Result<usize, Reason> {
        let batch = usize::from(self.batch != Batch::None);
        match places::axis(axis, sample.shape.len() + batch)?.checked_sub(batch) {
            Some(axis) => Ok(axis),
            None => {
                refuse("it works along the batch axis, from one sample to another", "keep samples apart in the model")
            }
        }
    }

    /// A new layer, whose tensor has the order of its memory.
    fn layer(
        &mut self,
        node: &Node,
        kind: Kind,
        reads: Vec<Id>,
        shape: Vec<usize>,
        weights: Vec<Weight>,
    ) -> Result<Id, Reason> {
        places::count(&shape)?;
        let names = node.inputs.iter().skip(1).chain([&node.name]).filter(|name| !name.is_empty()).cloned().collect();
        Ok(self.net.add(Layer { kind, reads, shape: LayerShape::Known(shape), weights, names }))
    }

    /// A tensor that a new layer has made in the order of the model.
    fn made_by(id: Id, shape: Vec<usize>) -> Sample {
        Sample { shape, id, order: Order::Same, padding: None, exclusive: true }
    }

    /// A layer that changes each number by itself.
    fn each(&mut self, node: &Node, sample: &Sample, text: impl Into<String>) -> Sample {
        let names = vec![node.name.clone()];
        let kind = Kind::Plain(text.into());
        let layer = Layer { kind, reads: vec![sample.id], shape: LayerShape::AsRead, weights: vec![], names };
        Sample { id: self.net.add(layer), exclusive: true, ..sample.clone() }
    }
}
