//! `weights!`: a file of weights as a constant.

use std::fs;

use castnet::prelude::*;
use castnet::{Predictor, weights};

mod networks {
    castnet::network! {
        /// `Mixed` of `tests/weights/generate.py`.
        pub struct Mixed {
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
}

static MIXED: &networks::Mixed = weights!(networks::Mixed, "weights/pytorch.safetensors");

#[test]
fn a_constant_has_the_bits_of_the_file() {
    let loaded =
        networks::Mixed::load(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weights/pytorch.safetensors")).unwrap();
    let bits =
        |network: &networks::Mixed| network.parameters().iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(MIXED), bits(&loaded));
    assert_eq!(MIXED.norm3.running_variance, loaded.norm3.running_variance);
    // As an expression, and twice.
    let again = weights!(networks::Mixed, "weights/castnet.safetensors");
    assert_ne!(bits(again), bits(MIXED));
}

#[test]
fn a_borrowed_constant_predicts_alone_and_in_batches_without_a_heap() {
    let mut predictor: Predictor<&'static networks::Mixed> = Predictor::new(MIXED);
    let images = [[0.5; 162], [-0.25; 162], [0.0; 162]];
    let mut outputs = [[0.0; 3]; 3];
    let memory = allocation_counter::measure(|| {
        predictor.predict_batch(&images, &mut outputs);
        for (image, output) in images.iter().zip(outputs) {
            let alone = MIXED.predict(image);
            assert!(alone.iter().zip(output).all(|(alone, output)| (alone - output).abs() < 1e-5));
        }
    });
    assert_eq!(memory.count_total, 0);
}

/// The lines of `/proc/self/maps` begin with `7f00-7fff r--p`.
#[cfg(target_os = "linux")]
#[test]
fn a_constant_is_in_memory_that_cannot_be_written() {
    let address = std::ptr::from_ref(MIXED) as usize;
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let rights = maps.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let bound = |text| usize::from_str_radix(text, 16).unwrap();
        (bound(start)..bound(end)).contains(&address).then(|| &rest[..4])
    });
    assert!(matches!(rights, Some("r--p" | "r-xp")), "{rights:?}");
}

/// Cargo compiles anew what depends on a file that has changed, and these are listed beside the program; `tests/targets/no_std`
/// changes one.
#[test]
fn the_build_depends_on_the_file() {
    let list = fs::read_to_string(std::env::current_exe().unwrap().with_extension("d")).unwrap();
    for file in ["tests/weights/pytorch.safetensors", "tests/weights/castnet.safetensors"] {
        assert!(list.contains(file), "{file} is not in {list}");
    }
}
