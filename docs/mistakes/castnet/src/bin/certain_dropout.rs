castnet::network! {
    struct Net {
        input: [784],
        dense(128), relu,
        dropout(1.0),
        dense(10),
    }
}

fn main() {}
