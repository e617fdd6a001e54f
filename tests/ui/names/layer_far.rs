castnet::network! {
    struct Net {
        input: [4],
        transformer,
    }
}

fn main() {}
