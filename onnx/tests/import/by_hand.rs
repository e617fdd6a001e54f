castnet::network! {
    /// From `by_hand.onnx`, by castnet-onnx.
    pub struct ByHand {
        input: [2, 5, 5],
        stem: conv2d(4, kernel = 3, stride = 2, padding = [[1, 1], [0, 2]]), gelu,
        concat {
            { slice(0..2), group: conv2d(2, kernel = 1, bias = false) },
            { slice(2..4), group: conv2d(2, kernel = 1, bias = false) },
        },
        sum { { slice(0..2) }, { slice(2..4), #[frozen] batch_norm } }, relu,
        flatten,
        fc: dense(3, bias = false), dropout(0.5), #[frozen] batch_norm,
    }
}
