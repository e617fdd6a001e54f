//! ResNet-18 in several sizes.

/// Declares a ResNet-18 (He et al., *Deep Residual Learning*, 2015), with so many filters in its four stages.
macro_rules! resnet18 {
    ($name:ident, $size:expr, [$one:expr, $two:expr, $three:expr, $four:expr], $pool:expr, $classes:expr) => {
        castnet::network! {
            pub struct $name {
                input: [3, $size, $size],
                conv1: conv2d($one, kernel = 7, stride = 2, padding = 3, bias = false, rounding = floor), batch_norm, relu,
                // In place of a window of 3 on an image padded by 1: pools here have no padding.
                max_pool2d(2),
                layer1: repeat(2) {
                    residual {
                        conv1: conv2d($one, kernel = 3, padding = same, bias = false), batch_norm, relu,
                        conv2: conv2d($one, kernel = 3, padding = same, bias = false), batch_norm,
                    }, relu,
                },
                layer2: sum {
                    {
                        conv1: conv2d($two, kernel = 3, stride = 2, padding = 1, bias = false, rounding = floor), batch_norm, relu,
                        conv2: conv2d($two, kernel = 3, padding = same, bias = false), batch_norm,
                    },
                    downsample: { conv2d($two, kernel = 1, stride = 2, bias = false, rounding = floor), batch_norm },
                }, relu,
                residual {
                    conv1: conv2d($two, kernel = 3, padding = same, bias = false), batch_norm, relu,
                    conv2: conv2d($two, kernel = 3, padding = same, bias = false), batch_norm,
                }, relu,
                layer3: sum {
                    {
                        conv1: conv2d($three, kernel = 3, stride = 2, padding = 1, bias = false, rounding = floor), batch_norm, relu,
                        conv2: conv2d($three, kernel = 3, padding = same, bias = false), batch_norm,
                    },
                    downsample: { conv2d($three, kernel = 1, stride = 2, bias = false, rounding = floor), batch_norm },
                }, relu,
                residual {
                    conv1: conv2d($three, kernel = 3, padding = same, bias = false), batch_norm, relu,
                    conv2: conv2d($three, kernel = 3, padding = same, bias = false), batch_norm,
                }, relu,
                layer4: sum {
                    {
                        conv1: conv2d($four, kernel = 3, stride = 2, padding = 1, bias = false, rounding = floor), batch_norm, relu,
                        conv2: conv2d($four, kernel = 3, padding = same, bias = false), batch_norm,
                    },
                    downsample: { conv2d($four, kernel = 1, stride = 2, bias = false, rounding = floor), batch_norm },
                }, relu,
                residual {
                    conv1: conv2d($four, kernel = 3, padding = same, bias = false), batch_norm, relu,
                    conv2: conv2d($four, kernel = 3, padding = same, bias = false), batch_norm,
                }, relu,
                avg_pool2d($pool),
                flatten,
                fc: dense($classes),
            }
        }
    };
}
