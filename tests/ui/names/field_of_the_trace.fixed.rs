castnet::network! {
    struct Net {
        input: [4],
        first: dense(3),
    }
}

fn main() {}
