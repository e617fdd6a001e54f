//! Models of PyTorch's exporters, of Keras and by hand become declarations, which are kept beside them and compiled here: the
//! networks give ONNX Runtime's outputs. `import/make.py` has made the models and the outputs, and
//! `import/make_tensorflow.py` those of Keras through TensorFlow and tf2onnx.
//!
//! `UPDATE=1 cargo test -p castnet-onnx --test import` writes the declarations anew.

use std::path::PathBuf;
use std::process::Command;

use castnet::prelude::*;
use castnet_onnx::proto::{DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use castnet_onnx::{Import, Imported};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// The declarations that the importer writes, as they are.
mod kept {
    include!("import/by_hand.rs");
    include!("import/inception_dynamo.rs");
    include!("import/inception_script.rs");
    include!("import/keras_image.rs");
    include!("import/keras_sequence.rs");
    include!("import/lenet5.rs");
    include!("import/perceptron.rs");
    include!("import/pnet.rs");
    include!("import/resnet.rs");
    include!("import/resnet_unfolded.rs");
    include!("import/robot.rs");
    include!("import/tensorflow_image.rs");
    include!("import/tensorflow_perceptron.rs");
    include!("import/tensorflow_sequence.rs");
    include!("import/words.rs");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

/// Arrays of the files of inputs and outputs.
fn expected(name: &str) -> Vec<f32> {
    let file = if name.starts_with("tensorflow_") { "expected_tensorflow.safetensors" } else { "expected.safetensors" };
    let bytes = std::fs::read(folder().join(file)).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensor = tensors.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    tensor.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// The input of a model in the order of the network's: channels first.
fn channels_first(numbers: &[f32], channels: usize) -> Vec<f32> {
    let positions = numbers.len() / channels;
    (0..numbers.len()).map(|place| numbers[place % positions * channels + place / positions]).collect()
}

/// Imports a model; its declaration is the kept one, but for the name of the file in it.
fn import(model: &str, kept: &str) -> Imported {
    let imported = Import::new(kept).file(folder().join(format!("{model}.onnx"))).unwrap();
    let path = folder().join(format!("{kept}.rs"));
    let declaration = imported.declaration.replacen(&format!("{model}.onnx"), &format!("{kept}.onnx"), 1);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &declaration).unwrap();
    }
    assert_eq!(declaration, std::fs::read_to_string(path).unwrap(), "{model}");
    imported
}

/// Whether the outputs are ONNX Runtime's to 1e-5 of the largest.
fn assert_close(model: &str, outputs: &[f32], expected: &[f32]) {
    assert_eq!(outputs.len(), expected.len(), "{model}");
    let largest = expected.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    for (output, expected) in outputs.iter().zip(expected) {
        assert!((output - expected).abs() <= 1e-5 * largest, "{model}: {output} for {expected} of up to {largest}");
    }
}

/// Imports a model, loads its weights, and compares the outputs for the model's inputs, one behind the other.
fn check<N>(model: &str, kept: &str, inputs: usize, outputs: usize, order: impl Fn(Vec<f32>) -> Vec<f32>)
where
    N: Infer<Scalar = f32>,
{
    let network = N::from_safetensors(&import(model, kept).weights).unwrap();
    let all = |kind: &str, count: usize| {
        (0..count).flat_map(|place| expected(&format!("{model}.{kind}{place}"))).collect::<Vec<f32>>()
    };
    let mut input = castnet::zeroed::<N::Input>();
    input.as_mut().copy_from_slice(&order(all("input", inputs)));
    assert_close(model, network.predict(&input).as_ref(), &all("output", outputs));
}

/// The same network comes out of both of PyTorch's exporters.
fn check_both<N: Infer<Scalar = f32>>(name: &str, inputs: usize, outputs: usize) {
    for exporter in ["dynamo", "script"] {
        check::<N>(&format!("{name}_{exporter}"), name, inputs, outputs, |input| input);
    }
}

#[test]
fn perceptron() {
    check_both::<kept::Perceptron>("perceptron", 1, 1);
}

#[test]
fn lenet5() {
    check_both::<kept::Lenet5>("lenet5", 1, 1);
}

#[test]
fn resnet() {
    check_both::<kept::Resnet>("resnet", 1, 1);
}

#[test]
fn batch_norm_that_the_exporter_has_left() {
    check::<kept::ResnetUnfolded>("resnet_unfolded", "resnet_unfolded", 1, 1, |input| input);
}

#[test]
fn branches_and_a_dense_block() {
    check::<kept::InceptionDynamo>("inception_dynamo", "inception_dynamo", 1, 1, |input| input);
    check::<kept::InceptionScript>("inception_script", "inception_script", 1, 1, |input| input);
}

#[test]
fn two_inputs_and_two_heads() {
    check_both::<kept::Robot>("robot", 2, 2);
}

#[test]
fn tokens() {
    check_both::<kept::Words>("words", 1, 1);
}

#[test]
fn pnet_of_mtcnn() {
    check::<kept::Pnet>("pnet", "pnet", 1, 2, |input| input);
}

#[test]
fn keras() {
    check::<kept::KerasImage>("keras_image", "keras_image", 1, 1, |input| channels_first(&input, 3));
    check::<kept::KerasSequence>("keras_sequence", "keras_sequence", 1, 1, |input| channels_first(&input, 3));
}

#[test]
fn keras_through_tensorflow_and_tf2onnx() {
    let [image, perceptron, sequence] = ["tensorflow_image", "tensorflow_perceptron", "tensorflow_sequence"];
    check::<kept::TensorflowImage>(image, image, 1, 1, |input| channels_first(&input, 3));
    check::<kept::TensorflowPerceptron>(perceptron, perceptron, 1, 1, |input| input);
    check::<kept::TensorflowSequence>(sequence, sequence, 1, 1, |input| channels_first(&input, 3));
}

/// A dense layer at each position of a sequence comes out of TensorFlow with the positions of all samples in one axis.
#[test]
fn rows_of_all_samples_are_refused() {
    let error = Import::new("each").file(folder().join("tensorflow_each_position.onnx")).unwrap_err().to_string();
    let (_, message) = error.split_once("onnx: ").unwrap();
    assert_eq!(
        message,
        "`functional_3_1/each_1/Tensordot/Reshape`: Reshape of [6, 3]: it puts samples, or parts of them, into one another
help: keep the batch axis first in the model, and samples apart"
    );
}

#[test]
fn formulas_and_shapes_written_out() {
    check::<kept::ByHand>("by_hand", "by_hand", 1, 1, |input| input);
}

/// MTCNN's second network pools over the edge of its first image, which castnet does not.
#[test]
fn rnet_of_mtcnn_is_refused() {
    let error = Import::new("rnet").file(folder().join("rnet_of_a_quarter.onnx")).unwrap_err().to_string();
    let (_, message) = error.split_once("onnx: ").unwrap();
    assert_eq!(
        message,
        "`/pool1/MaxPool`: MaxPool of [7, 22, 22]: its last window goes over the edge (`ceil_mode`)
help: castnet's pools have no padding: pool within the image, for instance over 2x2 in place of 3x3 with padding"
    );
}

/// Two blocks that read from each other are no branches that part at one value and meet at one.
#[test]
fn what_is_no_tree_of_blocks_is_refused() {
    let node = |op_type: &str, input: [&str; 2], output: &str| NodeProto {
        op_type: op_type.into(),
        name: format!("make/{output}"),
        input: input.map(String::from).into(),
        output: vec![output.into()],
        ..Default::default()
    };
    let weight = |name: &str| TensorProto::floats(name, &[2, 2], [0.5; 4]);
    let graph = GraphProto {
        node: vec![
            node("MatMul", ["x", "a.weight"], "a"),
            node("MatMul", ["x", "b.weight"], "b"),
            node("Add", ["a", "b"], "c"),
            node("MatMul", ["c", "d.weight"], "d"),
            node("Add", ["a", "d"], "y"),
        ],
        initializer: vec![weight("a.weight"), weight("b.weight"), weight("d.weight")],
        input: vec![ValueInfoProto::tensor("x", DataType::Float, &[2])],
        output: vec![ValueInfoProto::tensor("y", DataType::Float, &[2])],
        ..Default::default()
    };
    let error = Import::new("Tangle").model(ModelProto { graph: Some(graph), ..Default::default() }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`make/a`: graph of [2]: what it makes is read by parts of the model that do not meet in one sum or concatenation
help: castnet has branches that part at one value and meet at one: `sum`, `concat`, `residual`"
    );
}

/// The command writes the same files, and says what it cannot.
#[test]
fn the_command() {
    let command = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_castnet-onnx")).current_dir(folder()).args(arguments).output().unwrap()
    };
    let out = env!("CARGO_TARGET_TMPDIR");
    let output = command(&["pnet.onnx", "--out", out, "--input", "image=3x12x12"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let imported = import("pnet", "pnet");
    let written = |extension: &str| std::fs::read(PathBuf::from(out).join(format!("pnet.{extension}"))).unwrap();
    assert_eq!((written("rs"), written("safetensors")), (imported.declaration.into_bytes(), imported.weights));
    for (arguments, message) in [
        (&["mobilenet_v2.onnx"][..], "error: mobilenet_v2.onnx: `/features/features.2/Clip`: Clip of"),
        (&["nothing.onnx"], "error: nothing.onnx: the file cannot be read: "),
        (&["make.py"], "error: make.py: this is no ONNX model"),
        (&[], "error: which model?"),
        (&["pnet.onnx", "--input", "image"], "error: expected sizes such as `--input image=3x224x224`, found `image`"),
    ] {
        let output = command(arguments);
        let found = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && found.starts_with(message), "{found}");
    }
}

/// Bytes that are changed at random make another model, or an error: they panic nowhere, and take no more than a moment.
#[test]
fn damaged_models_are_errors() {
    let count = std::env::var("CASES").map_or(20_000, |cases| cases.parse().unwrap());
    let mut random = StdRng::seed_from_u64(1);
    let (mut taken, mut refused, mut other) = (0, 0, 0);
    let models = ["perceptron_script", "words_script", "words_dynamo", "by_hand", "robot_script"];
    let models = models.map(|model| std::fs::read(folder().join(format!("{model}.onnx"))).unwrap());
    for case in 0..count {
        let mut bytes = models[case % models.len()].clone();
        for _ in 0..random.random_range(1..4) {
            let place = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[place] = random.random(),
                1 => bytes[place] ^= 1 << random.random_range(0..8),
                2 => drop(bytes.remove(place)),
                _ => bytes[place] = bytes[place].wrapping_add(1),
            }
        }
        match Import::new("Damaged").bytes(&bytes) {
            Ok(_) => taken += 1,
            Err(error @ castnet_onnx::Error::Refused(_)) => {
                refused += 1;
                assert!(error.to_string().contains("help: "), "{error}");
            }
            Err(_) => other += 1,
        }
    }
    println!("{taken} taken, {refused} refused, {other} no models");
    assert!(taken > 0 && refused > 0 && other > 0);
}

/// What castnet does not have is refused by name: the node, its operator and shape, and what would help.
#[test]
fn mobilenet_v2_is_refused() {
    let error = Import::new("mobilenet_v2").file(folder().join("mobilenet_v2.onnx")).unwrap_err();
    let message = error.to_string();
    let (_, message) = message.split_once("mobilenet_v2.onnx: ").unwrap();
    assert_eq!(
        message,
        "`/features/features.2/Clip`: Clip of [8, 32, 32]: it keeps values between 0 and 6 (ReLU6), and castnet has no \
         such activation
help: train with relu, or clip in your program
      the same is true of 19 other nodes
`/features/features.3/conv/conv.0/Conv`: Conv of [8, 32, 32]: it is depthwise: a filter for each of 8 channels, which \
         castnet does not have
help: use a model without depthwise convolutions, such as a ResNet; up to 8 groups become slices
      the same is true of 9 other nodes"
    );
}
