castnet::network! {
    struct Net {
        input: [1, 100],
        conv: conv1d(16, kernel = 3, padding = causal),
        flatten,
        dense(3),
    }
}

fn main() {}
