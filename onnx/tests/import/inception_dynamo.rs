castnet::network! {
    /// From `inception_dynamo.onnx`, by castnet-onnx.
    pub struct InceptionDynamo {
        input: [2, 6, 6],
        concat {
            { narrow: conv2d(3, kernel = 1), relu },
            { wide: conv2d(4, kernel = 5, padding = same) },
        },
        repeat(2) {
            concat {
                {},
                { grow1: conv2d(2, kernel = 3, padding = same), leaky_relu(0.2) },
            },
        }, bn: batch_norm, prelu(per_channel = true), avg_pool2d(2), avg_pool2d(3),
        flatten,
        norm: layer_norm, gelu, silu,
        fc: dense(4), softmax,
    }
}
