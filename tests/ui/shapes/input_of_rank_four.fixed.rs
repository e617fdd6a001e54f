castnet::network! {
    struct Net {
        input: [1, 28, 28],
        flatten,
    }
}

fn main() {}
