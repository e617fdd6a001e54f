castnet::network! {
    struct Net {
        input: [4],
        dropout(1.0),
    }
}

fn main() {}
