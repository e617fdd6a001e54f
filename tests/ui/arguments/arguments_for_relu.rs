castnet::network! {
    struct Net {
        input: [4],
        relu(0.1),
    }
}

fn main() {}
