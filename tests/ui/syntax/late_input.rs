castnet::network! {
    struct Net {
        relu,
        input: [4],
    }
}

fn main() {}
