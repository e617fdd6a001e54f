castnet::network! {
    struct Net {
        input: [1, 8, 8],
        conv: conv2d(6, kernel = 3, padding = causal),
    }
}

fn main() {}
