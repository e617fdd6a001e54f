castnet::network! {
    /// From `keras_image.onnx`, by castnet-onnx.
    ///
    /// The model takes [12, 12, 3], this network [3, 12, 12]: channels first.
    pub struct KerasImage {
        input: [3, 12, 12],
        #[frozen] batch_norm,
        conv2d(6, kernel = 3, padding = same), relu, max_pool2d(2),
        conv2d(8, kernel = 3), leaky_relu(0.1),
        flatten,
        dense(9), gelu,
        dense(4), softmax,
    }
}
