//! Files of weights that are damaged at random: never a panic, never more memory than the file and the network have, and a
//! network that changes only if all was right.
//!
//! `cargo test --release --test damaged_weights -- --ignored` tries a million.

use castnet::data::FileError;
use castnet::prelude::*;
use castnet::weights::{Fault, Misfit, Mismatch, Weights, WeightsError};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

network! {
    /// One of each kind of tensor.
    struct Small {
        input: [2, 4, 4],
        conv1: conv2d(2, kernel = 2),
        norm1: batch_norm, relu,
        flatten,
        fc: dense(3),
    }
}

/// What loading takes beside the network and as many bytes as the file has: up to five hundred names in messages, and the
/// shapes that are expected.
const BESIDE: u64 = 120_000;

fn good_files(network: &Small) -> Vec<Vec<u8>> {
    let file = network.to_safetensors();
    let names = [("f.0", "conv1"), ("f.1", "norm1"), ("caf\u{e9} \"3\"", "fc")];
    let other =
        names.into_iter().fold(Weights::new().prefix("m."), |weights, (file, network)| weights.rename(file, network));
    let json =
        r#" {"x":{"shape":[0,3],"data_offsets":[0,0],"dtype":"I8"},"__metadata__":{"a\u0062":"\ud83d\ude00"}}  "#;
    let empty = [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
    vec![file, other.to_bytes(network), Weights::new().keras().flattened("fc", &[2, 3, 3]).to_bytes(network), empty]
}

/// Damages a file in one place.
fn damage(file: &mut Vec<u8>, rng: &mut StdRng) {
    let header = file.len().min(1200);
    let place = if rng.random_bool(0.8) { rng.random_range(0..=header) } else { rng.random_range(0..=file.len()) };
    let end = (place + rng.random_range(1..=8)).min(file.len());
    match rng.random_range(0..8) {
        0 if place < end => file[place] ^= 1 << rng.random_range(0..8),
        1 if place < end => file[place] = b"\"{}[],:\\0918 \x00\xff"[rng.random_range(0..15)],
        2 => file.truncate(place),
        3 => drop(file.drain(place..end)),
        4 => file.extend(vec![rng.random_range(0..=1) * 13; rng.random_range(1..=8)]),
        5 => {
            let copy = file[place..end].to_vec();
            let to = rng.random_range(0..=header.min(file.len()));
            file.splice(to..to, copy);
        }
        // The length of the header becomes right again, so that what is in it counts.
        6 => {
            let at = file.iter().rposition(|&byte| byte == b'}').map_or(0, |last| last + 1);
            if let Some(first) = file.first_chunk_mut() {
                *first = (at.saturating_sub(8) as u64).to_le_bytes();
            }
        }
        _ => file.iter_mut().take(rng.random_range(1..=8)).for_each(|byte| *byte = rng.random()),
    }
}

/// The beginning of a file.
fn shown(file: &[u8]) -> String {
    String::from_utf8_lossy(&file[..file.len().min(2000)]).into()
}

/// Loads a file in all ways, and watches the memory that it takes.
fn load(weights: &Weights, file: &[u8], network: &mut Small) -> bool {
    let before: Vec<u32> = network.parameters().iter().map(|number| number.to_bits()).collect();
    let mut result = None;
    let memory = allocation_counter::measure(|| result = Some(weights.parse_into(&mut *network, file)));
    let limit = file.len() as u64 + size_of::<Small>() as u64 + BESIDE;
    assert!(memory.bytes_max <= limit, "{} bytes, where {limit} may be taken: {}", memory.bytes_max, shown(file));
    let result = result.unwrap();
    if let Err(error) = &result {
        let after: Vec<u32> = network.parameters().iter().map(|number| number.to_bits()).collect();
        assert_eq!(before, after, "{error}");
        assert!(!error.to_string().is_empty());
    }
    // A reader gives the same, but for what is behind the weights.
    let read = weights.read_into(&mut network.clone(), file);
    match (&result, read) {
        (Err(WeightsError::Format(Fault::Trailing { .. })), _) => {}
        (Err(error), Err(FileError::Weights(same))) => {
            assert_eq!(error.to_string().split(' ').next(), same.to_string().split(' ').next())
        }
        (result, read) => assert_eq!(result.is_ok(), read.is_ok()),
    }
    result.is_ok()
}

fn damaged_files(files: usize, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut network = Small::init(&mut rng);
    let good = good_files(&network);
    // Whatever else is there, so that damaged names and numbers are taken as far as they can be.
    let lenient =
        ["conv1", "norm1", "fc"].into_iter().fold(Weights::new().convert().ignore("x"), Weights::allow_missing);
    assert!(load(&Weights::new(), &good[0], &mut network) && load(&lenient, &good[3], &mut network));
    let (mut well, mut wrong) = (0, 0);
    for case in 0..files {
        let mut file = good[case % good.len()].clone();
        for _ in 0..rng.random_range(1..=3) {
            damage(&mut file, &mut rng);
        }
        let weights = if case % 8 < 4 { &lenient } else { &Weights::new() };
        if load(weights, &file, &mut network) {
            well += 1;
        } else {
            wrong += 1;
        }
    }
    assert!(well > files / 200 && wrong > files / 2, "{well} read well, {wrong} wrong");
}

#[test]
fn no_damage_is_a_panic_or_takes_more_memory_than_the_file_has() {
    damaged_files(20_000, 11);
}

#[test]
#[ignore = "takes a minute in a release build"]
fn a_million_damaged_files() {
    damaged_files(1_000_000, 12);
}

/// A file of that header, and so many bytes of numbers.
fn file(json: &str, numbers: usize) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes()[..], json.as_bytes(), &vec![0; numbers]].concat()
}

#[test]
fn much_that_is_said_takes_no_memory() {
    let mut network = Small::init(&mut StdRng::seed_from_u64(1));
    // Sizes without numbers, a header without text, a shape of many axes, and many tensors.
    let huge = r#"{"fc.weight":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}"#;
    let axes = format!(r#"{{"fc.weight":{{"dtype":"F32","shape":[{}1],"data_offsets":[0,4]}}}}"#, "1,".repeat(200_000));
    let tensors: Vec<String> =
        (0..50_000).map(|name| format!(r#""{name}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#)).collect();
    let tensors = format!("{{{}}}", tensors.join(","));
    let long = 90_000_000_u64.to_le_bytes();
    for file in [file(huge, 8), long.to_vec(), file(&axes, 4), file(&tensors, 0)] {
        assert!(!load(&Weights::new(), &file, &mut network));
        let memory = allocation_counter::measure(|| assert!(Small::read_safetensors(&*file).is_err()));
        let limit = 3 * file.len() as u64 + BESIDE;
        assert!(memory.bytes_max <= limit, "{} bytes of {}", memory.bytes_max, file.len());
    }
}

#[test]
fn names_that_a_file_makes_up_are_listed_up_to_five_hundred() {
    let json: Vec<String> =
        (0..5000).map(|name| format!(r#""{name}":{{"dtype":"F4","shape":[],"data_offsets":[0,0]}}"#)).collect();
    let json = format!("{{{}}}", json.join(","));
    // Half a byte is no place.
    assert!(matches!(Small::from_safetensors(&file(&json, 0)), Err(WeightsError::Format(Fault::Place { .. }))));
    let json = json.replace("F4", "U8").replace("[],", "[0],");
    let error = Small::from_safetensors(&file(&json, 0)).unwrap_err();
    let WeightsError::Mismatch(Mismatch { misfits, more, .. }) = &error else { panic!("{error}") };
    let left_over = misfits.iter().filter(|misfit| matches!(misfit, Misfit::LeftOver { .. })).count();
    assert_eq!((left_over, *more), (500, 4500));
    assert!(error.to_string().contains("and 4500 more are left over"));
}

#[test]
fn tensors_that_overlap_are_a_fault() {
    let tensor = |name, place: [u64; 2]| format!(r#""{name}":{{"dtype":"F32","shape":[3],"data_offsets":{place:?}}}"#);
    // Together as long as all numbers: two at the same place, and a gap.
    let json =
        format!("{{{},{},{}}}", tensor("fc.bias", [0, 12]), tensor("norm1.bias", [4, 16]), tensor("x", [24, 36]));
    let weights = ["conv1", "norm1", "fc"].into_iter().fold(Weights::new().ignore("x"), Weights::allow_missing);
    let mut network = Small::init(&mut StdRng::seed_from_u64(1));
    let json = json.replace(
        r#""norm1.bias":{"dtype":"F32","shape":[3],"data_offsets":[4, 16]}"#,
        r#""norm1.bias":{"dtype":"F64","shape":[2],"data_offsets":[8, 24]}"#,
    );
    let json = json.replace(r#"[24, 36]"#, r#"[28, 40]"#);
    let error = weights.convert().parse_into(&mut network, &file(&json, 40)).unwrap_err();
    assert!(matches!(error, WeightsError::Format(Fault::Gap { .. })), "{error}");
}
