castnet::network! {
    struct Net {
        input: [784],
        hidden: linear(128), relu,
        dense(10),
    }
}

fn main() {}
