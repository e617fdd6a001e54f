castnet::network! {
    struct Net {
        input: [4],
        dropout(0.5),
    }
}

fn main() {}
