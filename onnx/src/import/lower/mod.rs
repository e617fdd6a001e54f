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
mod joining;
mod moving;
mod normalisation;
mod pooling;
pub use pooling::each_axis;
mod tokens;

use std::collections::HashMap;
use std::rc::Rc;

use super::array::{Array, Element};
use super::graph::{Graph, Node, Size};
use super::net::{Id, Input, Kind, Layer, LayerShape, Net, Order, Weight};
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

    fn input(&mut self, input: &super::graph::Input, sizes: Option<&Vec<usize>>) -> Result<Sample, Reason> {
        let is_whole = match input.element {
            Element::Single | Element::Double => false,
            Element::Integer => true,
            Element::Half => return refuse("its numbers have 16 bits", "have the model in float32"),
            Element::Bool | Element::Other => {
                return refuse("it is no tensor of numbers", "have the model take float32");
            }
        };
        let shape = match sizes {
            Some(sizes) => sizes.clone(),
            None => self.sample_shape(input)?,
        };
        places::count(&shape)?;
        let kind = Kind::Input(Input {
            name: input.name.clone(),
            model_shape: shape.clone(),
            places: None,
            limit: None,
            is_whole,
        });
        let layer = Layer { kind, reads: vec![], shape: LayerShape::Open, weights: vec![], names: vec![] };
        Ok(Sample { shape, id: self.net.add(layer), order: Order::Same, padding: None, exclusive: true })
    }

    /// The shape of one sample of an input.
    fn sample_shape(&self, input: &super::graph::Input) -> Result<Vec<usize>, Reason> {
        let name = &input.name;
        let Some(shape) = &input.shape else {
            return refuse("the model does not say its shape", format!("say it: `--input {name}=3x224x224`"));
        };
        let of_sample = if self.batch == Batch::None { shape } else { shape.get(1..).unwrap_or_default() };
        let known = |size: &Size| match size {
            Size::Known(size) => Some(*size),
            Size::Free(_) => None,
        };
        of_sample.iter().map(known).collect::<Option<_>>().map_or_else(
            || {
                let text = |size: &Size| match size {
                    Size::Known(size) => size.to_string(),
                    Size::Free(name) if name.is_empty() => "?".into(),
                    Size::Free(name) => name.chars().take(40).filter(|letter| !letter.is_control()).collect(),
                };
                let (shape, example): (Vec<String>, Vec<String>) = (
                    shape.iter().map(text).collect(),
                    of_sample.iter().map(|size| known(size).map_or("64".into(), |size| size.to_string())).collect(),
                );
                refuse(
                    format!("its shape is [{}], and castnet compiles every size in", shape.join(", ")),
                    format!("say the sizes of a sample, for instance `--input {name}={}`", example.join("x")),
                )
            },
            Ok,
        )
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

    /// Where the numbers of a tensor stand in castnet's memory; if its input is still open, as the input's.
    fn order(&self, sample: &Sample) -> Order {
        match &self.net.layers[self.net.root(sample.id)].kind {
            Kind::Input(Input { places: Some(places), .. }) => {
                let places = places.clone();
                Order::new((0..sample.len()).map(|index| places[sample.order.at(index)] as usize))
            }
            _ => sample.order.clone(),
        }
    }

    /// If the input that a tensor is of has no shape yet, gives it one in which the tensor's axes stand in the order `axes`.
    fn settle(&mut self, sample: &Sample, axes: &[usize]) -> Result<(), Reason> {
        if self.net.shape(sample.id).is_some() {
            return Ok(());
        }
        let root = self.net.root(sample.id);
        let (len, sizes): (usize, Vec<usize>) =
            (self.net.len(root), axes.iter().map(|&axis| sample.shape[axis]).collect());
        if sample.len() != len || !(1..=3).contains(&sample.shape.len()) {
            return self.settle_as_it_is(sample);
        }
        if sample.order == Order::Same && axes.iter().copied().eq(0..sample.shape.len()) {
            return self.net.decide(root, sizes, &Order::Same);
        }
        let moved = places::transposed(&sample.shape, axes)?;
        let mut decided = vec![usize::MAX; len];
        for (place, from) in moved.into_iter().enumerate() {
            decided[sample.order.at(from)] = place;
        }
        if decided.contains(&usize::MAX) {
            return self.settle_as_it_is(sample);
        }
        self.net.decide(root, sizes, &Order::new(decided.into_iter()))
    }

    /// If the input that a tensor is of has no shape yet, gives it the model's.
    fn settle_as_it_is(&mut self, sample: &Sample) -> Result<(), Reason> {
        if self.net.shape(sample.id).is_some() {
            return Ok(());
        }
        let root = self.net.root(sample.id);
        let Kind::Input(Input { model_shape, .. }) = &self.net.layers[root].kind else { return Ok(()) };
        let shape = match model_shape.len() {
            1..=3 => model_shape.clone(),
            _ => vec![model_shape.iter().product()],
        };
        self.net.decide(root, shape, &Order::Same)
    }

    /// The shape of an input of tokens, which stand one behind the other.
    fn tokens(&mut self, sample: &Sample) -> Result<Vec<usize>, Reason> {
        let root = self.net.root(sample.id);
        if self.net.shape(root).is_none() {
            self.net.decide(root, vec![self.net.len(root)], &Order::Same)?;
        }
        Ok(self.net.shape(sample.id).unwrap_or_default().to_vec())
    }

    /// castnet's shape of the value of a tensor.
    fn shape(&mut self, sample: &Sample) -> Result<Vec<usize>, Reason> {
        self.settle_as_it_is(sample)?;
        Ok(self.net.shape(sample.id).unwrap_or_default().to_vec())
    }

    /// The value of a tensor as features, and where its numbers stand among them.
    fn features(&mut self, node: &Node, sample: &Sample) -> Result<(Id, Order), Reason> {
        let shape = self.shape(sample)?;
        self.check_numbers(sample)?;
        let order = self.order(sample);
        if shape.len() == 1 {
            return Ok((sample.id, order));
        }
        if let Some(&id) = self.flattened.get(&sample.id) {
            return Ok((id, order));
        }
        let len = shape.iter().product();
        let id = self.layer(node, Kind::Plain("flatten".into()), vec![sample.id], vec![len], vec![])?;
        self.net.layers[id].names.clear();
        self.flattened.insert(sample.id, id);
        Ok((id, order))
    }

    /// The value of a tensor whose axes are castnet's channels and positions. Each channel of the tensor may be another one of
    /// castnet's, which is returned if it is so.
    fn channels(&mut self, sample: &Sample) -> Result<(Id, Option<Vec<usize>>), Reason> {
        let axes: Vec<usize> = (0..sample.shape.len()).collect();
        self.settle(sample, &axes)?;
        let shape = self.shape(sample)?;
        self.check_numbers(sample)?;
        let order = self.order(sample);
        let positions: usize = sample.shape.iter().skip(1).product();
        let channels = sample.shape.first().copied().unwrap_or(0);
        let in_channel = |channel: usize| {
            let first = order.at(channel * positions);
            let are_together =
                (0..positions).all(|position| order.at(channel * positions + position) == first + position);
            (are_together && first.is_multiple_of(positions)).then_some(first / positions)
        };
        if shape == sample.shape {
            if order == Order::Same {
                return Ok((sample.id, None));
            }
            if let Some(found) = (0..channels).map(in_channel).collect::<Option<Vec<_>>>() {
                return Ok((sample.id, Some(found)));
            }
            return refuse(
                "it takes the axes of the tensor in another order than castnet's channels, height and width",
                help::ORDER,
            );
        }
        refuse(
            format!("it takes {} where castnet has {}", places::text(&sample.shape), places::text(&shape)),
            help::SHAPE,
        )
    }

    /// Tokens are read by `embedding` only.
    fn check_numbers(&self, sample: &Sample) -> Result<(), Reason> {
        match &self.net.layers[self.net.root(sample.id)].kind {
            Kind::Input(Input { is_whole: true, name, .. }) => refuse(
                format!("`{name}` has whole numbers, which castnet takes as tokens"),
                "have the model take float32, or read them by Gather on a table of vectors",
            ),
            _ => Ok(()),
        }
    }

    /// The value that an output is.
    fn output(&mut self, name: &'a str, notes: &mut Vec<String>) -> Result<Option<Id>, Reason> {
        let sample = match self.values.get(name) {
            Some(Value::Sample(sample)) => sample.clone(),
            Some(Value::Refused) => return Ok(None),
            Some(Value::Part) => {
                return refuse("it is the error function, which castnet has within `gelu` only", help::GELU);
            }
            Some(Value::Constant(_)) => return refuse("it does not depend on what comes in", "leave this output out"),
            None => return refuse("nothing makes it", "correct the model"),
        };
        if sample.padding.is_some() {
            return refuse("zeros are put around it, and only a convolution does that in castnet", help::PADDING);
        }
        let shape = self.shape(&sample)?;
        self.check_numbers(&sample)?;
        if matches!(self.net.layers[sample.id].kind, Kind::Input(_)) {
            return refuse("it is what comes in", "leave this output out, or compute something of it");
        }
        if self.net.len(sample.id) != sample.len() {
            return refuse("it is only some of the numbers of a value, out of order", "let all of them come out");
        }
        let order = self.order(&sample);
        if order != Order::Same {
            if !is_transposed(&order, &shape, &sample.shape)? {
                return refuse("its numbers are in another order than castnet has them in", help::ORDER);
            }
            let (model, own) = (places::text(&sample.shape), places::text(&shape));
            notes.push(format!("The model gives {model}, this network {own}: channels first."));
        }
        let is_flat = sample.shape.iter().filter(|&&size| size != 1).count() < 2 && sample.shape.len() < 2;
        if order == Order::Same && is_flat && shape.len() > 1 {
            let node = self.makers.get(name).copied();
            return match node {
                Some(node) => Ok(Some(self.features(node, &sample)?.0)),
                None => Ok(Some(sample.id)),
            };
        }
        Ok(Some(sample.id))
    }

    fn notes_of_inputs(&mut self, notes: &mut Vec<String>) {
        let mut unclear = Vec::new();
        let several = self.graph.inputs.len() > 1;
        for layer in &self.net.layers {
            let (Kind::Input(input), LayerShape::Known(shape)) = (&layer.kind, &layer.shape) else { continue };
            let Some(places) = &input.places else { continue };
            let (model, own) = (places::text(&input.model_shape), places::text(shape));
            let of = if several { format!(" as `{}`", input.name) } else { String::new() };
            match is_transposed(&Order::Places(Rc::clone(places)), shape, &input.model_shape) {
                Ok(true) => notes.push(format!("The model takes {model}{of}, this network {own}: channels first.")),
                _ => unclear.push(input.name.clone()),
            }
        }
        for name in unclear {
            let reason = Reason {
                reason: "its numbers are needed in another order than they come in".into(),
                help: help::ORDER.into(),
            };
            self.refuse(&name, "input", None, reason);
        }
    }
}

/// Whether an order is that of channels that stand last in the model's shape and first in castnet's.
fn is_transposed(order: &Order, own: &[usize], model: &[usize]) -> Result<bool, Reason> {
    let strip = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<usize>>();
    let (own, model) = (strip(own), strip(model));
    let [channels, positions @ ..] = own.as_slice() else { return Ok(false) };
    if model.len() != own.len() || model.last() != Some(channels) || model[..model.len() - 1] != *positions {
        return Ok(false);
    }
    let axes: Vec<usize> = (1..own.len()).chain([0]).collect();
    Ok(Order::new(places::transposed(&own, &axes)?.into_iter()) == *order)
}
