//! The network as castnet has it: layers that make values of others, with their weights.

use std::rc::Rc;

use super::places;
use super::refusal::{Reason, refuse};

/// Index of a layer, and of the value that it makes.
pub type Id = usize;

/// Layers, each behind those that it reads.
#[derive(Default)]
pub struct Net {
    pub layers: Vec<Layer>,
}

pub struct Layer {
    pub kind: Kind,
    pub reads: Vec<Id>,
    pub shape: LayerShape,
    pub weights: Vec<Weight>,
    /// What the model calls it: names of its weights and of its node.
    pub names: Vec<String>,
}

/// The shape of what a layer makes.
pub enum LayerShape {
    /// As castnet has it.
    Known(Vec<usize>),
    /// That of what it reads, which may not be known yet.
    AsRead,
    /// That of an input, which the first layer decides that needs to know.
    Open,
}

pub enum Kind {
    /// An input: its numbers in the model's order are at these places in castnet's, if they are elsewhere.
    Input(Input),
    Dense {
        units: usize,
    },
    Convolution(Convolution),
    /// Only what the declaration says.
    Plain(String),
    /// `frozen` if it stands for numbers of the model that are not learnt.
    BatchNorm {
        frozen: bool,
    },
    Sum,
    Concat,
}

/// What comes in.
pub struct Input {
    pub name: String,
    /// The shape of a sample in the model.
    pub model_shape: Vec<usize>,
    /// Where castnet has each number of the model's, if it has them in another order.
    pub places: Option<Rc<[u32]>>,
    /// Of tokens, how many there are, as soon as something says it.
    pub limit: Option<usize>,
    /// Whether it has whole numbers.
    pub is_whole: bool,
}

/// A convolution along one or two axes.
pub struct Convolution {
    pub filters: usize,
    pub kernel: Vec<usize>,
    pub stride: Vec<usize>,
    pub dilation: Vec<usize>,
    pub padding: Vec<[usize; 2]>,
    /// The axes of what comes in.
    pub input: Vec<usize>,
}

/// Numbers of a layer under their name in a file.
pub struct Weight {
    pub field: &'static str,
    pub shape: Vec<usize>,
    pub numbers: Vec<f64>,
}

impl Weight {
    pub fn new(field: &'static str, shape: Vec<usize>, numbers: Vec<f64>) -> Self {
        Self { field, shape, numbers }
    }
}

/// Which number of what a layer makes each number of a tensor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// The same one.
    Same,
    /// The one at that place.
    Places(Rc<[u32]>),
}

impl Order {
    pub fn at(&self, index: usize) -> usize {
        match self {
            Self::Same => index,
            Self::Places(places) => places[index] as usize,
        }
    }

    /// That of the numbers at some places of the tensor.
    pub fn of(&self, places: &[usize]) -> Self {
        Self::new(places.iter().map(|&place| self.at(place)))
    }

    #[allow(clippy::cast_possible_truncation)] // There are no more numbers than a u32 counts.
    pub fn new(places: impl Iterator<Item = usize>) -> Self {
        let places: Vec<u32> = places.map(|place| place as u32).collect();
        if places.iter().enumerate().all(|(index, &place)| index == place as usize) {
            Self::Same
        } else {
            Self::Places(places.into())
        }
    }
}

impl Net {
    pub fn add(&mut self, layer: Layer) -> Id {
        self.layers.push(layer);
        self.layers.len() - 1
    }

    /// The layer whose memory a value is laid out as: its own, or, if that is not known yet, that of the input.
    pub fn root(&self, mut id: Id) -> Id {
        while let (LayerShape::AsRead, [read, ..]) = (&self.layers[id].shape, self.layers[id].reads.as_slice()) {
            id = *read;
        }
        id
    }

    /// The shape, unless it is that of an input of which no layer needed to know it.
    pub fn shape(&self, id: Id) -> Option<&[usize]> {
        match &self.layers[self.root(id)].shape {
            LayerShape::Known(shape) => Some(shape),
            _ => None,
        }
    }

    /// How many numbers a value has.
    pub fn len(&self, id: Id) -> usize {
        let root = self.root(id);
        match (&self.layers[root].shape, &self.layers[root].kind) {
            (LayerShape::Known(shape), _) => shape.iter().product(),
            (_, Kind::Input(input)) => input.model_shape.iter().product(),
            _ => 0,
        }
    }

    /// Decides the shape of an input: the model's numbers are at `places` in it.
    pub fn decide(&mut self, root: Id, shape: Vec<usize>, decided: &Order) -> Result<(), Reason> {
        if places::count(&shape)? != self.len(root) {
            return refuse("only some of the numbers of an input are taken", "cut the input before the model");
        }
        if let Kind::Input(input) = &mut self.layers[root].kind {
            input.places = match decided {
                Order::Same => None,
                Order::Places(list) => Some(list.clone()),
            };
        }
        self.layers[root].shape = LayerShape::Known(shape);
        Ok(())
    }
}
