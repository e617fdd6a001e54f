castnet::network! {
    struct Net {
        input: [1, 28, 28],
        scores: dense(10),
    }
}

fn main() {}
