castnet::network! {
    struct Net {
        input: [4],
        layer(3),
    }
}

fn main() {}
