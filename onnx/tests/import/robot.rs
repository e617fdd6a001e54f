castnet::network! {
    /// From `robot.onnx`, by castnet-onnx.
    pub struct Robot {
        input: { image: [1, 7, 7], speed: [3] },
        see: conv2d(4, kernel = 3, stride = 2), relu,
        flatten,
        concat { {}, { speed, feel: dense(5), tanh } },
        think: dense(8), relu,
        concat { turn: { turn: dense(3) }, brake: { brake: dense(1), sigmoid } },
    }
}
