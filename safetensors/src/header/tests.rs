extern crate std;

use std::string::{String, ToString as _};
use std::vec::Vec;
use std::{format, vec};

use super::*;

fn of_bias(members: &str) -> String {
    format!(r#"{{"fc.bias":{{{members}}}}}"#)
}

fn fault(json: &str) -> Fault {
    Header::parse(json.as_bytes()).err().unwrap_or_else(|| panic!("no fault in {json}"))
}

#[test]
fn tensors_and_metadata_are_read_in_any_order_with_any_space() {
    let json = " {\n\t\"b\" : { \"data_offsets\":[8, 10], \"shape\":[ ] , \"dtype\":\"BF16\" },
        \"__metadata__\":{\"format\":\"pt\",\"by\":\"a \\\"person\\\"\"}, \"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]} }   ";
    let header = Header::parse(json.as_bytes()).unwrap();
    let tensors: Vec<_> =
        header.tensors().map(|tensor| (tensor.name.to_string(), tensor.dtype, tensor.start)).collect();
    assert_eq!(tensors, [("b".into(), Dtype::Bf16, 8), ("a".into(), Dtype::F32, 0)]);
    let shapes: Vec<Vec<u64>> = header.tensors().map(|tensor| tensor.shape.collect()).collect();
    assert_eq!(shapes, [vec![], vec![1, 2]]);
    let metadata: Vec<_> = header.metadata().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(metadata, ["format=pt", "by=a \"person\""]);
    assert_eq!(header.data_len(), 10);
    let nothing = Header::parse(b"{}").unwrap();
    assert!(nothing.tensors().next().is_none() && nothing.metadata().next().is_none());
}

#[test]
fn what_is_not_as_the_format_says_is_a_fault_at_its_place() {
    let good = r#""dtype":"F32","shape":[2],"data_offsets":[0,8]"#;
    assert!(Header::parse(of_bias(good).as_bytes()).is_ok());
    let syntax = |byte, expected| Fault::Syntax { byte, expected };
    assert_eq!(fault(""), syntax(8, "`{`"));
    assert_eq!(fault("[]"), syntax(8, "`{`"));
    assert_eq!(fault("{} x"), syntax(11, "the header's end"));
    assert_eq!(fault(r#"{"a" 1}"#), syntax(13, "`:`"));
    assert_eq!(fault(r#"{"a":{}"#), syntax(15, "`dtype`, `shape` and `data_offsets`, each once"));
    assert_eq!(fault("{\"a\n\":{}}"), syntax(11, "a character of a string"));
    assert_eq!(fault(r#"{"\q":{}}"#), syntax(10, "a string whose escapes are characters"));
    assert_eq!(Header::parse(b"{\"\xff\":1}").err(), Some(Fault::NotText { byte: 10 }));
    for number in ["-8", "08", "8.0", "8e1", "x", "99999999999999999999", ""] {
        let json = of_bias(&good.replace("8]", &format!("{number}]")));
        assert!(matches!(fault(&json), Fault::Syntax { .. }), "{json}");
    }
    assert!(matches!(fault(&of_bias(&good.replace("F32", "F33"))), Fault::Dtype { byte: 28 }));
    for (from, to) in [("[2]", "[3]"), ("[0,8]", "[8,0]"), ("[2]", "[4294967296,4294967296,2]"), ("F32", "F6_E2M3")] {
        assert_eq!(fault(&of_bias(&good.replace(from, to))), Fault::Place { byte: 19 }, "{to}");
    }
    assert_eq!(fault(&of_bias(&good.replace("[0,8]", "[8,16]"))), Fault::Gap { sum: 8, end: 16 });
    assert!(matches!(fault(&of_bias(&format!("{good},\"more\":1"))), Fault::Syntax { .. }));
    assert!(matches!(fault(&of_bias(&format!("{good},{good}"))), Fault::Syntax { .. }));
    assert!(matches!(fault(r#"{"__metadata__":{},"__metadata__":{}}"#), Fault::Syntax { .. }));
    assert!(matches!(fault(r#"{"__metadata__":{"a":1}}"#), Fault::Syntax { .. }));
}

#[test]
fn a_header_is_not_longer_than_it_may_be() {
    assert_eq!(header_len(100_000_000_u64.to_le_bytes()), Ok(100_000_000));
    assert_eq!(
        header_len(*b"PK\x03\x04\0\0\0\x08").unwrap_err().to_string(),
        "bytes 0 to 7 say that the header has 576460752370748240 bytes, but it has at most 100000000: check that this is a safetensors file; \
         a PyTorch file (.pt, .pth) becomes one by `safetensors.torch.save_file(torch.load(path), other)`"
    );
}

/// What the crate `safetensors` writes is read as it was meant, and what is read here it can read too.
#[test]
fn files_are_those_of_the_other_crate() {
    let (weight, bias) = ([1_u8; 24], [2_u8; 8]);
    let views = [
        ("fc.weight", safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![2, 3], &weight).unwrap()),
        ("fc.bias", safetensors::tensor::TensorView::new(safetensors::Dtype::F64, vec![1], &bias).unwrap()),
    ];
    let file = safetensors::serialize(views, Some([("format".into(), "pt".into())].into())).unwrap();
    let (first, rest) = file.split_first_chunk().unwrap();
    let (json, data) = rest.split_at(header_len(*first).unwrap());
    let header = Header::parse(json).unwrap();
    assert_eq!(header.data_len(), data.len() as u64);
    for tensor in header.tensors() {
        let bytes = &data[tensor.start as usize..tensor.end as usize];
        let expected: &[u8] = if tensor.name == *"fc.weight" { &weight } else { &bias };
        assert_eq!(bytes, expected);
    }
    assert_eq!(header.tensors().count(), 2);
}
