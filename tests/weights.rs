//! Weights in files: those of PyTorch and Keras, stored in `tests/weights/`, and castnet's own.

use std::path::{Path, PathBuf};

use castnet::data::FileError;
use castnet::prelude::*;
use castnet::weights::{Dtype, Misfit, Mismatch, Report, Weights, WeightsError};
use castnet::{Predictor, Shape};
use rand::{SeedableRng, rngs::StdRng};
use safetensors::SafeTensors;

network! {
    /// `Mixed` of `tests/weights/generate.py`.
    struct Mixed {
        input: [2, 9, 9],
        conv1: conv2d(3, kernel = [4, 2]),
        norm1: batch_norm,
        slope: prelu(per_channel = true),
        max_pool2d(2),
        norm2: layer_norm,
        flatten,
        fc1: dense(5),
        norm3: batch_norm,
        block: residual {
            inner: dense(5), tanh,
        },
        fc2: dense(3, bias = false),
    }
}

network! {
    /// The same on `f64`.
    struct MixedDouble<f64> {
        input: [2, 9, 9],
        conv1: conv2d(3, kernel = [4, 2]),
        norm1: batch_norm,
        slope: prelu(per_channel = true),
        max_pool2d(2),
        norm2: layer_norm,
        flatten,
        fc1: dense(5),
        norm3: batch_norm,
        block: residual {
            inner: dense(5), tanh,
        },
        fc2: dense(3, bias = false),
    }
}

/// A file in `tests/weights/`.
fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/weights");
    folder.join(name).with_extension("safetensors")
}

/// The numbers of a tensor in `outputs.safetensors`.
fn numbers(name: &str) -> Vec<f32> {
    let file = std::fs::read(path("outputs")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let bytes = tensors.tensor(name).unwrap().data();
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// Compares the outputs for the stored images with those of another library, within 1e-5 of the largest.
fn check(network: &Mixed, name: &str) {
    let (images, expected) = (numbers("inputs"), numbers(name));
    let largest = expected.iter().fold(0.0, |largest: f32, output| largest.max(output.abs()));
    let mut predictor = Predictor::new(network);
    for (image, expected) in images.chunks_exact(162).zip(expected.chunks_exact(3)) {
        let outputs = predictor.predict(image.try_into().unwrap());
        for (output, expected) in outputs.iter().zip(expected) {
            assert!((output - expected).abs() <= 1e-5 * largest, "{name}: {output}, expected {expected}");
        }
    }
    assert_eq!((images.len(), expected.len()), (7 * 162, 7 * 3));
}

/// Numbers by a formula, no variance negative.
fn by_formula() -> Box<Mixed> {
    let mut network = castnet::bytemuck::zeroed_box::<Mixed>();
    for (index, number) in network.parameters_mut().iter_mut().enumerate() {
        *number = ((index * 37 % 101) as f32 - 50.0) / 64.0;
    }
    for variance in [network.norm1.running_variance.as_mut_slice(), network.norm3.running_variance.as_mut_slice()] {
        variance.iter_mut().for_each(|variance| *variance = variance.abs() + 0.5);
    }
    network
}

fn random<N: Parameters>(seed: u64) -> Box<N> {
    N::init(&mut StdRng::seed_from_u64(seed))
}

fn mismatch(error: FileError) -> Mismatch {
    let FileError::InFile { source, .. } = error else { panic!("{error}") };
    let FileError::Weights(WeightsError::Mismatch(mismatch)) = *source else { panic!("{source}") };
    mismatch
}

#[test]
fn a_state_dict_of_pytorch_is_loaded_without_a_word() {
    let network = Mixed::load(path("pytorch")).unwrap();
    check(&network, "pytorch");
    // What was counted in training is the only tensor of PyTorch that castnet has not.
    let file = std::fs::read(path("pytorch")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    assert_eq!(tensors.len(), Mixed::SEGMENTS.len() + 2);
    assert_eq!(tensors.tensor("norm1.running_var").unwrap().shape(), [3]);
}

#[test]
fn pytorch_loads_what_castnet_writes() {
    let network = by_formula();
    if std::env::var_os("WRITE_WEIGHTS").is_some() {
        network.save(path("castnet")).unwrap();
    }
    assert_eq!(network.to_safetensors(), std::fs::read(path("castnet")).unwrap());
    check(&network, "castnet");
}

#[test]
fn names_shapes_and_order_are_those_of_pytorch() {
    let network = by_formula();
    let file = network.to_safetensors();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let weight = tensors.tensor("conv1.weight").unwrap();
    assert_eq!((weight.shape(), weight.dtype()), (&[3, 2, 4, 2][..], safetensors::Dtype::F32));
    // Row by row, where castnet's matrix has a column for each place of the kernel.
    let rows: Vec<u8> = network
        .conv1
        .weight
        .row_iter()
        .flat_map(|row| row.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
        .collect();
    assert_eq!(weight.data(), rows);
    assert_eq!(tensors.tensor("fc1.weight").unwrap().shape(), [5, 36]);
    assert_eq!(tensors.tensor("norm2.weight").unwrap().shape(), [3, 3, 4]);
    assert_eq!(tensors.tensor("block.inner.bias").unwrap().shape(), [5]);
    assert!(
        tensors.tensor("norm3.running_var").is_ok() && tensors.names().iter().all(|name| !name.contains("filling"))
    );
}

#[test]
fn every_way_to_save_and_load_gives_the_same_bits() {
    let mut network = random::<Mixed>(1);
    // What is no number stays what it is.
    network.fc1.bias[0] = f32::from_bits(0x7fc0_1234);
    network.fc1.bias[1] = -0.0;
    let bits = |network: &Mixed| network.parameters().iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let path = std::env::temp_dir().join(format!("castnet-every-way-{}", std::process::id()));
    network.save(&path).unwrap();
    let file = network.to_safetensors();
    assert_eq!(std::fs::read(&path).unwrap(), file);
    let mut written = Vec::new();
    network.write_safetensors(&mut written).unwrap();
    assert_eq!(written, file);
    for same in [Mixed::load(&path).unwrap(), Mixed::from_safetensors(&file).unwrap()] {
        assert_eq!(bits(&same), bits(&network));
    }
    // A reader is left where the weights end.
    written.extend(b"behind");
    let mut reader = &*written;
    assert_eq!(bits(&Mixed::read_safetensors(&mut reader).unwrap()), bits(&network));
    assert_eq!(reader, b"behind");
    std::fs::remove_file(&path).unwrap();
    let double = random::<MixedDouble>(2);
    let same = MixedDouble::from_safetensors(&double.to_safetensors()).unwrap();
    assert_eq!(same.parameters(), double.parameters());
}

#[test]
fn other_types_are_converted_when_asked_to() {
    for (name, dtype) in [("f16", Dtype::F16), ("bf16", Dtype::Bf16), ("f64", Dtype::F64)] {
        let Mismatch { misfits, .. } = mismatch(Mixed::load(path(name)).unwrap_err());
        assert_eq!(misfits.len(), Mixed::SEGMENTS.len());
        assert!(
            misfits
                .iter()
                .all(|misfit| matches!(misfit, Misfit::Type { found, expected: Dtype::F32, .. } if *found == dtype))
        );
        let (network, report) = Weights::new().convert().load::<Mixed>(path(name)).unwrap();
        check(&network, name);
        assert_eq!(report.converted.len(), Mixed::SEGMENTS.len());
        assert_eq!(report.converted[0], ("conv1.weight", dtype));
    }
    let (double, _) = Weights::new().convert().load::<MixedDouble>(path("pytorch")).unwrap();
    let single = Mixed::load(path("pytorch")).unwrap();
    assert!(double.parameters().iter().zip(single.parameters()).all(|(&double, &single)| double == f64::from(single)));
}

#[test]
fn a_number_that_f32_cannot_hold_is_an_error_and_changes_nothing() {
    let mut double = random::<MixedDouble>(1);
    *double.fc2.weight.as_mut_slice().last_mut().unwrap() = 1e300;
    let mut single = random::<Mixed>(2);
    let before = single.clone();
    let error = Weights::new().convert().parse_into(&mut single, &double.to_safetensors()).unwrap_err();
    assert_eq!(error, WeightsError::Range { name: "fc2.weight".into(), value: 1e300 });
    assert_eq!(single.parameters(), before.parameters());
    double.fc2.weight.fill(f64::INFINITY);
    assert!(Weights::new().convert().parse_into(&mut single, &double.to_safetensors()).is_ok());
    assert_eq!(single.fc2.weight[0], f32::INFINITY);
}

#[test]
fn weights_of_keras_are_loaded_by_their_names_and_in_their_order() {
    let weights = Weights::new().keras().rename("inner", "block.inner").flattened("fc1", &[3, 3, 4]);
    let (network, report) = weights.load::<Mixed>(path("keras")).unwrap();
    check(&network, "keras");
    assert_eq!(report.taken.len(), Mixed::SEGMENTS.len());
    // And back.
    let file = weights.to_bytes(&network);
    let (ours, theirs) = (SafeTensors::deserialize(&file).unwrap(), std::fs::read(path("keras")).unwrap());
    let theirs = SafeTensors::deserialize(&theirs).unwrap();
    for (name, tensor) in theirs.iter().filter(|(name, _)| !name.contains("seed")) {
        let same = ours.tensor(&name.replace('/', ".")).unwrap();
        let shape: Vec<_> = tensor.shape().iter().copied().skip_while(|&size| size == 1).collect();
        assert_eq!((same.shape(), same.data()), (&*shape, tensor.data()), "{name}");
    }
}

#[test]
fn a_flattened_image_of_keras_is_not_read_in_the_wrong_order() {
    let keras = Weights::new().keras().rename("inner", "block.inner");
    let error = keras.load::<Mixed>(path("keras")).unwrap_err().to_string();
    assert!(
        error.contains("`flatten1` flattens an image of [3, 3, 4], which Keras does position by position"),
        "{error}"
    );
    for (layer, image) in [("fc9", &[3, 3, 4][..]), ("fc1", &[3, 3, 5]), ("conv1", &[2, 9, 9])] {
        let error = keras.clone().flattened(layer, image).load::<Mixed>(path("keras")).unwrap_err().to_string();
        assert!(
            error.contains(&format!(".flattened(\"{layer}\", &{})` is about no layer", Shape::new(image))),
            "{error}"
        );
    }
    assert!(Weights::new().flattened("fc1", &[3, 3, 4]).load::<Mixed>(path("pytorch")).is_err());
}

network! {
    /// `Mixed` with one layer of another name, one of another shape, and one more.
    struct Other {
        input: [2, 9, 9],
        first: conv2d(3, kernel = [4, 2]),
        norm1: batch_norm,
        slope: prelu(per_channel = true),
        max_pool2d(2),
        norm2: layer_norm,
        flatten,
        fc1: dense(7),
        fc2: dense(3),
    }
}

#[test]
fn one_error_lists_all_that_does_not_fit() {
    let error = Other::load(path("pytorch")).unwrap_err();
    assert_eq!(
        error.to_string().split_once(": ").unwrap().1,
        "the file does not fit `Other`:
  `first.weight` [3, 2, 4, 2] is missing
  `first.bias` [3] is missing
  `fc1.weight` is [5, 36] in the file, [7, 36] in the network
  `fc1.bias` is [5] in the file, [7] in the network
  `fc2.weight` is [3, 5] in the file, [3, 7] in the network
  `fc2.bias` [3] is missing
  `block.inner.bias` [5] is left over
  `block.inner.weight` [5, 5] is left over
  `conv1.bias` [3] is left over
  `conv1.weight` [3, 2, 4, 2] is left over
  `norm3.bias` [5] is left over
  `norm3.running_mean` [5] is left over
  `norm3.running_var` [5] is left over
  `norm3.weight` [5] is left over
help: `.rename(\"conv1\", \"first\")` gives a tensor its name in the network
help: `.allow_missing(..)` leaves as they are those that may be missing
help: `.ignore(..)` passes over those that may be left over"
    );
}

#[test]
fn what_may_be_missing_or_left_over_is_said() {
    let mut other = random::<Other>(1);
    let before = other.clone();
    let weights = Weights::new().rename("conv1", "first").allow_missing("fc1").allow_missing("fc2");
    assert!(weights.load_into(&mut other, path("pytorch")).is_err());
    assert_eq!(other.parameters(), before.parameters(), "nothing has changed");
    let weights = ["fc1", "fc2", "block", "norm3"].into_iter().fold(weights, Weights::ignore);
    let Report { taken, kept, ignored, .. } = weights.load_into(&mut other, path("pytorch")).unwrap();
    assert_eq!(kept, ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    assert_eq!((taken.len(), taken[0], ignored.len()), (9, "first.weight", 9));
    assert_eq!((other.fc1.weight, other.fc1.bias), (before.fc1.weight, before.fc1.bias));
    assert_eq!(other.first.weight, Mixed::load(path("pytorch")).unwrap().conv1.weight);
    // A new network has nothing that it could keep.
    let Mismatch { misfits, .. } = mismatch(weights.load::<Other>(path("pytorch")).unwrap_err());
    assert_eq!(misfits.len(), 4);
}

#[test]
fn names_that_are_prefixed_or_twice() {
    let network = random::<Mixed>(1);
    let weights = Weights::new().prefix("module.").rename("features.0", "conv1");
    let file = weights.to_bytes(&network);
    assert!(SafeTensors::deserialize(&file).unwrap().tensor("module.features.0.weight").is_ok());
    let (same, _) = weights.parse::<Mixed>(&file).unwrap();
    assert_eq!(same.parameters(), network.parameters());
    let WeightsError::Mismatch(Mismatch { misfits, .. }) = Mixed::from_safetensors(&file).unwrap_err() else {
        panic!()
    };
    assert_eq!(misfits.len(), 2 * Mixed::SEGMENTS.len());
    // Two tensors for one segment.
    let both = Weights::new().rename("fc2", "fc1").parse::<Mixed>(&network.to_safetensors()).unwrap_err();
    let WeightsError::Mismatch(Mismatch { misfits, .. }) = both else { panic!("{both}") };
    assert!(misfits.contains(&Misfit::Twice { name: "fc2.weight".into() }), "{misfits:?}");
}

#[test]
fn what_is_no_file_of_weights_says_what_it_is() {
    let message = |file: &[u8]| Mixed::from_safetensors(file).unwrap_err().to_string();
    assert_eq!(message(b""), "the file ends after 0 of the 8 bytes of its header: get it again");
    assert!(message(b"PK\x03\x04\0\0\x08\x08 and more").contains("safetensors.torch.save_file"));
    let file = random::<Mixed>(1).to_safetensors();
    assert!(message(&file[..file.len() - 1]).starts_with("the file ends after"));
    let trailing = [&file[..], b"x"].concat();
    assert_eq!(
        message(&trailing),
        format!("the file should end at byte {} by its header, but it goes on: get it again", file.len())
    );
    let missing = Mixed::load("no/such/file").unwrap_err().to_string();
    assert!(missing.starts_with("no/such/file: the file cannot be read:"), "{missing}");
    assert!(Mixed::load(env!("CARGO_MANIFEST_DIR")).unwrap_err().to_string().contains("this is a folder"));
}

mod small {
    castnet::network! {
        pub struct Small {
            input: [2, 9, 9],
            conv1: conv2d(3, kernel = [4, 2]),
            norm1: batch_norm,
            flatten,
            #[frozen] fc1: dense(5),
            block: residual {
                inner: dense(5, bias = false), tanh,
            },
            last: dense(4),
        }
    }
}

#[test]
fn layers_of_another_network_are_taken_whole_or_not_at_all() {
    let (mixed, mut small) = (random::<Mixed>(1), random::<small::Small>(2));
    let before = *small;
    let report = small.take_from(&mixed);
    assert_eq!(small.conv1.weight, mixed.conv1.weight);
    assert_eq!(small.norm1.running_variance, mixed.norm1.running_variance);
    assert_eq!(small.norm1.bias, mixed.norm1.bias);
    let [conv, norm] = [["weight", "bias"].as_slice(), &["weight", "bias", "running_mean", "running_variance"]];
    let names =
        |layer: &str, fields: &[&str]| fields.iter().map(|field| format!("{layer}.{field}")).collect::<Vec<_>>();
    assert_eq!(report.taken, [names("conv1", conv), names("norm1", norm)].concat());
    // Without a bias it is another layer, and of a layer that reads another image the bias alone is of no use.
    assert_eq!(report.kept, ["fc1.bias", "block.inner.weight", "last.weight", "last.bias"]);
    assert_eq!(report.other_shapes.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), ["fc1.weight"]);
    assert_eq!((small.fc1.bias, small.block.inner.weight), (before.fc1.bias, before.block.inner.weight));
    assert!(
        report.ignored.iter().any(|name| name == "block.inner.bias")
            && report.ignored.iter().any(|name| name == "fc2.weight")
    );
    // And back again: what is the same is taken, whatever its order of numbers and its place.
    let mut other = random::<Mixed>(3);
    assert_eq!(other.take_from(&*small).taken, report.taken);
    assert_eq!(other.conv1.weight, mixed.conv1.weight);
}
