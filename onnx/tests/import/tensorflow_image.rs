castnet::network! {
    /// From `tensorflow_image.onnx`, by castnet-onnx.
    ///
    /// The model takes [12, 12, 3], this network [3, 12, 12]: channels first.
    pub struct TensorflowImage {
        input: [3, 12, 12],
        functional_1_conv1_1: conv2d(6, kernel = 3, padding = same), relu, #[frozen] batch_norm,
        max_pool2d(2),
        conv2d(8, kernel = 3, stride = 2, padding = [[0, 1], [0, 1]]), relu,
        functional_1_conv3_1: conv2d(8, kernel = 2), tanh,
        flatten,
        functional_1_hidden_1: dense(9), sigmoid,
        functional_1_scores_1: dense(4), softmax,
    }
}
