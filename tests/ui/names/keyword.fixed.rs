castnet::network! {
    struct Net {
        input: [4],
        type1: dense(3),
    }
}

fn main() {}
