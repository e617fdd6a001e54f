castnet::network! {
    /// From `lenet5.onnx`, by castnet-onnx.
    pub struct Lenet5 {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu, max_pool2d(2),
        conv2: conv2d(16, kernel = 5), relu, max_pool2d(2),
        flatten,
        fc1: dense(120), relu,
        fc2: dense(84), relu,
        fc3: dense(10),
    }
}
