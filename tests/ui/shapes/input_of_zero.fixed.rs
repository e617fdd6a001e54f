castnet::network! {
    struct Net {
        input: [1, 1, 28],
        flatten,
    }
}

fn main() {}
