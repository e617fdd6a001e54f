use super::*;
use crate::Error;

/// One of everything that has a default, so that each field is written.
fn model() -> ModelProto {
    let inner = GraphProto { name: "inner".into(), ..Default::default() };
    let attributes = vec![
        AttributeProto::int("axis", 0),
        AttributeProto::float("alpha", -0.5),
        AttributeProto::ints("pads", vec![0, -1, i64::MAX]),
        AttributeProto::string("mode", "floor"),
        AttributeProto { kind: AttributeType::Graph.into(), g: Some(Box::new(inner)), ..Default::default() },
        AttributeProto { t: Some(Box::new(TensorProto::ints("", &[], [7]))), ..Default::default() },
    ];
    let node = NodeProto { op_type: "Conv".into(), attribute: attributes, ..Default::default() };
    let graph = GraphProto {
        node: vec![node],
        initializer: vec![TensorProto::floats("weight", &[2, 1], [1.5, f32::NAN])],
        input: vec![ValueInfoProto::tensor("input", DataType::Float, &[3])],
        ..Default::default()
    };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        graph: Some(graph),
        functions: vec![FunctionProto { name: "Twice".into(), ..Default::default() }],
        ..Default::default()
    }
}

/// The field numbers and wire types of onnx.proto, by hand: what other programs write.
#[test]
fn bytes_are_those_of_the_format() {
    let node = NodeProto {
        input: vec!["x".into()],
        op_type: "A".into(),
        attribute: vec![AttributeProto::ints("k", vec![1, 2])],
        ..Default::default()
    };
    let graph = GraphProto { node: vec![node], ..Default::default() };
    let model = ModelProto { ir_version: 8, graph: Some(graph), ..Default::default() };
    let attribute = [0x0a, 1, b'k', 0x40, 1, 0x40, 2, 0xa0, 0x01, 7];
    let node = [&[0x0a, 1, b'x', 0x22, 1, b'A', 0x2a, 10][..], &attribute].concat();
    let bytes = [&[0x08, 8, 0x3a, 20, 0x0a, 18][..], &node].concat();
    assert_eq!(model.to_bytes(), bytes);
    // As others may write them: numbers packed, and a field of which nothing is known here.
    let attribute = [0x0a, 1, b'k', 0x42, 2, 1, 2, 0xa0, 0x01, 7];
    let node = [&[0x0a, 1, b'x', 0x22, 1, b'A', 0x2a, 10][..], &attribute, &[0xf2, 0x07, 1, 0]].concat();
    let bytes = [&[0x08, 8, 0x3a, 24, 0x0a, 22][..], &node].concat();
    assert_eq!(ModelProto::from_bytes(&bytes).unwrap(), model);
}

#[test]
fn what_was_written_is_read() {
    let model = model();
    let read = ModelProto::from_bytes(&model.to_bytes()).unwrap();
    // NaN is no number to compare.
    assert_eq!(read.to_bytes(), model.to_bytes());
    assert_eq!(read.opset(), Some(17));
    let graph = read.graph.unwrap();
    assert_eq!(graph.node[0].attribute[0].i, Some(0), "a zero is written, as Python does");
    assert_eq!(graph.initializer[0].dims, [2, 1]);
}

#[test]
fn what_is_no_model_is_an_error() {
    assert!(matches!(ModelProto::from_bytes(b""), Err(Error::NoGraph)));
    assert!(matches!(ModelProto::from_bytes(&[0x3a, 200]), Err(Error::NotAModel { .. })));
    assert!(matches!(ModelProto::from_bytes(&[0x22, 1, 0xff]), Err(Error::NotAModel { .. })), "no UTF-8");
    let missing = ModelProto::read("no/such/model.onnx").unwrap_err().to_string();
    assert!(missing.starts_with("no/such/model.onnx: the file cannot be read: "), "{missing}");
}

/// A graph in a graph in a graph, and so on: an error, and not the end of the stack.
#[test]
fn depth_is_limited() {
    let mut bytes = vec![];
    for _ in 0..10_000 {
        for field in [0x32, 0x2a, 0x0a] {
            let mut length = bytes.len();
            let mut message = vec![field];
            while length >= 0x80 {
                message.push(length as u8 | 0x80);
                length >>= 7;
            }
            message.push(length as u8);
            message.extend(&bytes);
            bytes = message;
        }
        if bytes.len() > 200_000 {
            break;
        }
    }
    let graph = [&[0x3a][..], &[0xff, 0xff, 0x7f], &bytes].concat();
    assert!(matches!(ModelProto::from_bytes(&graph), Err(Error::NotAModel { .. })));
}

/// Bytes changed at random: no panic.
#[test]
fn damaged_models_are_read_or_refused() {
    let bytes = model().to_bytes();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for _ in 0..20_000 {
        let mut damaged = bytes.clone();
        for _ in 0..=random(4) {
            let place = random(damaged.len());
            match random(3) {
                0 => damaged[place] = random(256) as u8,
                1 => damaged.truncate(place.max(1)),
                _ => damaged.insert(place, random(256) as u8),
            }
        }
        read += usize::from(ModelProto::from_bytes(&damaged).is_ok());
    }
    assert!(read > 100 && read < 10_000, "some are still models, and some are not: {read}");
}
