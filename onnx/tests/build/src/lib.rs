//! A program whose network is made of a model when it is built.

include!(concat!(env!("OUT_DIR"), "/perceptron_script.rs"));

#[cfg(test)]
mod tests {
    use super::PerceptronScript;
    use castnet::prelude::*;

    /// The file of inputs and outputs of the models, and its place for a tensor.
    const EXPECTED: &[u8] = include_bytes!("../../import/expected.safetensors");

    fn expected<const N: usize>(name: &str) -> [f32; N] {
        let header = u64::from_le_bytes(*EXPECTED.first_chunk().unwrap()) as usize;
        let json = std::str::from_utf8(&EXPECTED[8..][..header]).unwrap();
        let (_, entry) = json.split_once(&format!("\"{name}\"")).unwrap();
        let (_, place) = entry.split_once("\"data_offsets\":[").unwrap();
        let start: usize = place[..place.find(',').unwrap()].parse().unwrap();
        let numbers = EXPECTED[8 + header + start..].as_chunks::<4>().0;
        std::array::from_fn(|place| f32::from_le_bytes(numbers[place]))
    }

    #[test]
    fn the_network_gives_the_outputs_of_onnx_runtime() {
        let weights = include_bytes!(concat!(env!("OUT_DIR"), "/perceptron_script.safetensors"));
        let network = PerceptronScript::from_safetensors(weights).unwrap();
        let outputs = network.predict(&expected("perceptron_script.input0"));
        for (output, expected) in outputs.iter().zip(expected::<3>("perceptron_script.output0")) {
            assert!((output - expected).abs() < 1e-5 * expected.abs().max(0.1), "{output} for {expected}");
        }
    }
}
