castnet::network! {
    /// From `resnet_unfolded.onnx`, by castnet-onnx.
    pub struct ResnetUnfolded {
        input: [3, 8, 8],
        conv1: conv2d(4, kernel = 3, padding = same, bias = false), bn1: batch_norm, relu,
        layer1_0: residual {
            conv1: conv2d(4, kernel = 3, padding = same, bias = false), bn1: batch_norm, relu,
            conv2: conv2d(4, kernel = 3, padding = same, bias = false), bn2: batch_norm,
        }, relu,
        layer2_0: sum {
            {
                conv1: conv2d(8, kernel = 3, stride = 2, padding = 1, rounding = floor, bias = false),
                bn1: batch_norm, relu,
                conv2: conv2d(8, kernel = 3, padding = same, bias = false), bn2: batch_norm,
            },
            { conv2d(8, kernel = 1, stride = 2, rounding = floor, bias = false), batch_norm },
        }, relu, avg_pool2d(4),
        flatten,
        fc: dense(3),
    }
}
