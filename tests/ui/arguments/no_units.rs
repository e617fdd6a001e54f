castnet::network! {
    struct Net {
        input: [4],
        out: dense,
    }
}

fn main() {}
