castnet::network! {
    /// From `resnet.onnx`, by castnet-onnx.
    pub struct Resnet {
        input: [3, 8, 8],
        conv1: conv2d(4, kernel = 3, padding = same), relu,
        layer1: repeat(2) {
            residual {
                conv1: conv2d(4, kernel = 3, padding = same), relu,
                conv2: conv2d(4, kernel = 3, padding = same),
            }, relu,
        },
        layer2_0: sum {
            {
                conv1: conv2d(8, kernel = 3, stride = 2, padding = 1, rounding = floor), relu,
                conv2: conv2d(8, kernel = 3, padding = same),
            },
            { conv2d(8, kernel = 1, stride = 2, rounding = floor) },
        }, relu, avg_pool2d(4),
        flatten,
        fc: dense(3),
    }
}
