//! The operator cases of ONNX itself, as Debian's package `libonnx-testdata` has them: each is imported, compiled and compared with
//! the outputs that it says, or refused by name.
//!
//! ```sh
//! apt-get install libonnx-testdata
//! cargo test -p castnet-onnx --test operators -- --ignored --nocapture
//! ```
//!
//! `TESTDATA` may name another folder than `/usr/share/libonnx-testdata/data`. What a case has as its second input and
//! those after it, such as the weights of a convolution, is a constant where it cannot come in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use castnet_onnx::proto::{DataType, ModelProto, TensorProto};
use castnet_onnx::{Error, Import, Imported};
use prost::Message as _;

/// A case that a network can express.
struct Case {
    name: String,
    /// Of the inputs, in the model.
    names: Vec<String>,
    imported: Imported,
    inputs: Vec<TensorProto>,
    outputs: Vec<TensorProto>,
}

#[test]
#[ignore = "needs Debian's libonnx-testdata, and compiles a program for minutes"]
fn operator_cases_are_right_or_refused() {
    let folder = env::var_os("TESTDATA").map_or(PathBuf::from("/usr/share/libonnx-testdata/data"), PathBuf::from);
    let (mut cases, mut refused) = (Vec::new(), Vec::new());
    for kind in ["node", "pytorch-converted", "pytorch-operator", "simple"] {
        for path in sorted(&folder.join(kind)) {
            let name = format!("{kind}/{}", path.file_name().unwrap().to_string_lossy());
            match import(&path) {
                Ok(case) => cases.push(Case { name, ..case }),
                Err(Error::Refused(refusals)) => refused.push((name, refusals)),
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
    for (name, refusals) in &refused {
        println!("refused: {name}: {}", refusals.refusals[0].to_string().replace("\nhelp: ", "; help: "));
    }
    let output = run(&cases);
    print!("{output}");
    let wrong = output.lines().filter(|line| line.starts_with("wrong: ")).count();
    let passed = output.lines().filter(|line| line.starts_with("passed: ")).count();
    println!("{passed} cases pass, {wrong} are wrong, {} are refused", refused.len());
    assert_eq!((passed, wrong), (cases.len(), 0));
}

/// Models that are too large to be kept, which `import/make.py large DIR` makes: ResNet-18 by both of PyTorch's exporters, and
/// MTCNN's networks.
///
/// ```sh
/// MTCNN=.. python3 onnx/tests/import/make.py large /tmp/large
/// LARGE=/tmp/large cargo test -p castnet-onnx --test operators models -- --ignored --nocapture
/// ```
#[test]
#[ignore = "needs models that a script makes, and compiles a program for minutes"]
fn models_that_are_not_kept() {
    let folder = PathBuf::from(env::var_os("LARGE").expect("LARGE names the folder"));
    let file = fs::read(folder.join("expected.safetensors")).unwrap();
    let expected = safetensors::SafeTensors::deserialize(&file).unwrap();
    let tensors = |model: &str, kind: &str| {
        let name = |place: usize| format!("{model}.{kind}{place}");
        let found = (0..).map_while(|place| expected.tensor(&name(place)).ok());
        let proto = |tensor: safetensors::tensor::TensorView<'_>| TensorProto {
            data_type: DataType::Float.into(),
            raw_data: tensor.data().to_vec(),
            ..Default::default()
        };
        found.map(proto).collect::<Vec<_>>()
    };
    let mut cases = Vec::new();
    for path in sorted(&folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "onnx")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        match Import::new("Case").file(&path) {
            Ok(imported) => {
                println!("{}", imported.declaration);
                let (inputs, outputs) = (tensors(&name, "input"), tensors(&name, "output"));
                cases.push(Case { name, names: vec![], imported, inputs, outputs });
            }
            Err(error) => println!("refused: {error}"),
        }
    }
    let output = run(&cases);
    print!("{output}");
    assert!(output.lines().count() == cases.len() && output.lines().all(|line| line.starts_with("passed: ")));
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Imports a case: with all of its inputs, or else with the first one, the others being constants.
fn import(path: &Path) -> Result<Case, Error> {
    let tensors = |kind: &str| {
        let path = |place: usize| path.join(format!("test_data_set_0/{kind}_{place}.pb"));
        let files = (0..).map(path).take_while(|path| path.exists());
        files.filter_map(|path| TensorProto::decode(fs::read(path).unwrap().as_slice()).ok()).collect::<Vec<_>>()
    };
    let (inputs, outputs) = (tensors("input"), tensors("output"));
    let model = ModelProto::read(path.join("model.onnx"))?;
    let names = model.graph.iter().flat_map(|graph| &graph.input).map(|input| input.name.clone()).collect();
    let (import, name) = (Import::new("Case"), String::new());
    if let Ok(imported) = import.model(model.clone()) {
        return Ok(Case { name, names, imported, inputs, outputs });
    }
    let mut bound = model;
    if let Some(graph) = &mut bound.graph {
        for (input, tensor) in graph.input.iter().zip(&inputs).skip(1) {
            graph.initializer.push(TensorProto { name: input.name.clone(), ..tensor.clone() });
        }
    }
    let imported = import.model(bound)?;
    Ok(Case { name, names, imported, inputs: inputs.into_iter().take(1).collect(), outputs })
}

/// The numbers of a tensor, as bytes of `f64`.
fn bytes(tensor: &TensorProto) -> Vec<u8> {
    let raw = &tensor.raw_data;
    let numbers: Vec<f64> = match DataType::try_from(tensor.data_type).unwrap() {
        DataType::Float if raw.is_empty() => tensor.float_data.iter().map(|&number| number.into()).collect(),
        DataType::Float => raw.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes).into()).collect(),
        DataType::Double => raw.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
        DataType::Int64 if raw.is_empty() => tensor.int64_data.iter().map(|&number| number as f64).collect(),
        DataType::Int64 => raw.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f64).collect(),
        other => panic!("numbers of type {other:?}"),
    };
    numbers.into_iter().flat_map(f64::to_le_bytes).collect()
}

/// The shape of a sample in the model, if the declaration says that the network has its channels first.
fn shape_of_the_model(case: &Case, kind: &str, place: usize) -> Option<Vec<usize>> {
    let verb = if kind == "input" { "The model takes" } else { "The model gives" };
    let notes: Vec<&str> = case.imported.declaration.lines().filter(|line| line.contains(verb)).collect();
    let name = case.names.get(place).map_or("", String::as_str);
    let note = match notes.as_slice() {
        [note] if !note.contains(" as `") => note,
        notes => notes.iter().find(|note| note.contains(&format!("as `{name}`")))?,
    };
    let (_, shape) = note.split_once('[')?;
    shape.split_once(']')?.0.split(", ").map(|size| size.parse().ok()).collect()
}

/// Numbers of samples whose channels stand last, with those first.
fn channels_first(bytes: &[u8], shape: &[usize]) -> Vec<u8> {
    let len: usize = shape.iter().product();
    let channels = shape.iter().rev().find(|&&size| size != 1).copied().unwrap_or(1);
    let (positions, numbers) = (len / channels, bytes.as_chunks::<8>().0);
    let place = |index: usize| index / len * len + index % len % positions * channels + index % len / positions;
    (0..numbers.len()).flat_map(|index| numbers[place(index)]).collect()
}

/// Compiles a program of all networks, and runs it.
fn run(cases: &[Case]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("operators");
    fs::create_dir_all(folder.join("src")).unwrap();
    let mut program = String::from(PROGRAM);
    let mut calls = String::new();
    for (place, case) in cases.iter().enumerate() {
        writeln!(program, "mod case{place} {{\n{}}}", case.imported.declaration).unwrap();
        writeln!(calls, "    check::<case{place}::Case>(\"{}\", {place});", case.name).unwrap();
        fs::write(folder.join(format!("{place}.safetensors")), &case.imported.weights).unwrap();
        for (kind, tensors) in [("input", &case.inputs), ("output", &case.outputs)] {
            // One file for a sample after another would need the batch: the program knows it.
            let parts: Vec<Vec<u8>> = tensors
                .iter()
                .enumerate()
                .map(|(place, tensor)| match shape_of_the_model(case, kind, place) {
                    Some(shape) => channels_first(&bytes(tensor), &shape),
                    None => bytes(tensor),
                })
                .collect();
            let lens: Vec<String> = parts.iter().map(|part| (part.len() / 8).to_string()).collect();
            fs::write(folder.join(format!("{place}.{kind}.lens")), lens.join(" ")).unwrap();
            fs::write(folder.join(format!("{place}.{kind}")), parts.concat()).unwrap();
        }
    }
    write!(program, "\nfn main() {{\n{calls}}}\n").unwrap();
    fs::write(folder.join("src/main.rs"), program).unwrap();
    let runtime = root.join("runtime");
    let manifest = format!(
        "[package]\nname = \"operators\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ncastnet = {{ path = {runtime:?} }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const PROGRAM: &str = r#"
use castnet::prelude::*;

/// The parts of some samples, each part being one behind the other for all of them, as samples.
fn samples(place: usize, kind: &str, len: usize) -> Vec<Vec<f64>> {
    let all = std::fs::read(format!("{place}.{kind}")).unwrap();
    let all: Vec<f64> = all.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
    let lens = std::fs::read_to_string(format!("{place}.{kind}.lens")).unwrap();
    let lens: Vec<usize> = lens.split_whitespace().map(|len| len.parse().unwrap()).collect();
    let count = all.len() / len;
    (0..count)
        .map(|sample| {
            let mut first = 0;
            let mut numbers = Vec::new();
            for len in &lens {
                let each = len / count;
                numbers.extend(&all[first + sample * each..first + (sample + 1) * each]);
                first += len;
            }
            numbers
        })
        .collect()
}

fn check<N: Infer>(name: &str, place: usize) {
    let network = N::from_safetensors(&std::fs::read(format!("{place}.safetensors")).unwrap()).unwrap();
    let mut predictor = castnet::Predictor::new(network);
    let inputs = samples(place, "input", N::INPUT_LEN);
    let outputs = samples(place, "output", N::OUTPUT_LEN);
    let largest = outputs.iter().flatten().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    let is_right = inputs.len() == outputs.len() && inputs.iter().zip(&outputs).all(|(numbers, expected)| {
        let mut input = castnet::zeroed::<N::Input>();
        let to = input.as_mut().iter_mut().zip(numbers);
        to.for_each(|(to, &number)| *to = castnet::Scalar::from_f64(number));
        let found = predictor.predict(&input);
        let found = found.as_ref().iter().map(|number| castnet::Scalar::to_f64(*number));
        found.zip(expected).all(|(found, expected)| (found - expected).abs() <= 1e-5 * largest)
    });
    println!("{}: {name}", if is_right { "passed" } else { "wrong" });
}
"#;
