castnet::network! {
    struct Net {
        input: [4],
        5,
        relu,
    }
}

fn main() {}
