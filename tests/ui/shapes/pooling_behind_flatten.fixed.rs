castnet::network! {
    struct Net {
        input: [1, 8, 8],
        max_pool2d(2),
        flatten,
    }
}

fn main() {}
