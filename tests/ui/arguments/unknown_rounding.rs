castnet::network! {
    struct Net {
        input: [1, 9, 9],
        max_pool2d(2, rounding = up),
    }
}

fn main() {}
