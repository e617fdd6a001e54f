castnet::network! {
    struct Net {
        input: [4],
        hidden: dence(3),
    }
}

fn main() {}
