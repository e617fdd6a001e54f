castnet::network! {
    struct Net {
        input: [1, 7, 7],
        max_pool2d(2),
    }
}

fn main() {}
