castnet::network! {
    struct Net {
        input: 784,
        dense(10),
    }
}

fn main() {}
