castnet::network! {
    struct Net {
        input: [4],
        dense(10),
    }
}

fn main() {}
