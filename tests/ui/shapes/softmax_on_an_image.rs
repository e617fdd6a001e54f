castnet::network! {
    struct Net {
        input: [1, 8, 8],
        softmax,
    }
}

fn main() {}
