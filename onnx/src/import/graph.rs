//! A model as the importer looks at it: names, operators, settings and numbers, whatever the file wrote them as.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::array::{Array, Element};
use super::refusal::{Reason, refuse};

/// The graph of a model.
pub struct Graph {
    /// The version of ONNX's operators.
    pub opset: i64,
    pub inputs: Vec<Input>,
    pub outputs: Vec<String>,
    pub nodes: Vec<Node>,
    pub initializers: HashMap<String, Array>,
    /// Initializers that could not be read, and why.
    pub unreadable: HashMap<String, Reason>,
    /// Operators that the model brings along, by domain and name.
    pub functions: BTreeSet<(String, String)>,
}

/// What comes in.
pub struct Input {
    pub name: String,
    pub element: Element,
    /// The sizes along each axis, as far as they are known; nothing if not even their number is.
    pub shape: Option<Vec<Size>>,
}

/// A size of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Size {
    Known(usize),
    /// Left free, under a name that may be empty.
    Free(String),
}

/// A use of an operator.
pub struct Node {
    pub name: String,
    pub operator: String,
    pub domain: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: BTreeMap<String, Attribute>,
}

/// A setting.
pub enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Tensor(Result<Array, Reason>),
    /// Graphs, types and whatever else no operator needs that castnet can express.
    Other,
}

impl Node {
    /// What messages call it.
    pub fn label(&self) -> String {
        let names = [Some(&self.name), self.outputs.first()];
        names.into_iter().flatten().find(|name| !name.is_empty()).cloned().unwrap_or_else(|| "(no name)".into())
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        match self.attributes.get(name) {
            Some(Attribute::Int(value)) => *value,
            _ => default,
        }
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        match self.attributes.get(name) {
            Some(Attribute::Float(value)) => *value,
            Some(Attribute::Int(value)) => *value as f32,
            _ => default,
        }
    }

    pub fn text(&self, name: &str) -> &str {
        match self.attributes.get(name) {
            Some(Attribute::Text(value)) => value,
            _ => "",
        }
    }

    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name) {
            Some(Attribute::Ints(values)) => Some(values),
            _ => None,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// The name of an input, if it is not left out.
    pub fn input(&self, place: usize) -> Option<&str> {
        self.inputs.get(place).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Whole numbers that are a setting in old versions and an input in new ones are given by `ints_or_input` of the
    /// lowering; sizes of windows are settings always, one or more for each of `axes`.
    pub fn sizes(&self, name: &str, len: usize, default: usize) -> Result<Vec<usize>, Reason> {
        let Some(values) = self.ints(name) else { return Ok(vec![default; len]) };
        let sizes: Option<Vec<usize>> = values.iter().map(|&value| usize::try_from(value).ok()).collect();
        match sizes {
            Some(sizes) if sizes.len() == len && sizes.iter().all(|&size| size <= u32::MAX as usize) => Ok(sizes),
            _ => refuse(format!("`{name}` is {values:?}, which are not {len} sizes"), "correct the model"),
        }
    }
}
