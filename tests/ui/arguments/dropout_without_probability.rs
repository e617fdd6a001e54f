castnet::network! {
    struct Net {
        input: [4],
        dropout,
    }
}

fn main() {}
