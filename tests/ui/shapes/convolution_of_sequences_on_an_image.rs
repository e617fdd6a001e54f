castnet::network! {
    struct Net {
        input: [1, 28, 28],
        conv2d(6, kernel = 5),
        conv: conv1d(6, kernel = 5),
    }
}

fn main() {}
