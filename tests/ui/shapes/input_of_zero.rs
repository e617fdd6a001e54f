castnet::network! {
    struct Net {
        input: [1, 0, 28],
        flatten,
    }
}

fn main() {}
