//! A model: a graph, and the operators that its nodes are of.

use std::path::Path;

use prost::Message;

use super::{AttributeProto, GraphProto, NodeProto, ValueInfoProto};
use crate::Error;

/// What a file holds.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// The version of the format itself.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// The operators that the nodes are of, by domain.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// What made the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// The version of what made the file.
    #[prost(string, tag = "3")]
    pub producer_version: String,
    /// Whose model it is, as a reversed domain name.
    #[prost(string, tag = "4")]
    pub domain: String,
    /// The version of the model.
    #[prost(int64, tag = "5")]
    pub model_version: i64,
    /// What the model is, for people.
    #[prost(string, tag = "6")]
    pub doc_string: String,
    /// What it computes.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// Whatever else its maker wanted to say.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
    /// Operators that are made of others.
    #[prost(message, repeated, tag = "25")]
    pub functions: Vec<FunctionProto>,
}

/// A version of the operators of a domain.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// Empty for ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// The version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A key and its value.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct StringStringEntryProto {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// An operator that is made of others.
#[derive(Clone, PartialEq, Message)]
pub struct FunctionProto {
    /// The `op_type` of the nodes that call it.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The names of its inputs.
    #[prost(string, repeated, tag = "4")]
    pub input: Vec<String>,
    /// The names of its outputs.
    #[prost(string, repeated, tag = "5")]
    pub output: Vec<String>,
    /// The names of its attributes that have no defaults.
    #[prost(string, repeated, tag = "6")]
    pub attribute: Vec<String>,
    /// Its attributes that have defaults.
    #[prost(message, repeated, tag = "11")]
    pub attribute_proto: Vec<AttributeProto>,
    /// What it computes.
    #[prost(message, repeated, tag = "7")]
    pub node: Vec<NodeProto>,
    /// What it is, for people.
    #[prost(string, tag = "8")]
    pub doc_string: String,
    /// The operators that its nodes are of.
    #[prost(message, repeated, tag = "9")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// The `domain` of the nodes that call it.
    #[prost(string, tag = "10")]
    pub domain: String,
    /// Which of several of that name it is.
    #[prost(string, tag = "13")]
    pub overload: String,
    /// What is known of its values.
    #[prost(message, repeated, tag = "12")]
    pub value_info: Vec<ValueInfoProto>,
}

impl ModelProto {
    /// The model that is in these bytes.
    ///
    /// # Errors
    ///
    /// [`Error::NotAModel`] for bytes that are no message of that kind, and [`Error::NoGraph`] for one that computes nothing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let model = Self::decode(bytes).map_err(|source| Error::NotAModel { source })?;
        if model.graph.is_none() { Err(Error::NoGraph) } else { Ok(model) }
    }

    /// The model that is in a file.
    ///
    /// # Errors
    ///
    /// As for [`from_bytes`](Self::from_bytes), and what the system says; each names the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Read { source });
        bytes.and_then(|bytes| Self::from_bytes(&bytes)).map_err(|error| error.in_file(path))
    }

    /// The bytes of a file that holds the model.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// The version of ONNX's own operators, if the model says one.
    pub fn opset(&self) -> Option<i64> {
        let is_onnx = |set: &&OperatorSetIdProto| matches!(set.domain.as_str(), "" | "ai.onnx");
        self.opset_import.iter().find(is_onnx).map(|set| set.version)
    }
}
