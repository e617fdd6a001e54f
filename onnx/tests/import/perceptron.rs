castnet::network! {
    /// From `perceptron.onnx`, by castnet-onnx.
    pub struct Perceptron {
        input: [7],
        hidden1: dense(16), tanh,
        hidden2: dense(16), tanh,
        out: dense(3),
    }
}
