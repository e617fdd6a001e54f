//! Networks of the literature, by their published parameter counts.

use castnet::{LayerInfo, prelude::*};

network! {
    /// LeNet-5 (LeCun et al., 1998) for 28x28 digits, padded to the 32x32 of the paper.
    struct LeNet5 {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5, padding = 2), tanh, avg_pool2d(2),
        conv2: conv2d(16, kernel = 5), tanh, avg_pool2d(2),
        flatten,
        fc1: dense(120), tanh,
        fc2: dense(84), tanh,
        logits: dense(10),
    }
}

network! {
    /// AlexNet in one column (Krizhevsky, *One weird trick*, 2014), as in torchvision.
    struct AlexNet {
        input: [3, 224, 224],
        conv1: conv2d(64, kernel = 11, stride = 4, padding = 2, rounding = floor), relu, max_pool2d(3, stride = 2),
        conv2: conv2d(192, kernel = 5, padding = 2), relu, max_pool2d(3, stride = 2),
        conv3: conv2d(384, kernel = 3, padding = 1), relu,
        conv4: conv2d(256, kernel = 3, padding = 1), relu,
        conv5: conv2d(256, kernel = 3, padding = 1), relu, max_pool2d(3, stride = 2) -> [256, 6, 6],
        flatten,
        dropout(0.5), fc1: dense(4096), relu,
        dropout(0.5), fc2: dense(4096), relu,
        logits: dense(1000),
    }
}

network! {
    /// VGG-16, configuration D (Simonyan & Zisserman, 2014).
    struct Vgg16 {
        input: [3, 224, 224],
        stage1: repeat(2) { conv2d(64, kernel = 3, padding = same), relu }, max_pool2d(2),
        stage2: repeat(2) { conv2d(128, kernel = 3, padding = same), relu }, max_pool2d(2),
        stage3: repeat(3) { conv2d(256, kernel = 3, padding = same), relu }, max_pool2d(2),
        stage4: repeat(3) { conv2d(512, kernel = 3, padding = same), relu }, max_pool2d(2),
        stage5: repeat(3) { conv2d(512, kernel = 3, padding = same), relu }, max_pool2d(2) -> [512, 7, 7],
        flatten,
        fc1: dense(4096), relu, dropout(0.5),
        fc2: dense(4096), relu, dropout(0.5),
        logits: dense(1000),
    }
}

network! {
    /// ResNet-18 (He et al., 2015), as in torchvision.
    struct ResNet18 {
        input: [3, 224, 224],
        conv1: conv2d(64, kernel = 7, stride = 2, padding = 3, bias = false, rounding = floor), batch_norm, relu,
        // In place of a window of 3 on an image padded by 1: pools here have no padding.
        max_pool2d(2),
        layer1: repeat(2) {
            residual {
                conv1: conv2d(64, kernel = 3, padding = same, bias = false), batch_norm, relu,
                conv2: conv2d(64, kernel = 3, padding = same, bias = false), batch_norm,
            }, relu,
        },
        layer2: sum {
            {
                conv1: conv2d(128, kernel = 3, stride = 2, padding = 1, bias = false, rounding = floor), batch_norm, relu,
                conv2: conv2d(128, kernel = 3, padding = same, bias = false), batch_norm,
            },
            downsample: { conv2d(128, kernel = 1, stride = 2, bias = false, rounding = floor), batch_norm },
        }, relu,
        residual {
            conv1: conv2d(128, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2: conv2d(128, kernel = 3, padding = same, bias = false), batch_norm,
        }, relu,
        layer3: sum {
            {
                conv1: conv2d(256, kernel = 3, stride = 2, padding = 1, bias = false, rounding = floor), batch_norm, relu,
                conv2: conv2d(256, kernel = 3, padding = same, bias = false), batch_norm,
            },
            downsample: { conv2d(256, kernel = 1, stride = 2, bias = false, rounding = floor), batch_norm },
        }, relu,
        residual {
            conv1: conv2d(256, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2: conv2d(256, kernel = 3, padding = same, bias = false), batch_norm,
        }, relu,
        layer4: sum {
            {
                conv1: conv2d(512, kernel = 3, stride = 2, padding = 1, bias = false, rounding = floor), batch_norm, relu,
                conv2: conv2d(512, kernel = 3, padding = same, bias = false), batch_norm,
            },
            downsample: { conv2d(512, kernel = 1, stride = 2, bias = false, rounding = floor), batch_norm },
        }, relu,
        residual {
            conv1: conv2d(512, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2: conv2d(512, kernel = 3, padding = same, bias = false), batch_norm,
        }, relu,
        avg_pool2d(7),
        flatten,
        fc: dense(1000),
    }
}

network! {
    /// The first Inception block of GoogLeNet, 3a (Szegedy et al., 2014, table 1).
    struct Inception3a {
        input: [192, 28, 28],
        concat {
            { conv2d(64, kernel = 1), relu },
            { reduce: conv2d(96, kernel = 1), relu, conv2d(128, kernel = 3, padding = same), relu },
            { reduce: conv2d(16, kernel = 1), relu, conv2d(32, kernel = 5, padding = same), relu },
            // The paper pools over 3x3 with a stride of 1 first, which has no parameters.
            { conv2d(32, kernel = 1), relu },
        } -> [256, 28, 28],
    }
}

/// The rows with parameters add up to the whole.
fn assert_count<N: Network>(count: usize) {
    assert_eq!(N::TRAINABLE_COUNT, count, "{}", N::NAME);
    assert_eq!(N::LAYERS.iter().map(|layer| layer.parameters).sum::<usize>(), count);
}

fn layer<N: Network>(name: &str) -> &'static LayerInfo {
    N::LAYERS.iter().find(|layer| layer.name == name).unwrap()
}

#[test]
fn parameters_are_as_published() {
    assert_count::<LeNet5>(61_706);
    assert_count::<AlexNet>(61_100_840);
    assert_count::<Vgg16>(138_357_544);
    assert_count::<ResNet18>(11_689_512);
    assert_count::<Inception3a>(163_696);
}

#[test]
fn multiply_adds_are_as_published() {
    let total = |layers: &[LayerInfo]| layers.iter().map(|layer| layer.multiply_adds).sum::<u64>();
    // torchvision counts 0.71, 15.47 and 1.81 GFLOPS.
    assert_eq!(total(AlexNet::LAYERS) / 10_000_000, 71);
    assert_eq!(total(Vgg16::LAYERS) / 10_000_000, 1_547);
    assert_eq!(total(ResNet18::LAYERS) / 10_000_000, 181);
}

#[test]
fn shapes_and_fields_of_view() {
    assert_eq!(layer::<AlexNet>("conv1").output_shape, [64, 55, 55]);
    assert_eq!(layer::<ResNet18>("layer4").output_shape, [512, 7, 7]);
    assert_eq!(layer::<Vgg16>("stage5_3.conv2d1").receptive_field, [196, 196]);
    assert_eq!(layer::<Inception3a>("concat1").receptive_field, [5, 5]);
}
