castnet::network! {
    struct Net {
        input: [784],
        hidden: dense(units: 128), relu,
        dense(10),
    }
}

fn main() {}
