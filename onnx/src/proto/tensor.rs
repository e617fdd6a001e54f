//! Tensors: numbers of a shape.

use prost::{Enumeration, Message};

use super::StringStringEntryProto;

/// Numbers of one type in a shape, the last axis fastest: in `raw_data`, or in the field of their type.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// The sizes along each axis; none for a single number.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// The type of the numbers.
    #[prost(enumeration = "DataType", tag = "2")]
    pub data_type: i32,
    /// Numbers of type float, or the parts of complex ones.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Whole numbers of up to 32 bits, Booleans, and the bits of 16-bit numbers.
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    /// Texts.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub string_data: Vec<Vec<u8>>,
    /// Whole numbers of 64 bits.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// The name of the value.
    #[prost(string, tag = "8")]
    pub name: String,
    /// What it is, for people.
    #[prost(string, tag = "12")]
    pub doc_string: String,
    /// The numbers as bytes, the lowest first.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
    /// Where in which file the numbers are, if they are not in this one.
    #[prost(message, repeated, tag = "13")]
    pub external_data: Vec<StringStringEntryProto>,
    /// Whether the numbers are in another file.
    #[prost(enumeration = "DataLocation", tag = "14")]
    pub data_location: i32,
    /// Numbers of type double, or the parts of complex ones.
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    /// Whole numbers of 32 and 64 bits without a sign.
    #[prost(uint64, repeated, tag = "11")]
    pub uint64_data: Vec<u64>,
}

/// A tensor most of which is zero.
#[derive(Clone, PartialEq, Message)]
pub struct SparseTensorProto {
    /// What is not zero.
    #[prost(message, optional, tag = "1")]
    pub values: Option<TensorProto>,
    /// Where it stands.
    #[prost(message, optional, tag = "2")]
    pub indices: Option<TensorProto>,
    /// The sizes along each axis.
    #[prost(int64, repeated, packed = "false", tag = "3")]
    pub dims: Vec<i64>,
}

/// Types of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
#[allow(missing_docs)] // Their names say what they are.
pub enum DataType {
    Undefined = 0,
    Float = 1,
    Uint8 = 2,
    Int8 = 3,
    Uint16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    Uint32 = 12,
    Uint64 = 13,
    Complex64 = 14,
    Complex128 = 15,
    Bfloat16 = 16,
    Float8e4m3fn = 17,
    Float8e4m3fnuz = 18,
    Float8e5m2 = 19,
    Float8e5m2fnuz = 20,
    Uint4 = 21,
    Int4 = 22,
    Float4e2m1 = 23,
    Float8e8m0 = 24,
    Uint2 = 25,
    Int2 = 26,
}

/// Where the numbers of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum DataLocation {
    /// In its message.
    Default = 0,
    /// In another file.
    External = 1,
}

impl TensorProto {
    /// Numbers of type float.
    pub fn floats(name: &str, dims: &[usize], numbers: impl IntoIterator<Item = f32>) -> Self {
        let raw_data = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
        Self { raw_data, ..Self::of(name, dims, DataType::Float) }
    }

    /// Whole numbers of 64 bits.
    pub fn ints(name: &str, dims: &[usize], numbers: impl IntoIterator<Item = i64>) -> Self {
        let raw_data = numbers.into_iter().flat_map(i64::to_le_bytes).collect();
        Self { raw_data, ..Self::of(name, dims, DataType::Int64) }
    }

    fn of(name: &str, dims: &[usize], data_type: DataType) -> Self {
        let dims = dims.iter().map(|&size| size as i64).collect();
        Self { name: name.into(), dims, data_type: data_type.into(), ..Self::default() }
    }
}
