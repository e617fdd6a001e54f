//! Bytes that may be a file of weights.
#![no_main]

use castnet::prelude::*;
use castnet::weights::Weights;

network! {
    struct Small {
        input: [2, 4, 4],
        conv1: conv2d(2, kernel = 2),
        norm1: batch_norm, relu,
        flatten,
        fc: dense(3),
    }
}

// Whatever they are, they are weights or a message, and a network changes only if they are weights.
libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    let lenient = ["conv1", "norm1", "fc"].into_iter().fold(Weights::new().convert().ignore("x"), Weights::allow_missing);
    let mut network = castnet::bytemuck::zeroed_box::<Small>();
    for weights in [&Weights::new(), &lenient] {
        if let Err(error) = weights.parse_into(&mut network, file) {
            assert!(!error.to_string().is_empty());
            assert!(network.parameters().iter().all(|number| number.to_bits() == 0));
        }
        network.parameters_mut().fill(0.0);
    }
    if let Ok(network) = Small::from_safetensors(file) {
        let again = Small::from_safetensors(&network.to_safetensors()).expect("what was saved");
        let bits = |network: &Small| network.parameters().iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&again), bits(&network));
    }
});
