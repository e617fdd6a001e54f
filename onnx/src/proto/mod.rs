//! The messages of an ONNX file: what castnet writes, and what it reads of what others wrote.
//!
//! Names and numbers of the fields are those of [`onnx.proto`](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), whose
//! comments say what they mean. What is not here (training, quantisation, several devices) is passed over.
//!
//! ```
//! use castnet_onnx::proto::{GraphProto, ModelProto, NodeProto};
//!
//! let node = NodeProto { op_type: "Relu".into(), input: vec!["x".into()], output: vec!["y".into()], ..Default::default() };
//! let graph = GraphProto { name: "positive".into(), node: vec![node], ..Default::default() };
//! let model = ModelProto { ir_version: 8, graph: Some(graph), ..Default::default() };
//! assert_eq!(ModelProto::from_bytes(&model.to_bytes())?, model);
//! assert!(ModelProto::from_bytes(b"no model").is_err());
//! # Ok::<(), castnet_onnx::Error>(())
//! ```

mod graph;
mod model;
mod tensor;
mod types;

pub use graph::{AttributeProto, AttributeType, GraphProto, NodeProto};
pub use model::{FunctionProto, ModelProto, OperatorSetIdProto, StringStringEntryProto};
pub use tensor::{DataLocation, DataType, SparseTensorProto, TensorProto};
pub use types::{
    DimensionProto, DimensionValue, TensorShapeProto, TensorTypeProto, TypeProto, TypeValue, ValueInfoProto,
};

#[cfg(test)]
mod tests;
