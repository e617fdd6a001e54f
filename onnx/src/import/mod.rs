//! Models to declarations.
//!
//! [`Import`] reads a model and makes of it a `network!` declaration, as a person would write it, and the file of weights that
//! its `load` takes. [`build()`](crate::build()) does it in a build script, the command `castnet-onnx` at a prompt.
//!
//! ```
//! use castnet_onnx::Import;
//! use castnet_onnx::proto::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, DataType};
//!
//! let node = |op_type: &str, input: &[&str], output: &str| NodeProto {
//!     op_type: op_type.into(),
//!     input: input.iter().map(|name| name.to_string()).collect(),
//!     output: vec![output.into()],
//!     ..Default::default()
//! };
//! let graph = GraphProto {
//!     node: vec![node("MatMul", &["x", "hidden.weight"], "y"), node("Tanh", &["y"], "z")],
//!     initializer: vec![TensorProto::floats("hidden.weight", &[2, 3], [0.5; 6])],
//!     input: vec![ValueInfoProto::tensor("x", DataType::Float, &[2])],
//!     output: vec![ValueInfoProto::tensor("z", DataType::Float, &[3])],
//!     ..Default::default()
//! };
//! let imported = Import::new("Gate").model(ModelProto { graph: Some(graph), ..Default::default() })?;
//! assert!(imported.declaration.ends_with(
//!     "    pub struct Gate {
//!         input: [2],
//!         hidden: dense(3, bias = false), tanh,
//!     }
//! }
//! "
//! ));
//! # Ok::<(), castnet_onnx::Error>(())
//! ```
//!
//! # What is taken
//!
#![doc = include_str!("../../docs/operators.md")]

mod array;
mod blocks;
mod clashes;
mod declare;
mod graph;
mod lower;
mod names;
mod net;
mod places;
mod read;
mod refusal;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::proto::ModelProto;
use blocks::Tree;
use net::{Id, Kind, Layer, LayerShape, Net};

pub use refusal::{Refusal, Refused};

/// How a model becomes a declaration.
#[derive(Clone, Debug, Default)]
pub struct Import {
    name: String,
    sizes: HashMap<String, Vec<usize>>,
}

/// A declaration and its weights.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The name of the network.
    pub name: String,
    /// The `network!` declaration, as Rust.
    pub declaration: String,
    /// The contents of the safetensors file that `load` of the network takes.
    pub weights: Vec<u8>,
}

impl Import {
    /// For a network of that name, which becomes a name of a type: `LeNet5` of `LeNet5` and of `le_net5`.
    pub fn new(name: &str) -> Self {
        Self { name: names::type_name(name), ..Self::default() }
    }

    /// The shape of one sample of an input, without the batch axis, where the model leaves sizes free: fully convolutional
    /// models do.
    pub fn input(mut self, name: &str, shape: &[usize]) -> Self {
        self.sizes.insert(name.into(), shape.to_vec());
        self
    }

    /// Of the model in a file. Weights that are kept in files beside it are read too.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] names all that cannot be expressed; the others are about the file.
    pub fn file(&self, path: impl AsRef<Path>) -> Result<Imported, Error> {
        let path = path.as_ref();
        let model = ModelProto::read(path)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        self.of(model, path.parent(), Some(&file)).map_err(|error| error.in_file(path))
    }

    /// Of the bytes of a file.
    ///
    /// # Errors
    ///
    /// As for [`file`](Self::file).
    pub fn bytes(&self, bytes: &[u8]) -> Result<Imported, Error> {
        self.model(ModelProto::from_bytes(bytes)?)
    }

    /// Of a model.
    ///
    /// # Errors
    ///
    /// As for [`file`](Self::file).
    pub fn model(&self, model: ModelProto) -> Result<Imported, Error> {
        self.of(model, None, None)
    }

    fn of(&self, model: ModelProto, folder: Option<&Path>, file: Option<&str>) -> Result<Imported, Error> {
        let graph = read::graph(model, folder)?;
        let lowered = lower::lower(&graph, &self.sizes)?;
        let (mut net, double) = (lowered.net, lowered.double);
        let (tree, mut notes) = (structure(&mut net, &lowered.outputs)?, lowered.notes);
        for input in &graph.inputs {
            let is_read = tree
                .inputs
                .iter()
                .any(|&id| matches!(&net.layers[id].kind, Kind::Input(own) if own.name == input.name));
            if !is_read {
                notes.push(format!("The model's input `{}` changes nothing, and is left out.", plain(&input.name)));
            }
        }
        let tree = named(&mut net, tree)?;
        let mut docs = vec![match file {
            Some(file) => format!("From `{}`, by castnet-onnx.", plain(file)),
            None => "From an ONNX model, by castnet-onnx.".into(),
        }];
        if !notes.is_empty() {
            docs.push(String::new());
            docs.append(&mut notes);
        }
        let weights = declare::weights(&net, &tree.items);
        Ok(Imported {
            declaration: declare::declaration(&net, &tree, &self.name, if double { "<f64>" } else { "" }, &docs),
            weights: declare::file(&weights, double),
            name: self.name.clone(),
        })
    }
}

impl Imported {
    /// Writes `<stem>.rs` and `<stem>.safetensors` into a folder, and returns their paths.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn write(&self, folder: impl AsRef<Path>, stem: &str) -> Result<[PathBuf; 2], Error> {
        let path = |extension: &str| folder.as_ref().join(format!("{stem}.{extension}"));
        let files = [(path("rs"), self.declaration.as_bytes()), (path("safetensors"), &self.weights)];
        for (path, contents) in &files {
            fs::write(path, contents).map_err(|source| Error::Write { source }.in_file(path))?;
        }
        Ok(files.map(|(path, _)| path))
    }
}

/// A name of a model as it stands in a comment.
fn plain(name: &str) -> String {
    name.chars().take(80).map(|letter| if letter.is_control() || letter == '`' { '?' } else { letter }).collect()
}

/// The blocks of a network with one output or several.
fn structure(net: &mut Net, outputs: &[(String, Id)]) -> Result<Tree, Refused> {
    if let [(_, output)] = outputs {
        return blocks::tree(net, *output, None);
    }
    let mut ids: Vec<Id> = outputs.iter().map(|(_, id)| *id).collect();
    let shapes: Vec<Vec<usize>> = ids.iter().map(|&id| net.shape(id).unwrap_or_default().to_vec()).collect();
    if shapes.iter().any(|shape| shape.get(1..) != shapes[0].get(1..)) {
        for (id, shape) in ids.iter_mut().zip(&shapes).filter(|(_, shape)| shape.len() > 1) {
            let shape = LayerShape::Known(vec![shape.iter().product()]);
            let kind = Kind::Plain("flatten".into());
            *id = net.add(Layer { kind, reads: vec![*id], shape, weights: vec![], names: vec![] });
        }
    }
    let len = ids.iter().map(|&id| net.len(id)).sum();
    let shape = LayerShape::Known(vec![len]);
    let join = net.add(Layer { kind: Kind::Concat, reads: ids, shape, weights: vec![], names: vec![] });
    let heads = names::parts(outputs.iter().map(|(name, _)| name.as_str()), "output");
    blocks::tree(net, join, Some(&heads))
}

/// Names inputs and layers, and finds what is repeated.
fn named(net: &mut Net, tree: Tree) -> Result<Tree, Error> {
    let inputs: Vec<&str> = tree
        .inputs
        .iter()
        .map(|&id| match &net.layers[id].kind {
            Kind::Input(input) => input.name.as_str(),
            _ => "",
        })
        .collect();
    let parts = names::parts(inputs.into_iter(), "input");
    for (&id, name) in tree.inputs.iter().zip(&parts) {
        if let Kind::Input(input) = &mut net.layers[id].kind {
            input.name.clone_from(name);
        }
    }
    for id in 0..net.layers.len() {
        if net.layers[id].weights.iter().any(|weight| weight.shape.is_empty()) && net.shape(id).is_some() {
            net.spread_weights(id).map_err(|refusal::Reason { reason, help }| {
                let node = "model".into();
                Refused { refusals: vec![Refusal { node, operator: "graph".into(), shape: None, reason, help }] }
            })?;
        }
    }
    let has_weights = |id: Id| !net.layers[id].weights.is_empty();
    let mut items = blocks::repeated(tree.items, &|item| declare::signature(net, item), &has_weights);
    names::assign(net, &mut items, &parts);
    Ok(Tree { items, ..tree })
}
