castnet::network! {
    struct Net {
        input: [4],
        relu,
    }
}

fn main() {}
