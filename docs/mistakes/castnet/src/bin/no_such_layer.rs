castnet::network! {
    struct Net {
        input: [784],
        dense(128), leaky_rellu,
        dense(10),
    }
}

fn main() {}
