//! What is exported, against what `check.py` has run by ONNX Runtime.

use std::collections::BTreeMap;

use castnet::weights::Weights;
use castnet::{__private::KINDS, Infer, Siamese, prelude::*};
use castnet_onnx::{Error, Export, Import};

#[macro_use]
mod resnet18;

mod architectures;
mod files;
mod networks;
#[path = "../../../tests/reference/scaled.rs"]
mod scaled;
mod visit;

use architectures::architectures;
use networks::{DECLARATIONS, kinds};
use visit::Visit;

/// A hash of every file that ONNX Runtime computed the same of as castnet.
const CHECKED: &str = include_str!("checked.txt");

/// FNV-1a, of 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Collects the hashes of all files.
struct Hashes(BTreeMap<String, u64>);

impl Visit for Hashes {
    fn visit<N: Infer>(&mut self, name: &str) {
        for (file, bytes) in files::files::<N>() {
            assert!(self.0.insert(format!("{name}/{file}.onnx"), hash(&bytes)).is_none(), "{name} is there twice");
        }
    }
}

#[test]
fn files_are_those_that_were_checked() {
    let mut hashes = Hashes(BTreeMap::new());
    kinds(&mut hashes);
    architectures(&mut hashes);
    let checked = CHECKED.lines().map(|line| line.split_once(' ').unwrap());
    let checked: BTreeMap<String, u64> =
        checked.map(|(hash, name)| (name.to_owned(), u64::from_str_radix(hash, 16).unwrap())).collect();
    let differ: Vec<&String> =
        hashes.0.iter().filter(|(name, hash)| checked.get(*name) != Some(hash)).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "not checked as they are: {differ:?}: run onnx/tests/export/check --keep");
    assert_eq!(hashes.0.len(), checked.len(), "files that are no more: run onnx/tests/export/check --keep");
}

/// Reads files back.
struct Imports {
    read: usize,
    refused: Vec<String>,
    differ: Vec<String>,
}

impl Visit for Imports {
    fn visit<N: Infer>(&mut self, name: &str) {
        let (_, file) = files::files::<N>().swap_remove(0);
        let Ok(imported) = Import::new("Case").bytes(&file) else { return self.refused.push(name.into()) };
        self.read += 1;
        // Names are found anew; the numbers and their order are the same.
        let weights = Weights::new().to_bytes(&*files::network::<N>());
        if numbers(&imported.weights) != numbers(&weights) {
            self.differ.push(name.into());
        }
    }
}

/// The numbers of a safetensors file.
fn numbers(file: &[u8]) -> &[u8] {
    let header = u64::from_le_bytes(file[..8].try_into().unwrap());
    &file[8 + usize::try_from(header).unwrap()..]
}

#[test]
fn what_is_exported_is_imported_with_its_weights() {
    let mut imports = Imports { read: 0, refused: Vec::new(), differ: Vec::new() };
    kinds(&mut imports);
    println!("{} of {} networks are read back; refused: {:?}", imports.read, DECLARATIONS.len(), imports.refused);
    assert_eq!(imports.refused, ["embedding_of_some", "dropout"], "tokens of which some are taken, and no computation");
    // Zeros for the token of none, a layer that is a batch norm for the import, and f64.
    assert_eq!(imports.differ, ["embedding_padded", "layer", "double"]);
}

#[test]
fn every_kind_has_a_network() {
    for kind in KINDS {
        let is_of = |(name, declaration): &&(&str, &str)| {
            let mut words = declaration.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            name.starts_with(kind) && words.any(|word| word == *kind)
        };
        assert!(DECLARATIONS.iter().any(|row| is_of(&row)), "`{kind}` has no row in onnx/tests/export/networks.rs");
    }
}

network! {
    struct Own { input: [6], gate: layer(scaled::Scaled::<6>) }
}

network! {
    struct Double<f64> { input: [2], logits: dense(1) }
}

#[test]
fn what_cannot_be_exported_is_an_error() {
    let own: Own = castnet::zeroed();
    let unknown = Export::new().model(&own).unwrap_err();
    assert!(matches!(unknown, Error::OwnLayer { layer: "gate", type_name: "scaled::Scaled::<6>" }), "{unknown}");
    assert!(matches!(Export::new().own_layer(|_| None).model(&own), Err(Error::OwnLayer { .. })));
    let mut double: Double = castnet::zeroed();
    assert!(matches!(Export::new().model(&double), Err(Error::Scalar { network: "Double", scalar: "f64" })));
    double.logits.weight[1] = 1e300;
    let infinite = Export::new().round_to_f32().model(&double).unwrap_err().to_string();
    assert_eq!(infinite, "`logits.weight` has the number 1e300, which is infinite in f32: train it with a smaller one");
    assert!(matches!(Export::new().opset(16).model(&own), Err(Error::Opset { found: 16 })));
    let pairs: Siamese<Own, 2> = castnet::zeroed();
    let twice = Export::new().model(&pairs);
    assert!(matches!(twice, Err(Error::MoreThanLayers { network: "Own", made: 6, given: 12 })));
    let missing = castnet_onnx::export(&double, "no/such/folder/model.onnx");
    assert!(matches!(missing, Err(Error::Scalar { .. })), "before anything is written");
    let nowhere = Export::new().opset(18).own_layer(|layer| Some(layer.input().to_owned()));
    let message = nowhere.to_file(&own, "no/such/folder/model.onnx").unwrap_err().to_string();
    assert!(message.starts_with("no/such/folder/model.onnx: the file cannot be written: "), "{message}");
}
