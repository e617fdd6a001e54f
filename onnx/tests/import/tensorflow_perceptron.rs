castnet::network! {
    /// From `tensorflow_perceptron.onnx`, by castnet-onnx.
    pub struct TensorflowPerceptron {
        input: [7],
        hidden1_1: dense(16), tanh,
        hidden2_1: dense(16), tanh,
        out_1: dense(3),
    }
}
