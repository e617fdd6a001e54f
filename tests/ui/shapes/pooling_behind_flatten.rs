castnet::network! {
    struct Net {
        input: [1, 8, 8],
        flatten,
        max_pool2d(2),
    }
}

fn main() {}
