//! The types of values.

use prost::{Message, Oneof};

use super::DataType;

/// What is known of a value.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// `type`
    #[prost(message, optional, tag = "2")]
    pub kind: Option<TypeProto>,
    /// What it is, for people.
    #[prost(string, tag = "3")]
    pub doc_string: String,
}

/// A type.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// The type; none if it is one of those that are passed over: sequences, maps and options.
    #[prost(oneof = "TypeValue", tags = "1")]
    pub value: Option<TypeValue>,
    /// What its values stand for.
    #[prost(string, tag = "6")]
    pub denotation: String,
}

/// What a [`TypeProto`] says.
#[derive(Clone, PartialEq, Oneof)]
pub enum TypeValue {
    /// `tensor_type`
    #[prost(message, tag = "1")]
    Tensor(TensorTypeProto),
}

/// The type of a tensor.
#[derive(Clone, PartialEq, Message)]
pub struct TensorTypeProto {
    /// The type of its numbers.
    #[prost(enumeration = "DataType", tag = "1")]
    pub elem_type: i32,
    /// Its shape, if it is known how many axes there are.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// The sizes along each axis.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// The sizes.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<DimensionProto>,
}

/// The size along an axis.
#[derive(Clone, PartialEq, Message)]
pub struct DimensionProto {
    /// The size, if anything is known of it.
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub value: Option<DimensionValue>,
    /// What the axis stands for.
    #[prost(string, tag = "3")]
    pub denotation: String,
}

/// What is known of a size.
#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum DimensionValue {
    /// `dim_value`: the size.
    #[prost(int64, tag = "1")]
    Size(i64),
    /// `dim_param`: a name for it, such as `batch`.
    #[prost(string, tag = "2")]
    Name(String),
}

impl ValueInfoProto {
    /// A tensor with an axis of the name `batch` before these.
    pub fn tensor(name: &str, data_type: DataType, shape: &[usize]) -> Self {
        let sizes = shape.iter().map(|&size| DimensionValue::Size(size as i64));
        let dim = std::iter::once(DimensionValue::Name("batch".into())).chain(sizes);
        let dim = dim.map(|value| DimensionProto { value: Some(value), ..Default::default() }).collect();
        let tensor = TensorTypeProto { elem_type: data_type.into(), shape: Some(TensorShapeProto { dim }) };
        let kind = TypeProto { value: Some(TypeValue::Tensor(tensor)), ..Default::default() };
        Self { name: name.into(), kind: Some(kind), ..Default::default() }
    }
}
