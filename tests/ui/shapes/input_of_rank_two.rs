castnet::network! {
    struct Net {
        input: [28, 28],
        flatten,
    }
}

fn main() {}
