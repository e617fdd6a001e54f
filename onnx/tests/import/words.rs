castnet::network! {
    /// From `words.onnx`, by castnet-onnx.
    pub struct Words {
        input: tokens[6] < 20,
        embed: embedding(5),
        conv: conv1d(6, kernel = 3), relu, max_pool1d(4),
        flatten,
        fc: dense(2),
    }
}
