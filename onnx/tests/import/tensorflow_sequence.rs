castnet::network! {
    /// From `tensorflow_sequence.onnx`, by castnet-onnx.
    ///
    /// The model takes [20, 3], this network [3, 20]: channels first.
    pub struct TensorflowSequence {
        input: [3, 20],
        conv1_1: conv1d(6, kernel = 5, dilation = 2, padding = causal), relu, max_pool1d(2),
        conv2_1: conv1d(5, kernel = 3, padding = same), silu,
        conv3_1: conv1d(4, kernel = 3), leaky_relu(0.1),
        flatten,
        hidden_1: dense(5), silu,
        out_1: dense(2),
    }
}
