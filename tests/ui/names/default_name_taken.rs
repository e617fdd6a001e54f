castnet::network! {
    struct Net {
        input: [4],
        dense2: dense(3),
        dense(3),
    }
}

fn main() {}
