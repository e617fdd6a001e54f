castnet::network! {
    /// From `keras_sequence.onnx`, by castnet-onnx.
    ///
    /// The model takes [20, 3], this network [3, 20]: channels first.
    pub struct KerasSequence {
        input: [3, 20],
        conv1d(6, kernel = 5, dilation = 2, padding = causal), relu, max_pool1d(2),
        conv1d(4, kernel = 1), tanh,
        flatten,
        dense(5), silu,
        dense(2),
    }
}
