castnet::network! {
    struct Net {
        input: [32, 1, 28, 28],
        flatten,
    }
}

fn main() {}
