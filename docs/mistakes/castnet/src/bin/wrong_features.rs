castnet::network! {
    struct Net {
        input: [1, 28, 28],
        conv2d(6, kernel = 5), relu,
        max_pool2d(2),
        flatten -> [256],
        dense(10),
    }
}

fn main() {}
