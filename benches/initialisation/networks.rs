//! The networks that are trained.

use castnet::network;

network! {
    /// The usual one for a table.
    pub struct Shallow<const FEATURES: usize, const OUTPUTS: usize> {
        input: [FEATURES],
        dense(32), relu,
        dense(32), relu,
        dense(OUTPUTS),
    }
}

network! {
    /// Deep without batch norm, where small weights fade.
    pub struct Deep<const FEATURES: usize, const OUTPUTS: usize> {
        input: [FEATURES],
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(OUTPUTS),
    }
}

network! {
    /// Deeper than anybody makes them without batch norm or residuals.
    pub struct VeryDeep<const FEATURES: usize, const OUTPUTS: usize> {
        input: [FEATURES],
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(32), relu, dense(32), relu, dense(32), relu, dense(32), relu,
        dense(OUTPUTS),
    }
}

network! {
    /// [`Shallow`] with tanh.
    pub struct Tanh<const FEATURES: usize, const OUTPUTS: usize> {
        input: [FEATURES],
        dense(32), tanh,
        dense(32), tanh,
        dense(OUTPUTS),
    }
}

network! {
    /// One hidden layer.
    pub struct Perceptron {
        input: [784],
        dense(128), relu,
        dense(10),
    }
}

network! {
    /// LeNet-5 with relu and maximum pooling.
    pub struct LeNet5 {
        input: [1, 28, 28],
        conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2d(16, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        dense(120), relu,
        dense(84), relu,
        dense(10),
    }
}

network! {
    /// Eight convolutions without batch norm.
    pub struct DeepConvolution {
        input: [1, 28, 28],
        conv2d(8, kernel = 3, stride = 2, padding = 1, rounding = floor), relu,
        conv2d(8, kernel = 3, padding = same), relu,
        conv2d(8, kernel = 3, padding = same), relu,
        conv2d(8, kernel = 3, padding = same), relu,
        max_pool2d(2),
        conv2d(16, kernel = 3, padding = same), relu,
        conv2d(16, kernel = 3, padding = same), relu,
        conv2d(16, kernel = 3, padding = same), relu,
        conv2d(16, kernel = 3, padding = same), relu,
        flatten,
        dense(10),
    }
}
