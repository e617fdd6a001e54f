castnet::network! {
    /// From `pnet.onnx`, by castnet-onnx.
    pub struct Pnet {
        input: [3, 12, 12],
        conv1: conv2d(10, kernel = 3), prelu(per_channel = true), max_pool2d(2),
        conv2: conv2d(16, kernel = 3), prelu(per_channel = true),
        conv3: conv2d(32, kernel = 3), prelu(per_channel = true),
        concat {
            boxes: { conv4_2: conv2d(4, kernel = 1), flatten },
            probabilities: { conv4_1: conv2d(2, kernel = 1), flatten, softmax },
        },
    }
}
