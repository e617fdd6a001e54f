castnet::network! {
    struct Net {
        input: [1, 28, 28],
        conv1: conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        conv2: conv2d(16, kernel = 5, stride = 2, padding = 1, rounding = floor),
    }
}

fn main() {}
