//! Makes a network of a model, for the program to include.

fn main() {
    castnet_onnx::build("../import/perceptron_script.onnx").unwrap();
}
