//! From the messages of a file to a [`Graph`].

use std::collections::HashMap;
use std::path::{Component, Path};

use super::array::{Array, Element};
use super::graph::{Attribute, Graph, Input, Node, Size};
use super::places;
use super::refusal::{Reason, refuse};
use crate::Error;
use crate::proto::{
    AttributeProto, AttributeType, DataLocation, DataType, DimensionValue, GraphProto, ModelProto, NodeProto,
    TensorProto, TypeValue, ValueInfoProto,
};

/// The graph of a model. Numbers that are in other files are looked for in `folder`.
pub fn graph(model: ModelProto, folder: Option<&Path>) -> Result<Graph, Error> {
    let opset = model.opset().unwrap_or(1);
    let functions = model.functions.iter().map(|function| (function.domain.clone(), function.name.clone())).collect();
    let graph = model.graph.ok_or(Error::NoGraph)?;
    let GraphProto { node, initializer, sparse_initializer, input, output, .. } = graph;
    let (mut initializers, mut unreadable) = (HashMap::new(), HashMap::new());
    for tensor in initializer {
        match array(&tensor, folder) {
            Ok(array) => drop(initializers.insert(tensor.name, array)),
            Err(reason) => drop(unreadable.insert(tensor.name, reason)),
        }
    }
    for tensor in sparse_initializer {
        let name = tensor.values.map_or_else(String::new, |values| values.name);
        let reason =
            Reason { reason: "it is a sparse tensor".into(), help: "write the model with dense tensors".into() };
        unreadable.insert(name, reason);
    }
    let is_computed = |input: &ValueInfoProto| !initializers.contains_key(&input.name);
    Ok(Graph {
        opset,
        inputs: input.iter().filter(|input| is_computed(input)).map(read_input).collect(),
        outputs: output.into_iter().map(|output| output.name).collect(),
        nodes: node.into_iter().map(|node| read_node(node, folder)).collect(),
        initializers,
        unreadable,
        functions,
    })
}

fn read_input(input: &ValueInfoProto) -> Input {
    let tensor = input.kind.as_ref().and_then(|kind| kind.value.as_ref()).map(|TypeValue::Tensor(tensor)| tensor);
    let size = |value: Option<&DimensionValue>| match value {
        Some(DimensionValue::Size(size)) => match usize::try_from(*size) {
            Ok(size) if size > 0 => Size::Known(size),
            _ => Size::Free(String::new()),
        },
        Some(DimensionValue::Name(name)) => Size::Free(name.clone()),
        None => Size::Free(String::new()),
    };
    Input {
        name: input.name.clone(),
        element: tensor.map_or(Element::Other, |tensor| element(tensor.elem_type)),
        shape: tensor
            .and_then(|tensor| tensor.shape.as_ref())
            .map(|shape| shape.dim.iter().map(|dimension| size(dimension.value.as_ref())).collect()),
    }
}

fn read_node(node: NodeProto, folder: Option<&Path>) -> Node {
    let attributes = node.attribute.into_iter().map(|attribute| {
        let value = read_attribute(&attribute, folder);
        (attribute.name, value)
    });
    Node {
        attributes: attributes.collect(),
        name: node.name,
        operator: node.op_type,
        domain: if node.domain == "ai.onnx" { String::new() } else { node.domain },
        inputs: node.input,
        outputs: node.output,
    }
}

fn read_attribute(attribute: &AttributeProto, folder: Option<&Path>) -> Attribute {
    let kind = match AttributeType::try_from(attribute.kind) {
        Ok(AttributeType::Undefined) | Err(_) => return Attribute::Other,
        Ok(kind) => kind,
    };
    match kind {
        AttributeType::Int => attribute.i.map_or(Attribute::Int(0), Attribute::Int),
        AttributeType::Float => attribute.f.map_or(Attribute::Float(0.0), Attribute::Float),
        AttributeType::String => {
            Attribute::Text(String::from_utf8_lossy(attribute.s.as_deref().unwrap_or_default()).into_owned())
        }
        AttributeType::Ints => Attribute::Ints(attribute.ints.clone()),
        AttributeType::Floats => Attribute::Floats(attribute.floats.clone()),
        AttributeType::Tensor => match &attribute.t {
            Some(tensor) => Attribute::Tensor(array(tensor, folder)),
            None => Attribute::Other,
        },
        _ => Attribute::Other,
    }
}

/// What the numbers of an ONNX type are.
pub fn element(data_type: i32) -> Element {
    use DataType::{Bfloat16, Bool, Double, Float, Float16, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64};
    match DataType::try_from(data_type) {
        Ok(Float) => Element::Single,
        Ok(Double) => Element::Double,
        Ok(Float16 | Bfloat16) => Element::Half,
        Ok(Int8 | Int16 | Int32 | Int64 | Uint8 | Uint16 | Uint32 | Uint64) => Element::Integer,
        Ok(Bool) => Element::Bool,
        _ => Element::Other,
    }
}

/// The numbers of a tensor.
pub fn array(tensor: &TensorProto, folder: Option<&Path>) -> Result<Array, Reason> {
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&size| usize::try_from(size).ok()).collect();
    let Some(shape) = shape else {
        return refuse(format!("a tensor of the shape {:?} is none", tensor.dims), "get the file again");
    };
    let count = places::count(&shape)?;
    let data_type = DataType::try_from(tensor.data_type).unwrap_or(DataType::Undefined);
    let numbers = if tensor.data_location == i32::from(DataLocation::External) {
        from_bytes(&external(tensor, folder)?, data_type)?
    } else if tensor.raw_data.is_empty() {
        from_fields(tensor, data_type)?
    } else {
        from_bytes(&tensor.raw_data, data_type)?
    };
    if numbers.len() != count {
        let shape = places::text(&shape);
        return refuse(format!("a tensor of {shape} has {} numbers in the file", numbers.len()), "get the file again");
    }
    Ok(Array { shape, numbers: numbers.into(), element: element(tensor.data_type) })
}

fn from_fields(tensor: &TensorProto, data_type: DataType) -> Result<Vec<f64>, Reason> {
    use DataType::{Bfloat16, Bool, Double, Float, Float16, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64};
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The bits of 16-bit numbers stand in 32 bits.
    let bits = |&bits: &i32| bits as u16;
    Ok(match data_type {
        Float => tensor.float_data.iter().map(|&number| number.into()).collect(),
        Double => tensor.double_data.clone(),
        Int64 => tensor.int64_data.iter().map(|&number| number as f64).collect(),
        Uint32 | Uint64 => tensor.uint64_data.iter().map(|&number| number as f64).collect(),
        Bool | Int8 | Int16 | Int32 | Uint8 | Uint16 => tensor.int32_data.iter().map(|&number| number.into()).collect(),
        Float16 => {
            tensor.int32_data.iter().map(bits).map(|bits| castnet_safetensors::f16_to_f32(bits).into()).collect()
        }
        Bfloat16 => {
            tensor.int32_data.iter().map(bits).map(|bits| castnet_safetensors::bf16_to_f32(bits).into()).collect()
        }
        other => return other_type(other),
    })
}

fn from_bytes(bytes: &[u8], data_type: DataType) -> Result<Vec<f64>, Reason> {
    use DataType::{Bfloat16, Bool, Double, Float, Float16, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64};
    fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        let (numbers, _) = bytes.as_chunks::<N>();
        numbers.iter().map(|&bytes| number(bytes)).collect()
    }
    Ok(match data_type {
        Float => each(bytes, |bytes| f32::from_le_bytes(bytes).into()),
        Double => each(bytes, f64::from_le_bytes),
        Int8 => each(bytes, |bytes| i8::from_le_bytes(bytes).into()),
        Uint8 | Bool => each(bytes, |bytes| u8::from_le_bytes(bytes).into()),
        Int16 => each(bytes, |bytes| i16::from_le_bytes(bytes).into()),
        Uint16 => each(bytes, |bytes| u16::from_le_bytes(bytes).into()),
        Int32 => each(bytes, |bytes| i32::from_le_bytes(bytes).into()),
        Uint32 => each(bytes, |bytes| u32::from_le_bytes(bytes).into()),
        Int64 => each(bytes, |bytes| i64::from_le_bytes(bytes) as f64),
        Uint64 => each(bytes, |bytes| u64::from_le_bytes(bytes) as f64),
        Float16 => each(bytes, |bytes| castnet_safetensors::f16_to_f32(u16::from_le_bytes(bytes)).into()),
        Bfloat16 => each(bytes, |bytes| castnet_safetensors::bf16_to_f32(u16::from_le_bytes(bytes)).into()),
        other => return other_type(other),
    })
}

fn other_type(found: DataType) -> Result<Vec<f64>, Reason> {
    refuse(
        format!("numbers of the type {found:?} are not read"),
        "have the model in float32: quantised weights are none",
    )
}

/// The bytes of a tensor that is in another file, which is beside the model's or in a folder there.
fn external(tensor: &TensorProto, folder: Option<&Path>) -> Result<Vec<u8>, Reason> {
    let entry =
        |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str());
    let number = |key: &str| entry(key).map(str::parse::<usize>).transpose();
    let (Some(location), Ok(offset), Ok(length)) = (entry("location"), number("offset"), number("length")) else {
        return refuse("it does not say in which file its numbers are", "get the file again");
    };
    let Some(folder) = folder else {
        return refuse(
            format!("its numbers are in another file, `{location}`"),
            "read the model from its path, or save it as one file",
        );
    };
    if !Path::new(location).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return refuse(
            format!("its numbers are in `{location}`, which is not beside the model"),
            "save it as one file",
        );
    }
    let bytes = match std::fs::read(folder.join(location)) {
        Ok(bytes) => bytes,
        Err(error) => {
            return refuse(
                format!("`{location}`, where its numbers are, cannot be read: {error}"),
                "put it beside the model",
            );
        }
    };
    let offset = offset.unwrap_or(0);
    let rest = bytes.get(offset..).unwrap_or_default();
    match rest.get(..length.unwrap_or(rest.len())) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => refuse(format!("`{location}` is shorter than the model says"), "get the file again"),
    }
}
