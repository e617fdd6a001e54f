//! Architectures of the literature.

use castnet::network;

use super::visit::Visit;

network! {
    /// LeNet-5 (LeCun et al., 1998) for 28x28 digits, padded to the 32x32 of the paper.
    pub struct LeNet5 {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5, padding = 2), tanh, avg_pool2d(2),
        conv2: conv2d(16, kernel = 5), tanh, avg_pool2d(2),
        flatten,
        fc1: dense(120), tanh,
        fc2: dense(84), tanh,
        logits: dense(10), softmax,
    }
}

network! {
    /// An Inception block (Szegedy et al., *Going Deeper with Convolutions*, 2014, figure 2b), 3a with an eighth of the filters.
    pub struct Inception {
        input: [24, 14, 14],
        concat {
            { conv2d(8, kernel = 1), relu },
            { reduce: conv2d(12, kernel = 1), relu, conv2d(16, kernel = 3, padding = same), relu },
            { reduce: conv2d(2, kernel = 1), relu, conv2d(4, kernel = 5, padding = same), relu },
            // The paper pools over 3x3 with a stride of 1 first, with zeros around: pools here have none.
            { conv2d(4, kernel = 1), relu },
        } -> [32, 14, 14],
        max_pool2d(3, stride = 2, rounding = floor),
    }
}

// A quarter of the filters, for pictures of 64x64.
resnet18!(SmallResNet18, 64, [16, 32, 64, 128], 2, 10);

network! {
    /// A network of many sizes.
    pub struct Policy<const OBSERVATION: usize, const ACTION: usize> {
        input: [OBSERVATION],
        hidden: dense(8), tanh,
        residual { dense(8), tanh },
        slice(0..OBSERVATION),
        dense(ACTION),
    }
}

/// Shows every architecture.
pub fn architectures(visit: &mut impl Visit) {
    visit.visit::<LeNet5>("lenet5");
    visit.visit::<Inception>("inception");
    visit.visit::<SmallResNet18>("resnet18");
    visit.visit::<Policy<4, 2>>("const_parameters");
}
